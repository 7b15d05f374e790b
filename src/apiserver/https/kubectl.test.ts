// Does the real kubectl work against the server? Version 1.34, as its users run it.

import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Kubectl, kubectlFor } from '../../../test/fixtures/kubectl.ts';
import {
  createPodOnNode,
  type FakeAgent,
  type HttpsTestServer,
  startFakeAgent,
  startHttpsTestServer,
  testIdentities,
} from './testing.ts';

let server: HttpsTestServer;
let agent: FakeAgent;
let kubectl: Kubectl;
beforeAll(async () => {
  const identities = await testIdentities();
  server = await startHttpsTestServer(identities);
  agent = await startFakeAgent(identities);
  await createPodOnNode(server, agent.port);
  kubectl = await kubectlFor(server.url, identities.admin);
}, 60_000);
afterAll(async () => {
  await kubectl.dispose();
  await server.stop();
  await agent.stop();
});

/** Standard output of a command that must succeed. */
async function out(args: string, input?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args.split(' '), input === undefined ? {} : { input });
  expect(code, stderr).toBe(0);
  return stdout;
}

const manifest = (value: string): string => `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: shop}
spec:
  serviceName: web
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: app, image: amarre.io/host, command: [sleep, "1"], env: [{name: A, value: "${value}"}]}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;

test('apply -> created, unchanged, configured; diff shows the change', async () => {
  await out('create namespace shop');
  expect(await out('apply -f -', manifest('1'))).toBe('service/web created\nstatefulset.apps/web created\n');
  // kubectl compares lists of claim templates as a whole, so that it sends a patch; the server finds nothing to change.
  expect(await out('apply -f -', manifest('1'))).toBe('service/web unchanged\nstatefulset.apps/web configured\n');
  expect(JSON.parse(await out('-n shop get sts web -o json')).metadata.generation).toBe(1);
  const diff = await kubectl(['diff', '-f', '-'], { input: manifest('2') });
  expect([diff.code, diff.stdout]).toEqual([1, expect.stringContaining('+          value: "2"')]);
  expect(await out('apply -f -', manifest('2'))).toBe('service/web unchanged\nstatefulset.apps/web configured\n');
  expect(await out('replace -f -', manifest('3'))).toBe('service/web replaced\nstatefulset.apps/web replaced\n');
  expect(await out('apply --server-side --force-conflicts -f -', manifest('4'))).toContain(
    'statefulset.apps/web serverside-applied',
  );
  expect(await out('-n shop scale sts web --replicas=3')).toBe('statefulset.apps/web scaled\n');
  expect(await out('-n shop get sts web')).toMatch(/^NAME +READY +AGE\nweb +0\/3 +\d+s\n$/);
  expect(await out('-n shop get sts web -o wide')).toMatch(/CONTAINERS +IMAGES\n.*amarre.io\/host/);
  expect(await out('-n shop get sts web -o yaml')).toContain('value: "4"');
  expect(await out('-n shop describe sts web')).toMatch(/Replicas: +3 desired \| 0 total/);
  expect(await out('get all -A')).toContain('statefulset.apps/web');
  expect(await out('-n shop delete -f -', manifest('4'))).toContain('statefulset.apps "web" deleted');
}, 30_000);

test('create in protobuf -> namespace, secret and config map', async () => {
  expect(await out('create namespace proto')).toBe('namespace/proto created\n');
  expect(await out('-n proto create secret generic s --from-literal=k=v')).toBe('secret/s created\n');
  expect(await out('-n proto create configmap c --from-literal=k=v')).toBe('configmap/c created\n');
  expect(JSON.parse(await out('-n proto get secret s -o json'))).toMatchObject({ data: { k: 'dg==' }, type: 'Opaque' });
});

test('patch, label, annotate, edit a field -> each in its own patch type', async () => {
  await out('create configmap patched --from-literal=a=1');
  const patch = (type: string, body: object): Promise<{ code: number }> =>
    kubectl(['patch', 'configmap', 'patched', '--type', type, '-p', JSON.stringify(body)]);
  expect(await patch('strategic', { data: { b: '2' } })).toMatchObject({ code: 0 });
  expect(await patch('merge', { data: { a: null } })).toMatchObject({ code: 0 });
  expect(await patch('json', [{ op: 'add', path: '/data/c', value: '3' }])).toMatchObject({ code: 0 });
  await out('label configmap patched app=x');
  await out('annotate configmap patched note=y');
  expect(JSON.parse(await out('get configmap -l app=x -o json')).items[0]).toMatchObject({
    data: { b: '2', c: '3' },
    metadata: { annotations: { note: 'y' } },
  });
});

test('wait and get -w -> see a change that comes later', async () => {
  await out('create configmap waited --from-literal=a=1');
  const { path, args, env } = kubectl.command;
  const watching = spawn(path, [...args, 'get', 'configmap', 'waited', '-w', '-o', 'jsonpath={.data.a} '], { env });
  let seen = '';
  watching.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  const waiting = kubectl(['wait', 'configmap/waited', '--for=jsonpath={.data.a}=2', '--timeout=10s']);
  try {
    await expect.poll(() => seen).toBe('1 ');
    await kubectl(['patch', 'configmap', 'waited', '-p', '{"data":{"a":"2"}}']);
    expect(await waiting).toMatchObject({ code: 0, stdout: 'configmap/waited condition met\n' });
    await expect.poll(() => seen).toBe('1 2 ');
  } finally {
    watching.kill();
  }
}, 20_000);

test('explain, api-resources, version -> from discovery and OpenAPI', async () => {
  expect(await out('explain pvc.spec.resources')).toContain('requests\t<map[string]Quantity>');
  expect(await out('explain volumesnapshot.spec.source')).toContain('persistentVolumeClaimName\t<string>');
  expect(await out('api-resources --api-group=storage.k8s.io')).toMatch(
    /storageclasses +sc +storage.k8s.io\/v1 +false +StorageClass/,
  );
  expect(await out('version')).toContain('Server Version: v1.36.0-amarre');
});

test.each([
  {
    name: 'unknown object',
    args: 'get configmap nope',
    stderr: 'Error from server (NotFound): configmaps "nope" not found\n',
  },
  { name: 'unknown kind', args: 'get foo', stderr: 'error: the server doesn\'t have a resource type "foo"\n' },
  {
    name: 'namespace that must stay',
    args: 'delete namespace default',
    stderr: 'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted\n',
  },
])('$name -> the words of upstream', async ({ args, stderr }) => {
  expect(await kubectl(args.split(' '))).toMatchObject({ code: 1, stderr });
});

test('an unknown field -> refused, warned of, or ignored as asked', async () => {
  const input = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: typo}\ndat: {a: b}\n';
  const strict = await kubectl(['create', '-f', '-'], { input });
  expect(strict.stderr).toContain('strict decoding error: unknown field "dat"');
  const warned = await kubectl(['create', '--validate=warn', '-f', '-'], { input });
  expect(warned).toMatchObject({ code: 0, stderr: 'Warning: unknown field "dat"\n' });
});

test('logs and exec -> through the API server to the agent, exit code included', async () => {
  expect(await out('logs web-0')).toBe('line 1\nline 2\n');
  expect(await out('exec web-0 -- echo hi')).toBe('ran echo hi\n');
  expect(await out('exec -i web-0 -- cat', 'typed')).toBe('ran cat\ntyped');
  const failed = await kubectl(['exec', 'web-0', '--', 'false']);
  expect(failed.code).toBe(7);
});

test('delete -> waits until the object is gone', async () => {
  await out('create configmap gone --from-literal=a=1');
  expect(await out('delete configmap gone')).toBe('configmap "gone" deleted from default namespace\n');
  expect(await out('delete pod web-0 --force --grace-period=0')).toContain('pod "web-0" force deleted');
});
