// Which rules of admission does a request meet? Each plugin through the server, in upstream's words.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { claim, configMap, mergePatch, paths, pod, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

const namespaces = '/api/v1/namespaces';
const amounts = (requests: object, limits: object = {}): object => ({
  containers: [{ name: 'app', image: 'amarre.io/host', resources: { requests, limits } }],
});

test('PodSecurity: an enforced level refuses pods, and warns about the templates of workloads', async () => {
  await server.call(
    `PATCH ${namespaces}/default`,
    { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } } },
    mergePatch,
  );
  const refused = await server.call(`POST ${paths.pods}`, pod('bad', { hostNetwork: true }));
  expect(refused).toMatchObject({
    status: 403,
    json: {
      message: 'pods "bad" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    },
  });
  expect((await server.call(`POST ${paths.pods}`, pod('good'))).status).toBe(201);
  const template = {
    metadata: { labels: { app: 'a' } },
    spec: { hostNetwork: true, containers: [{ name: 'c', image: 'i' }] },
  };
  const made = await server.call('POST /apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { app: 'a' } }, template },
  });
  expect(made.status).toBe(201);
  expect(made.headers['warning']).toContain('would violate PodSecurity');
});

test('PodSecurity: raising the level names the pods that would not be let in again; unreadable labels are refused', async () => {
  await server.create(paths.pods, pod('a', { hostPID: true }));
  await server.create(paths.pods, pod('b', { hostPID: true }));
  const raise = (level: string) =>
    server.call(
      `PATCH ${namespaces}/default`,
      { metadata: { labels: { 'pod-security.kubernetes.io/enforce': level } } },
      mergePatch,
    );
  const raised = await raise('baseline');
  expect(raised.headers['warning']).toContain(
    'existing pods in namespace \\"default\\" violate the new PodSecurity enforce level \\"baseline:latest\\"',
  );
  expect(raised.headers['warning']).toContain('a (and 1 other pod): host namespaces');
  expect(await raise('strict')).toMatchObject({
    status: 422,
    json: {
      message:
        'Namespace "default" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    },
  });
});

test('LimitRanger: defaults go into new pods, and bounds hold for pods and claims', async () => {
  await server.create('/api/v1/namespaces/default/limitranges', {
    metadata: { name: 'l' },
    spec: {
      limits: [
        { type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' }, max: { memory: '1Gi' } },
        { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } },
      ],
    },
  });
  const made = await server.create(paths.pods, pod('p'));
  expect(made).toMatchObject({
    metadata: {
      annotations: {
        'kubernetes.io/limit-ranger':
          'LimitRanger plugin set: cpu, memory request for container app; cpu, memory limit for container app',
      },
    },
    spec: {
      containers: [{ resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: '500m', memory: '1Gi' } } }],
    },
    status: { qosClass: 'Burstable' },
  });
  const refused = await server.call(`POST ${paths.pods}`, pod('big', amounts({ memory: '2Gi' }, { memory: '2Gi' })));
  expect(refused.json.message).toBe(
    'pods "big" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi',
  );
  const large = await server.call(`POST ${paths.claims}`, claim('c', { resources: { requests: { storage: '3Gi' } } }));
  expect(large.json.message).toBe(
    'persistentvolumeclaims "c" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
  );
});

