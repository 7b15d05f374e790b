// Does the JavaScript client of the Kubernetes project work unchanged? Objects, patches, watches, informers, logs and exec.

import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as released from '@kubernetes/client-node-1.4';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createPodOnNode,
  type FakeAgent,
  type HttpsTestServer,
  startFakeAgent,
  startHttpsTestServer,
  testIdentities,
} from '../../src/apiserver/https/testing.ts';

// The 2.x line needs Node 22.19 or newer.
const isNew = Number(process.versions.node.split('.')[0]) >= 24;
const k8s = isNew ? ((await import('@kubernetes/client-node')) as unknown as typeof released) : released;

const namespace = 'default';
let server: HttpsTestServer;
let agent: FakeAgent;
let config: released.KubeConfig;
let core: released.CoreV1Api;

beforeAll(async () => {
  const identities = await testIdentities();
  server = await startHttpsTestServer(identities);
  agent = await startFakeAgent(identities);
  await createPodOnNode(server, agent.port);
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  const { ca, cert, key } = identities.admin;
  config = new k8s.KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'test', server: server.url, caData: base64(ca) }],
    users: [{ name: 'test', certData: base64(cert), keyData: base64(key) }],
    contexts: [{ name: 'test', cluster: 'test', user: 'test' }],
    currentContext: 'test',
  });
  core = config.makeApiClient(k8s.CoreV1Api);
});
afterAll(async () => {
  await server.stop();
  await agent.stop();
});

const made = (name: string, data = { a: '1' }) =>
  core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels: { test: name } }, data } });

const changed = (object: released.V1ConfigMap, a: string): released.V1ConfigMap =>
  Object.assign(new k8s.V1ConfigMap(), object, { data: { a } });

test('create, read, replace, list, delete -> as typed objects, with dates as dates', async () => {
  const created = await made('crud');
  expect(created.metadata?.creationTimestamp?.getTime()).toBeGreaterThan(0);
  const at = { namespace, name: 'crud' };
  const replaced = await core.replaceNamespacedConfigMap({ ...at, body: changed(created, '2') });
  expect((await core.readNamespacedConfigMap(at)).data).toEqual(replaced.data);
  const stale = core.replaceNamespacedConfigMap({ ...at, body: changed(created, '3') });
  await expect(stale).rejects.toMatchObject({ code: 409 });
  const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: 'test=crud' });
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(['crud']);
  await core.deleteNamespacedConfigMap(at);
  await expect(core.readNamespacedConfigMap(at)).rejects.toMatchObject({ code: 404 });
});

test.each([
  { strategy: 'JsonPatch', body: [{ op: 'add', path: '/data/b', value: '2' }], want: { a: '1', b: '2' } },
  { strategy: 'MergePatch', body: { data: { a: null, b: '2' } }, want: { b: '2' } },
  { strategy: 'StrategicMergePatch', body: { data: { b: '2' } }, want: { a: '1', b: '2' } },
] as const)('patch: $strategy', async ({ strategy, body, want }) => {
  const name = strategy.toLowerCase();
  await made(name);
  const header = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy[strategy]);
  expect((await core.patchNamespacedConfigMap({ namespace, name, body }, header)).data).toEqual(want);
});

test('apply by the generic client -> created, then owned by its manager', async () => {
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied', namespace }, data: { a: '1' } };
  const apply = (data: object) =>
    objects.patch({ ...body, ...data }, undefined, undefined, 'tester', true, k8s.PatchStrategy.ServerSideApply);
  await apply({});
  const { data, metadata } = (await apply({ data: { b: '1' } })) as released.V1ConfigMap;
  expect(data).toEqual({ b: '1' });
  expect(metadata?.managedFields?.map(({ manager, operation }) => [manager, operation])).toEqual([['tester', 'Apply']]);
});

test('watch -> every change from the version of the list on, until it is given up', async () => {
  const { metadata } = await core.listNamespacedConfigMap({ namespace });
  const seen: string[] = [];
  const query = { resourceVersion: metadata?.resourceVersion ?? '', labelSelector: 'test=watched' };
  let controller: AbortController | undefined;
  await new Promise<unknown>((resolve) => {
    const onEvent = (type: string, object: released.V1ConfigMap): void => {
      seen.push(`${type} ${object.data?.['a']}`);
      if (type === 'DELETED') controller?.abort();
    };
    const watching = new k8s.Watch(config).watch(`/api/v1/namespaces/${namespace}/configmaps`, query, onEvent, resolve);
    void watching.then(async (started) => {
      controller = started;
      const created = await made('watched');
      await core.replaceNamespacedConfigMap({ namespace, name: 'watched', body: changed(created, '2') });
      await core.deleteNamespacedConfigMap({ namespace, name: 'watched' });
    });
  });
  expect(seen).toEqual(['ADDED 1', 'MODIFIED 2', 'DELETED 2']);
});

test('informer -> what is there, and what comes, changes and goes', async () => {
  await made('before');
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const informer = k8s.makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }));
  const seen: string[] = [];
  const end = new Promise<void>((resolve, reject) => {
    informer.on('error', reject);
    for (const verb of ['add', 'update', 'delete'] as const)
      informer.on(verb, ({ metadata, data }) => {
        if (metadata?.name === 'before' || metadata?.name === 'later')
          seen.push(`${verb} ${metadata.name} ${data?.['a']}`);
        if (verb === 'delete') resolve();
      });
  });
  await informer.start();
  const later = await made('later');
  await core.replaceNamespacedConfigMap({ namespace, name: 'later', body: changed(later, '2') });
  await core.deleteNamespacedConfigMap({ namespace, name: 'later' });
  await end;
  await informer.stop();
  expect(seen).toEqual(['add before 1', 'add later 1', 'update later 2', 'delete later 2']);
  expect(informer.get('before', namespace)?.data).toEqual({ a: '1' });
});

test('log -> what the container wrote', async () => {
  const output = new PassThrough();
  const written = text(output);
  await new k8s.Log(config).log(namespace, 'web-0', 'app', output, { follow: true });
  expect(await written).toBe('line 1\nline 2\n');
});

test.each([
  { command: ['cat'], input: 'typed', out: 'ran cat\ntyped', status: { status: 'Success' } },
  { command: ['false'], input: undefined, out: '', status: { status: 'Failure', reason: 'NonZeroExitCode' } },
])('exec $command -> $status.status', async ({ command, input, out, status }) => {
  const output = new PassThrough();
  const written = text(output);
  const ended = new Promise<released.V1Status>((resolve, reject) => {
    const stdin = input === undefined ? null : Readable.from([input]);
    new k8s.Exec(config)
      .exec(namespace, 'web-0', 'app', command, output, null, stdin, false, resolve)
      .then((socket) => socket.addEventListener('close', () => output.end()), reject);
  });
  expect(await ended).toMatchObject(status);
  expect(await written).toBe(out);
});
