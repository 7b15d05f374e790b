// Do both servers count the same? What requests add to the values of metrics, compared with upstream's.

import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pollUntil } from '../../src/base/poll.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiCaller } from '../fixtures/api-caller.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { valuesOf } from './upstream/metrics.ts';

const why = await whyNoUpstream();
if (why) report(`values of metrics are not compared with upstream's: ${why}`);

const { signal } = new AbortController();
const core = '/api/v1/namespaces/default';
const labelled = (name: string, labels: Record<string, string>): object => ({
  metadata: {
    name,
    labels: Object.fromEntries(
      Object.entries(labels).map(([mode, value]) => [`pod-security.kubernetes.io/${mode}`, value]),
    ),
  },
});
const pod = (name: string, image = 'example.com/a'): object => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image }], automountServiceAccountToken: false, serviceAccountName: 'default' },
});
const privileged = (name: string): object => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i', securityContext: { privileged: true } }] },
});
const deployment = (name: string): object => ({
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});
const merge = { 'content-type': 'application/merge-patch+json' };

interface Servers {
  call: ApiCaller;
  /** Of who has no certificate. */
  stranger: ApiCaller;
  url: string;
}

/** A namespace whose pods are held against levels, with an account to run as. */
async function levelled({ call }: Servers, name: string, labels: Record<string, string>): Promise<string> {
  await call('POST /api/v1/namespaces', labelled(name, labels));
  await call(`POST /api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
  return `/api/v1/namespaces/${name}`;
}

/** A token that a pod's volume asks for: one that tells when it is stale. */
async function tokenOfPod({ call }: Servers): Promise<string> {
  const { json: made = {} } = await call(`POST ${core}/pods`, pod('holder'));
  const { name, uid } = made['metadata'] as { name: string; uid: string };
  const spec = { expirationSeconds: 3607, boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid } };
  const { json = {} } = await call(`POST ${core}/serviceaccounts/default/token`, { spec });
  return (json['status'] as { token: string }).token;
}

/** `of`: the resources that are told of, where the server writes others itself. */
const cases: { name: string; metric: string; of?: RegExp; act: (servers: Servers) => Promise<unknown> }[] = [
  {
    name: 'bodies that are read, of each verb',
    metric: 'apiserver_request_body_size_bytes',
    of: /resource="(?:configmaps|deployments|selfsubjectaccessreviews)"/,
    act: async ({ call }) => {
      await call(`POST ${core}/configmaps`, { metadata: { name: 'a' } });
      await call(`POST ${core}/configmaps`, '{"metadata":');
      await call(`POST ${core}/configmaps?dryRun=All`, { metadata: { name: 'b' }, data: { a: 'x'.repeat(200_000) } });
      await call(`PUT ${core}/configmaps/a`, { metadata: { name: 'a' }, data: { a: '1' } });
      await call(`PATCH ${core}/configmaps/a`, { data: { a: '2' } }, merge);
      await call(`DELETE ${core}/configmaps/a`);
      await call(`DELETE ${core}/configmaps/none`, { propagationPolicy: 'Background' });
      await call(`DELETE ${core}/configmaps?labelSelector=a%3Db`);
      await call(`GET ${core}/configmaps`);
      await call('POST /apis/apps/v1/namespaces/default/deployments', deployment('d'));
      await call('PUT /apis/apps/v1/namespaces/default/deployments/d/scale', {
        metadata: { name: 'd' },
        spec: { replicas: 2 },
      });
      await call('POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
        spec: { nonResourceAttributes: {} },
      });
      await call(`POST ${core}/configmaps`, { metadata: { name: 'c' } }, { 'impersonate-user': 'nobody' });
    },
  },
  {
    name: 'pods in a namespace without levels',
    metric: 'pod_security_',
    act: async ({ call }) => {
      await call(`POST ${core}/pods`, pod('free'));
      await call(`PATCH ${core}/pods/free`, { metadata: { labels: { a: 'b' } } }, merge);
      await call(`PATCH ${core}/pods/free/status`, { status: { message: 'm' } }, merge);
      await call('POST /apis/apps/v1/namespaces/default/deployments?dryRun=All', deployment('e'));
    },
  },
  {
    name: 'pods and templates held against each level',
    metric: 'pod_security_',
    act: async (servers) => {
      const { call } = servers;
      const strict = await levelled(servers, 'strict', { enforce: 'restricted' });
      await call(`POST ${strict}/pods`, pod('p'));
      await call(`POST ${strict.replace('/api/v1', '/apis/apps/v1')}/deployments`, deployment('d'));
      const mixed = await levelled(servers, 'mixed', {
        enforce: 'baseline',
        audit: 'restricted',
        'audit-version': 'v1.30',
      });
      await call(`POST ${mixed}/pods`, pod('p'));
      await call(`POST ${mixed}/pods`, privileged('q'));
      await call(`PATCH ${mixed}/pods/p`, { metadata: { labels: { a: 'b' } } }, merge);
      await call(`PATCH ${mixed}/pods/p`, { spec: { containers: [{ name: 'c', image: 'other' }] } }, merge);
      await call(`POST ${mixed.replace('/api/v1', '/apis/apps/v1')}/deployments`, deployment('d'));
      const told = await levelled(servers, 'told', { warn: 'restricted', 'warn-version': 'v1.99' });
      await call(`POST ${told}/pods`, pod('p'));
    },
  },
  {
    name: 'tokens that tell when they are stale, used twice at once',
    metric: 'serviceaccount_valid_tokens_total',
    act: async (servers) => {
      const authorization = `Bearer ${await tokenOfPod(servers)}`;
      for (let use = 0; use < 2; use += 1) {
        const { status } = await servers.stranger(`GET ${core}/configmaps`, undefined, { authorization });
        expect(status).toBe(403);
      }
    },
  },
  {
    name: 'resources that should not be asked for any more',
    metric: 'apiserver_requested_deprecated_apis',
    act: async ({ call }) => {
      await call(`GET ${core}/endpoints`);
      await call(`GET ${core}/endpoints/none`);
      await call(`GET ${core}/services`);
      const schema = { openAPIV3Schema: { type: 'object' } };
      const subresources = { status: {} };
      const definition = {
        metadata: { name: 'olds.example.com' },
        spec: {
          group: 'example.com',
          names: { plural: 'olds', kind: 'Old' },
          scope: 'Cluster',
          versions: [
            { name: 'v1beta1', served: true, storage: false, deprecated: true, schema, subresources },
            { name: 'v1', served: true, storage: true, schema, subresources },
          ],
        },
      };
      await call('POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
      const isServed = async (): Promise<boolean> => (await call('GET /apis/example.com/v1beta1/olds')).status === 200;
      await pollUntil(isServed, { clock, signal, intervalMs: 50 });
      await call('GET /apis/example.com/v1/olds');
      await call('GET /apis/example.com/v1beta1/olds/none/status');
    },
  },
  {
    name: 'who does not speak TLS',
    metric: 'apiserver_tls_handshake_errors_total',
    act: ({ url }) =>
      new Promise<void>((resolve) => {
        const { hostname, port } = new URL(url);
        const socket = connect(Number(port), hostname, () => socket.write('HELLO\r\n\r\n'));
        socket.on('error', () => {}).on('close', () => resolve());
        socket.resume();
      }),
  },
];

describe.skipIf(why)('what requests add to metrics', () => {
  let both: BothServers;
  beforeAll(async () => {
    both = await startBothServers();
  });
  afterAll(() => both?.stop());

  test.each(cases)('$name -> both count the same in $metric…', async ({ metric, of = /^/, act }) => {
    const sides = (['ours', 'upstream'] as const).map((side) => {
      const servers = { call: both[side], stranger: both.stranger[side], url: both.urls[side] };
      const values = async (): Promise<Map<string, number>> =>
        valuesOf((await servers.call('GET /metrics', undefined, { accept: '*/*' })).text, metric);
      return { servers, values };
    });
    const [ours, upstream] = await Promise.all(
      sides.map(async ({ servers, values }) => {
        const before = await values();
        let added: Record<string, number> = {};
        await act(servers);
        // A connection that failed is counted a moment after it was closed.
        const isCounted = async (): Promise<boolean> => {
          const all = Object.entries(changes(before, await values()));
          added = Object.fromEntries(all.filter(([series]) => of.test(series)));
          return Object.keys(added).length > 0;
        };
        await pollUntil(isCounted, { clock, signal, intervalMs: 50 });
        return added;
      }),
    );
    expect(ours).toEqual(upstream);
  });

  test('the life of objects -> each plugin of admission is asked about the operations that it is asked about upstream', async () => {
    for (const { path, name, object } of lives) {
      await both.both(`POST ${path}`, object);
      await both.both(`PATCH ${path}/${name}`, { metadata: { labels: { a: 'b' } } }, merge);
      await both.both(`DELETE ${path}/${name}`);
    }
    const pages = await both.both('GET /metrics', undefined, { accept: '*/*' });
    const [ours, upstream] = [operationsByPlugin(pages.ours.text), operationsByPlugin(pages.upstream.text)];
    // One that distributions turn on, and upstream's own defaults do not.
    delete ours['NodeRestriction admit'];
    const shared = Object.entries(upstream).filter(([plugin]) => plugin in ours);
    expect(ours).toEqual(Object.fromEntries(shared));
    expect(shared.length).toBeGreaterThan(12);
  });
});

/** What creates, updates and deletes an object of each resource that a plugin knows. */
const lives: { path: string; name: string; object: object }[] = [
  { path: `${core}/pods`, name: 'l', object: pod('l') },
  {
    path: `${core}/persistentvolumeclaims`,
    name: 'l',
    object: {
      metadata: { name: 'l' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  },
  { path: '/api/v1/nodes', name: 'l', object: { metadata: { name: 'l' } } },
  { path: '/apis/scheduling.k8s.io/v1/priorityclasses', name: 'l', object: { metadata: { name: 'l' }, value: 1 } },
];

/** `Priority admit`, and the operations that it was asked about. */
function operationsByPlugin(page: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const series of valuesOf(page, 'apiserver_admission_controller_admission_duration_seconds_count').keys()) {
    const [, name, operation = '', type] =
      /name="(.*?)",operation="(.*?)",rejected="false",type="(.*?)"/.exec(series) ?? [];
    if (name) found[`${name} ${type}`] = [...(found[`${name} ${type}`] ?? []), operation].toSorted();
  }
  return found;
}

function changes(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Record<string, number> {
  const each = [...after].map(([series, value]) => [series, value - (before.get(series) ?? 0)] as const);
  return Object.fromEntries(each.filter(([, change]) => change !== 0));
}
