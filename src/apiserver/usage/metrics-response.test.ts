import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeletClient } from '../kubelet/types.ts';
import { mergePatch, pod, startTestServer, type TestServer } from '../testing.ts';

const time = '2026-03-01T12:00:00Z';
const used = (cpu: number, memory: number) => ({
  cpu: { time, usageNanoCores: cpu },
  memory: { workingSetBytes: memory },
});
const summaries: Record<string, unknown> = {
  '10.0.0.1': {
    node: used(250_000_000, 1024 * 1024),
    pods: [
      {
        podRef: { name: 'a', namespace: 'default' },
        containers: [
          { name: 'app', ...used(5000, 2048) },
          { name: 'side', ...used(1, 1024) },
        ],
      },
      { podRef: { name: 'half', namespace: 'default' }, containers: [{ name: 'app', cpu: { usageNanoCores: 1 } }] },
    ],
  },
  '10.0.0.2': { node: {}, pods: [] },
};

const asked: string[] = [];
const kubelet: KubeletClient = {
  async get({ host, port, path }) {
    asked.push(`${host}:${port}${path}`);
    const summary = summaries[host];
    if (!summary) throw new Error('connection refused');
    const body = (async function* () {
      yield Buffer.from(JSON.stringify(summary));
    })();
    return { status: 200, contentType: 'application/json', body };
  },
  forward: () => Promise.reject(new Error('nothing is passed on here')),
};

const nodes = { measured: '10.0.0.1', silent: '10.0.0.2', gone: '10.0.0.3' };
const metrics = '/apis/metrics.k8s.io/v1beta1';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ kubelet });
  for (const [name, address] of Object.entries(nodes)) {
    await server.create('/api/v1/nodes', {
      metadata: { name, labels: { kind: name } },
      status: {
        addresses: [{ type: 'InternalIP', address }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10_251 } },
      },
    });
  }
  for (const name of ['a', 'half', 'waiting']) {
    const path = `/api/v1/namespaces/default/pods`;
    await server.create(path, pod(name, { nodeName: 'measured' }));
    if (name !== 'waiting') {
      await server.call(`PATCH ${path}/${name}/status`, { status: { phase: 'Running' } }, mergePatch);
    }
  }
});
afterAll(() => server.stop());

test('nodes -> what each agent measured; those that did not, or do not answer, are left out', async () => {
  const { status, json } = await server.call(`GET ${metrics}/nodes`);
  expect(status).toBe(200);
  expect(json).toMatchObject({ kind: 'NodeMetricsList', apiVersion: 'metrics.k8s.io/v1beta1' });
  expect(json.items).toEqual([
    {
      apiVersion: 'metrics.k8s.io/v1beta1',
      kind: 'NodeMetrics',
      metadata: { name: 'measured', labels: { kind: 'measured' }, creationTimestamp: expect.any(String) },
      timestamp: time,
      window: '10s',
      usage: { cpu: '250000000n', memory: '1024Ki' },
    },
  ]);
});

test('nodes by label -> only their agents are asked, at their own port', async () => {
  asked.length = 0;
  const { json } = await server.call(`GET ${metrics}/nodes?labelSelector=kind%3Dmeasured`);
  expect([json.items.length, asked]).toEqual([1, ['10.0.0.1:10251/stats/summary']]);
});

test('pods -> containers of those that run and were measured whole', async () => {
  const { json } = await server.call(`GET ${metrics}/namespaces/default/pods`);
  expect(json.items).toMatchObject([
    {
      metadata: { name: 'a', namespace: 'default' },
      containers: [
        { name: 'app', usage: { cpu: '5000n', memory: '2Ki' } },
        { name: 'side', usage: { cpu: '1n', memory: '1Ki' } },
      ],
    },
  ]);
});

test.each([
  { name: 'one pod -> its usage', line: `GET ${metrics}/namespaces/default/pods/a`, want: 200 },
  { name: 'a pod that was not measured -> not found', line: `GET ${metrics}/namespaces/default/pods/half`, want: 404 },
  { name: 'a node whose agent does not answer -> not found', line: `GET ${metrics}/nodes/gone`, want: 404 },
  { name: 'to write usage -> not allowed', line: `POST ${metrics}/nodes`, want: 405 },
  { name: 'to delete usage -> not allowed', line: `DELETE ${metrics}/nodes/measured`, want: 405 },
])('$name', async ({ line, want }) => {
  expect((await server.call(line)).status).toBe(want);
});

test('the group -> found by discovery, with the two verbs', async () => {
  const { json } = await server.call(`GET ${metrics}`);
  expect(json['resources']).toMatchObject([
    { name: 'nodes', kind: 'NodeMetrics', verbs: ['get', 'list'] },
    { name: 'pods', kind: 'PodMetrics', verbs: ['get', 'list'] },
  ]);
});