test('Priority: from the class, from the default class, never from the user', async () => {
  const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
  await server.create(classes, { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' });
  expect(await server.create(paths.pods, pod('a', { priorityClassName: 'high' }))).toMatchObject({
    spec: { priority: 1000, preemptionPolicy: 'Never' },
  });
  expect(await server.create(paths.pods, pod('b'))).toMatchObject({ spec: { priority: 0 } });
  expect(await server.create(paths.pods, pod('c', { priorityClassName: 'system-node-critical' }))).toMatchObject({
    spec: { priority: 2_000_001_000 },
  });
  const unknown = await server.call(`POST ${paths.pods}`, pod('d', { priorityClassName: 'nope' }));
  expect(unknown.json.message).toBe('pods "d" is forbidden: no PriorityClass with name nope was found');
  const own = await server.call(`POST ${paths.pods}`, pod('e', { priority: 5 }));
  expect(own.json.message).toContain('the integer value of priority (5) must not be provided in pod spec');
  await server.create(classes, { metadata: { name: 'usual' }, value: 10, globalDefault: true });
  expect(await server.create(paths.pods, pod('f'))).toMatchObject({
    spec: { priority: 10, priorityClassName: 'usual' },
  });
  const second = await server.call(`POST ${classes}`, { metadata: { name: 'other' }, value: 11, globalDefault: true });
  expect(second.json.message).toBe(
    'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
  );
});

test('RuntimeClass: overhead, node selector and tolerations come from it', async () => {
  await server.create('/apis/node.k8s.io/v1/runtimeclasses', {
    metadata: { name: 'vm' },
    handler: 'vm',
    overhead: { podFixed: { memory: '64Mi' } },
    scheduling: { nodeSelector: { kind: 'vm' }, tolerations: [{ key: 'vm', operator: 'Exists' }] },
  });
  const made = await server.create(paths.pods, pod('a', { runtimeClassName: 'vm' }));
  expect(made).toMatchObject({ spec: { overhead: { memory: '64Mi' }, nodeSelector: { kind: 'vm' } } });
  expect((made as unknown as { spec: { tolerations: object[] } }).spec.tolerations).toContainEqual({
    key: 'vm',
    operator: 'Exists',
  });
  const refusals: [object, string][] = [
    [{ runtimeClassName: 'nope' }, 'pod rejected: RuntimeClass "nope" not found'],
    [{ overhead: { cpu: '1' } }, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead'],
    [
      { runtimeClassName: 'vm', overhead: { memory: '1Mi' } },
      "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead",
    ],
    [
      { runtimeClassName: 'vm', nodeSelector: { kind: 'metal' } },
      'conflict: runtimeClass.scheduling.nodeSelector[kind] = vm; pod.spec.nodeSelector[kind] = metal',
    ],
  ];
  for (const [spec, why] of refusals) {
    const { json } = await server.call(`POST ${paths.pods}`, pod('b', spec));
    expect(json.message).toBe(`pods "b" is forbidden: ${why}`);
  }
});

async function makeQuota(hard: Record<string, string>, spec: object = {}): Promise<void> {
  await server.create('/api/v1/namespaces/default/resourcequotas', {
    metadata: { name: 'q' },
    spec: { hard, ...spec },
  });
  const used = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));
  // The quota controller's part.
  await server.call('PATCH /api/v1/namespaces/default/resourcequotas/q/status', { status: { hard, used } }, mergePatch);
}

const usedOf = async (): Promise<unknown> => {
  const { json } = await server.call('GET /api/v1/namespaces/default/resourcequotas/q');
  return (json as unknown as { status: { used: unknown } }).status.used;
};

test('ResourceQuota: claims are charged by class, growth as well, and refused beyond', async () => {
  await server.create('/apis/storage.k8s.io/v1/storageclasses', {
    metadata: { name: 'gold' },
    provisioner: 'p',
    allowVolumeExpansion: true,
  });
  await makeQuota({
    'requests.storage': '10Gi',
    'gold.storageclass.storage.k8s.io/requests.storage': '3Gi',
    persistentvolumeclaims: '3',
  });
  const sized = (name: string, storage: string): object =>
    claim(name, { storageClassName: 'gold', resources: { requests: { storage } } });
  await server.create(paths.claims, sized('a', '2Gi'));
  const refused = await server.call(`POST ${paths.claims}`, sized('b', '2Gi'));
  expect(refused).toMatchObject({
    status: 403,
    json: {
      message:
        'persistentvolumeclaims "b" is forbidden: exceeded quota: q, requested: gold.storageclass.storage.k8s.io/requests.storage=2Gi, used: gold.storageclass.storage.k8s.io/requests.storage=2Gi, limited: gold.storageclass.storage.k8s.io/requests.storage=3Gi',
    },
  });
  await server.call(`PATCH ${paths.claims}/a/status`, { status: { phase: 'Bound' } }, mergePatch);
  const grow = (storage: string) =>
    server.call(`PATCH ${paths.claims}/a`, { spec: { resources: { requests: { storage } } } }, mergePatch);
  expect((await grow('3Gi')).status).toBe(200);
  expect((await grow('4Gi')).json.message).toContain('exceeded quota: q');
  expect(await usedOf()).toEqual({
    'requests.storage': '3Gi',
    'gold.storageclass.storage.k8s.io/requests.storage': '3Gi',
    persistentvolumeclaims: '1',
  });
});

test('ResourceQuota: 20 creations at once never exceed it', async () => {
  await makeQuota({ 'count/configmaps': '5' });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => server.call(`POST ${paths.configMaps}`, configMap(`c-${index}`))),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
  expect(await usedOf()).toEqual({ 'count/configmaps': '5' });
});

test('ResourceQuota: pods must name what is limited; dry runs and scopes charge nothing', async () => {
  await makeQuota({ 'limits.cpu': '2', pods: '2' }, { scopes: ['NotBestEffort'] });
  const silent = await server.call(`POST ${paths.pods}`, pod('a', amounts({ memory: '1Gi' })));
  expect(silent.json.message).toBe('pods "a" is forbidden: failed quota: q: must specify limits.cpu for: app');
  expect((await server.call(`POST ${paths.pods}`, pod('best-effort'))).status).toBe(201);
  expect((await server.call(`POST ${paths.pods}?dryRun=All`, pod('b', amounts({}, { cpu: '1' })))).status).toBe(201);
  expect(await usedOf()).toEqual({ 'limits.cpu': '0', pods: '0' });
  await server.create(paths.pods, pod('b', amounts({}, { cpu: '1500m' })));
  expect(await usedOf()).toEqual({ 'limits.cpu': '1500m', pods: '1' });
});

test('ResourceQuota: not counted yet -> refused, as nobody knows what is used', async () => {
  await server.create('/api/v1/namespaces/default/resourcequotas', {
    metadata: { name: 'q' },
    spec: { hard: { pods: '1' } },
  });
  const { json } = await server.call(`POST ${paths.pods}`, pod('a'));
  expect(json.message).toBe('pods "a" is forbidden: status unknown for quota: q, resources: pods');
});
