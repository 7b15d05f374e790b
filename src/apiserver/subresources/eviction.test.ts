// Does an eviction ask the pod's disruption budget?

import { afterEach, beforeEach, expect, test } from 'vitest';
import { mergePatch, paths, pod, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());
const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
const labels = { app: 'web' };
const podSpec = { containers: [{ name: 'app', image: 'amarre.io/host' }] };

async function createPods(count: number, isReady = true): Promise<void> {
  const set = await server.create('/apis/apps/v1/namespaces/default/statefulsets', {
    metadata: { name: 'web' },
    spec: {
      serviceName: 'web',
      replicas: count,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec },
    },
  });
  const { uid } = set.metadata;
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid, controller: true }];
  for (let i = 0; i < count; i += 1) {
    await server.create(paths.pods, { ...pod(`p${i}`), metadata: { name: `p${i}`, labels, ownerReferences } });
    const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False' }];
    await server.call(`PATCH ${paths.pods}/p${i}/status`, { status: { phase: 'Running', conditions } }, mergePatch);
  }
}

const evict = (name: string): ReturnType<TestServer['call']> =>
  server.call(`POST ${paths.pods}/${name}/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } });

test.each<{ name: string; spec: object; isReady?: boolean; want: number[] }>([
  {
    name: 'no budget guards it',
    spec: { minAvailable: 3, selector: { matchLabels: { app: 'other' } } },
    want: [201, 201, 201],
  },
  { name: 'no selector guards nothing', spec: { minAvailable: 3 }, want: [201, 201, 201] },
  { name: 'two must stay', spec: { minAvailable: 2, selector: { matchLabels: labels } }, want: [201, 429, 429] },
  { name: 'the empty selector guards all', spec: { minAvailable: 2, selector: {} }, want: [201, 429, 429] },
  { name: 'one may go', spec: { maxUnavailable: 1, selector: { matchLabels: labels } }, want: [201, 429, 429] },
  {
    name: 'a third of three, rounded up',
    spec: { maxUnavailable: '30%', selector: { matchLabels: labels } },
    want: [201, 429, 429],
  },
  {
    name: 'half of three, rounded up',
    spec: { minAvailable: '50%', selector: { matchLabels: labels } },
    want: [201, 429, 429],
  },
  { name: 'none may go', spec: { minAvailable: '100%', selector: { matchLabels: labels } }, want: [429, 429, 429] },
  {
    name: 'none is ready, healthy budgets only',
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
    isReady: false,
    want: [429, 429, 429],
  },
  {
    name: 'none is ready, unhealthy ones may go',
    spec: { minAvailable: 1, selector: { matchLabels: labels }, unhealthyPodEvictionPolicy: 'AlwaysAllow' },
    isReady: false,
    want: [201, 201, 201],
  },
])('$name -> $want', async ({ spec, isReady = true, want }) => {
  await server.create(budgets, { metadata: { name: 'b' }, spec });
  await createPods(3, isReady);
  const codes: number[] = [];
  for (const name of ['p0', 'p1', 'p2']) codes.push((await evict(name)).status);
  expect(codes).toEqual(want);
});

test("used up -> upstream's words, and the budget remembers who went", async () => {
  await server.create(budgets, {
    metadata: { name: 'b' },
    spec: { minAvailable: 2, selector: { matchLabels: labels } },
  });
  await createPods(3);
  await evict('p0');
  const { json } = await evict('p1');
  expect(json).toMatchObject({
    code: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      causes: [
        { reason: 'DisruptionBudget', message: 'The disruption budget b needs 2 healthy pods and has 2 currently' },
      ],
    },
  });
  const budget = await server.call(`GET ${budgets}/b`);
  expect(budget.json['status']).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { p0: expect.any(String) } });
});

test('many at once -> no more than the budget allows', async () => {
  await server.create(budgets, {
    metadata: { name: 'b' },
    spec: { minAvailable: 4, selector: { matchLabels: labels } },
  });
  await createPods(6);
  const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => evict(`p${i}`)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
});

test('a status that a controller wrote -> is what counts', async () => {
  await server.create(budgets, {
    metadata: { name: 'b' },
    spec: { minAvailable: 1, selector: { matchLabels: labels } },
  });
  await createPods(3);
  const status = {
    observedGeneration: 1,
    disruptionsAllowed: 2,
    currentHealthy: 3,
    desiredHealthy: 1,
    expectedPods: 3,
  };
  await server.call(`PATCH ${budgets}/b/status`, { status }, mergePatch);
  await server.call(`PATCH ${budgets}/b`, { spec: { minAvailable: 2 } }, mergePatch);
  const early = await evict('p0');
  expect([early.status, early.headers['retry-after'], early.json.details?.causes?.[0]?.message]).toEqual([
    429,
    '10',
    'The disruption budget b is still being processed by the server.',
  ]);
  await server.call(`PATCH ${budgets}/b/status`, { status: { observedGeneration: 2 } }, mergePatch);
  expect((await evict('p0')).status).toBe(201);
});

test('a second budget, a pod that is done, another name -> refused, gone, refused', async () => {
  const spec = { minAvailable: 5, selector: { matchLabels: labels } };
  for (const name of ['a', 'b']) await server.create(budgets, { metadata: { name }, spec });
  await createPods(2);
  await server.call(`PATCH ${paths.pods}/p1/status`, { status: { phase: 'Succeeded' } }, mergePatch);
  expect((await evict('p0')).status).toBe(500);
  expect((await evict('p1')).status).toBe(201);
  const other = await server.call(`POST ${paths.pods}/p0/eviction`, { metadata: { name: 'p1' } });
  expect(other.json).toMatchObject({ code: 400, message: 'name in URL does not match name in Eviction object' });
});

test.each<{ name: string; eviction: object; query?: string; want: string }>([
  {
    name: 'of nobody',
    eviction: {},
    want: 'name in URL does not match name in Eviction object',
  },
  {
    name: 'tried otherwise than the query says',
    eviction: { metadata: { name: 'p' }, deleteOptions: { dryRun: ['All', 'All'] } },
    query: '?dryRun=All',
    want: 'Non-matching dry-run options in request and content: [All] and [All All]',
  },
  {
    name: 'of an unreadable object',
    eviction: {
      metadata: { name: 'p' },
      deleteOptions: { ignoreStoreReadErrorWithClusterBreakingPotential: true },
    },
    want: 'Eviction.policy "p" is invalid: deleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential: Invalid value: true: can not be set for pod eviction, try after removing the option',
  },
  {
    name: 'with a policy that is none',
    eviction: { metadata: { name: 'p' }, deleteOptions: { propagationPolicy: '' } },
    want: 'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "": supported values: "Foreground", "Background", "Orphan", "nil"',
  },
])('an eviction $name -> refused', async ({ eviction, query = '', want }) => {
  await server.create(paths.pods, pod('p', podSpec));
  const { status, json } = await server.call(`POST ${paths.pods}/p/eviction${query}`, eviction);
  expect(json.message).toBe(want);
  expect(status).toBeGreaterThanOrEqual(400);
  expect((await server.call(`GET ${paths.pods}/p`)).status).toBe(200);
});
