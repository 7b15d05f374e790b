// How webhooks are asked and what may go wrong, against one that listens on HTTPS.

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parseSigningKeys } from '../../auth/tokens/signing-keys.ts';
import { configMap, mergePatch, paths, pod, startTestServer, type TestServer } from '../../testing.ts';
import { base64, configMapRules, type Hook, register, startHook, unregister } from './testing.ts';

let server: TestServer;
let hook: Hook;
const events: { annotations?: Record<string, string> }[] = [];

beforeAll(async () => {
  const sink = { write: (event: object) => void events.push(event) };
  const rules = [
    { level: 'Metadata' as const, resources: [{ resources: ['secrets'] }], omitStages: ['RequestReceived' as const] },
    { level: 'Request' as const, resources: [{ resources: ['configmaps'] }], omitStages: ['RequestReceived' as const] },
  ];
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const keys = parseSigningKeys(pem.toString(), 'sa.key');
  const tokens = { issuer: 'https://x', audiences: ['https://x'], keys: () => keys };
  server = await startTestServer({ tokens, audit: { policy: () => ({ rules }), sink } });
  hook = await startHook();
  const patch = (path: string, patchJson: unknown, more: object = {}): void => {
    hook.answers[path] = () => ({ allowed: true, patchType: 'JSONPatch', patch: base64(patchJson), ...more });
  };
  hook.answers['/teapot'] = () => ({ allowed: false, status: { message: 'no coffee', code: 418, reason: 'Teapot' } });
  hook.answers['/noted'] = () => ({ allowed: true, auditAnnotations: { seen: 'yes', 'a/b/c': 'no' } });
  hook.answers['/chatty'] = () => ({ allowed: true, warnings: ['x'.repeat(5000), 'short', 'short'] });
  hook.answers['/only-type'] = () => ({ allowed: true, patchType: 'JSONPatch' });
  patch('/typed', [{ op: 'add', path: '/data', value: 7 }]);
  patch('/empty', []);
  patch('/merge', [{ op: 'add', path: '/data/x', value: 'y' }], { patchType: 'Merge' });
  patch('/unread', 'nothing');
  patch('/mark', [{ op: 'add', path: '/data/mark', value: 'yes' }]);
  hook.versions['/older'] = 'v1beta1';
  patch('/older', [{ op: 'add', path: '/data/older', value: 'yes' }], { uid: 'whatever', patchType: undefined });
});
afterAll(async () => {
  await server.stop();
  await hook.stop();
});
afterEach(async () => {
  await unregister(server);
  for (const path of [paths.configMaps, paths.pods]) await server.call(`DELETE ${path}?gracePeriodSeconds=0`);
  hook.requests.length = 0;
  events.length = 0;
});

const create = (name = 'a', overrides: object = {}): ReturnType<TestServer['call']> =>
  server.call(`POST ${paths.configMaps}`, configMap(name, overrides));
const annotations = (): Record<string, string> => events.at(-1)?.annotations ?? {};

test.each<{ name: string; path: string; overrides?: object; status: number; message?: unknown; reason?: string }>([
  {
    name: 'refuses in its own way',
    path: '/teapot',
    status: 418,
    reason: 'Teapot',
    message: 'admission webhook "teapot.example.com" denied the request: no coffee',
  },
  {
    name: 'names a patch type without a patch',
    path: '/only-type',
    status: 500,
    message: expect.stringContaining('webhook returned response.patchType but not response.patch'),
  },
  {
    name: 'patches in an unknown way',
    path: '/merge',
    status: 500,
    message: 'Internal error occurred: failed calling webhook "merge.example.com": unsupported patch type "Merge"',
  },
  {
    name: 'sends no patch that can be read',
    path: '/unread',
    status: 500,
    message: expect.stringContaining('received undecodable patch in webhook response: '),
  },
  {
    name: 'sends no patch that can be read, and is not needed',
    path: '/unread',
    overrides: { failurePolicy: 'Ignore' },
    status: 201,
  },
  {
    name: 'makes no ConfigMap of it, and is not needed: it did answer',
    path: '/typed',
    overrides: { failurePolicy: 'Ignore' },
    status: 500,
    message: expect.stringContaining('json: cannot unmarshal number into Go struct field ConfigMap.data'),
  },
  { name: 'has nothing to change', path: '/empty', status: 201 },
  { name: 'speaks v1beta1', path: '/older', overrides: { admissionReviewVersions: ['v1beta1'] }, status: 201 },
  {
    name: 'takes too long',
    path: '/hang',
    overrides: { timeoutSeconds: 1 },
    status: 500,
    message: expect.stringMatching(/failed to call webhook: Post ".*\/hang\?timeout=1s": context deadline exceeded$/),
  },
  {
    name: 'has a condition that fails',
    path: '/empty',
    overrides: { matchConditions: [{ name: 'c', expression: "object.data.nope == ''" }] },
    status: 403,
    message: "configmaps \"a\" is forbidden: expression 'object.data.nope == ''' resulted in error: no such key: nope",
  },
  {
    name: 'has a condition that fails and one that is false',
    path: '/teapot',
    overrides: {
      matchConditions: [
        { name: 'c', expression: "object.data.nope == ''" },
        { name: 'd', expression: "request.userInfo.username == 'nobody'" },
      ],
    },
    status: 201,
  },
  {
    name: 'has a condition that fails and is not needed',
    path: '/teapot',
    overrides: { failurePolicy: 'Ignore', matchConditions: [{ name: 'c', expression: "object.data.nope == ''" }] },
    status: 201,
  },
  {
    name: 'wants only namespaced objects',
    path: '/teapot',
    overrides: { rules: [{ ...configMapRules[0], scope: 'Cluster' }] },
    status: 201,
  },
])('a mutating webhook that $name', async ({ path, overrides = {}, status, message, reason }) => {
  await register({ server, hook }, 'mutating', { path, ...overrides });
  const { json, status: answered } = await create();
  expect(answered).toBe(status);
  if (message !== undefined) expect(json.message).toEqual(message);
  if (reason !== undefined) expect(json.reason).toBe(reason);
});

test('a dry run is only for webhooks without side effects', async () => {
  await register({ server, hook }, 'validating', { path: '/allow', sideEffects: 'NoneOnDryRun' });
  expect((await server.call(`POST ${paths.configMaps}?dryRun=All&fieldManager=me`, configMap('a'))).status).toBe(201);
  expect(hook.requests[0]).toMatchObject({
    dryRun: true,
    namespace: 'default',
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', dryRun: ['All'], fieldManager: 'me' },
  });
});

test('the audit log says what webhooks did, and which were left out', async () => {
  await register({ server, hook }, 'mutating', { path: '/mark' });
  await register({ server, hook }, 'mutating', { path: '/noted' });
  await register({ server, hook }, 'mutating', { path: '/broken', failurePolicy: 'Ignore' });
  await register({ server, hook }, 'validating', { path: '/broken', failurePolicy: 'Ignore' });
  await create();
  const patch = [{ op: 'add', path: '/data/mark', value: 'yes' }];
  expect(annotations()).toMatchObject({
    'noted.example.com/seen': 'yes',
    'failed-open.mutation.webhook.admission.k8s.io/round_0_index_0': 'broken.example.com',
    'failed-open.validating.webhook.admission.k8s.io/round_0_index_0': 'broken.example.com',
    'mutation.webhook.admission.k8s.io/round_0_index_0': JSON.stringify({
      configuration: 'broken',
      webhook: 'broken.example.com',
      mutated: false,
    }),
    'mutation.webhook.admission.k8s.io/round_0_index_1': JSON.stringify({
      configuration: 'mark',
      webhook: 'mark.example.com',
      mutated: true,
    }),
    'patch.webhook.admission.k8s.io/round_0_index_1': JSON.stringify({
      configuration: 'mark',
      webhook: 'mark.example.com',
      patch,
      patchType: 'JSONPatch',
    }),
  });
  expect(Object.keys(annotations()).filter((key) => key.includes('a/b/c'))).toEqual([]);
});

test('patches are not in the log where only metadata is wanted', async () => {
  await register({ server, hook }, 'mutating', {
    path: '/mark',
    rules: [{ ...configMapRules[0], resources: ['secrets'] }],
  });
  await server.call('POST /api/v1/namespaces/default/secrets', { metadata: { name: 's' }, data: {} });
  expect(annotations()).toHaveProperty(['mutation.webhook.admission.k8s.io/round_0_index_0']);
  expect(annotations()).not.toHaveProperty(['patch.webhook.admission.k8s.io/round_0_index_0']);
});

test('long warnings are cut, repeated ones told once', async () => {
  await register({ server, hook }, 'validating', { path: '/chatty' });
  const { headers } = await create();
  expect(headers['warning']).toBe(`299 - "${'x'.repeat(256)}", 299 - "short"`);
});

test.each([
  ['Exact', 201, []],
  ['Equivalent', 418, [{ group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler' }]],
])('matchPolicy %s for another version of the resource -> %d', async (matchPolicy, status, kinds) => {
  const rules = [
    { operations: ['*'], apiGroups: ['autoscaling'], apiVersions: ['v2'], resources: ['horizontalpodautoscalers'] },
  ];
  await register({ server, hook }, 'validating', { path: '/teapot', rules, matchPolicy });
  const answer = await server.call('POST /apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers', {
    metadata: { name: `h-${matchPolicy.toLowerCase()}` },
    spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' } },
  });
  if (answer.status === 404) return expect(answer.status, 'autoscaling/v1 is not served').toBe(404);
  expect(answer.status).toBe(status);
  expect(hook.requests.map(({ kind }) => kind)).toEqual(kinds);
});

test('an object selector sees the object before and after', async () => {
  await create('a', { labels: { watched: 'yes' } });
  await register({ server, hook }, 'validating', {
    path: '/allow',
    objectSelector: { matchLabels: { watched: 'yes' } },
  });
  await server.call(`PATCH ${paths.configMaps}/a`, { metadata: { labels: { watched: null } } }, mergePatch);
  await server.call(`PATCH ${paths.configMaps}/a`, { data: { b: '2' } }, mergePatch);
  expect(hook.requests.map(({ operation }) => operation)).toEqual(['UPDATE']);
});

test('a namespace is in itself, with the labels that it is to get', async () => {
  const rules = [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: ['namespaces'] }];
  const namespaceSelector = { matchLabels: { team: 'a' } };
  await register({ server, hook }, 'validating', { path: '/allow', rules, namespaceSelector });
  await server.create('/api/v1/namespaces', { metadata: { name: 'other' } });
  await server.create('/api/v1/namespaces', { metadata: { name: 'team-a', labels: { team: 'a' } } });
  expect(hook.requests).toMatchObject([{ name: 'team-a', namespace: 'team-a' }]);
});

test('a pod that webhooks change twice keeps one token and one of everything', async () => {
  const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
  hook.answers['/label-again'] = ({ object }) => {
    const count = String(Number(object.metadata.annotations?.['count'] ?? 0) + 1);
    const patch = base64([{ op: 'add', path: '/metadata/annotations', value: { count } }]);
    return { allowed: true, patchType: 'JSONPatch', patch };
  };
  hook.answers['/later'] = () => ({
    allowed: true,
    patchType: 'JSONPatch',
    patch: base64([{ op: 'add', path: '/metadata/labels', value: { later: 'yes' } }]),
  });
  await register({ server, hook }, 'mutating', { path: '/label-again', rules, reinvocationPolicy: 'IfNeeded' });
  await register({ server, hook }, 'mutating', { path: '/later', rules });
  await server.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  const { json } = await server.call(`POST ${paths.pods}`, pod('p'));
  expect(json).toMatchObject({ metadata: { annotations: { count: '2' }, labels: { later: 'yes' } } });
  const { volumes = [] } = (json as unknown as { spec: { volumes?: { name: string }[] } }).spec;
  expect(volumes.filter(({ name }) => name.startsWith('kube-api-access'))).toHaveLength(1);
});

test.each<{ name: string; line: string; resource: string; body?: object; want: object }>([
  {
    name: 'a binding',
    line: `POST ${paths.pods}/p/binding`,
    resource: 'pods/binding',
    body: { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } },
    want: { operation: 'CREATE', subResource: 'binding', kind: { group: '', version: 'v1', kind: 'Binding' } },
  },
  {
    name: 'an eviction',
    line: `POST ${paths.pods}/p/eviction`,
    resource: 'pods/eviction',
    body: { metadata: { name: 'p' } },
    want: { operation: 'CREATE', kind: { group: 'policy', version: 'v1', kind: 'Eviction' }, name: 'p' },
  },
  {
    name: 'exec',
    line: `GET ${paths.pods}/p/exec?command=ls&command=-l&stdout=true`,
    resource: 'pods/exec',
    want: {
      operation: 'CONNECT',
      name: 'p',
      namespace: 'default',
      options: null,
      oldObject: null,
      kind: { group: '', version: 'v1', kind: 'PodExecOptions' },
      object: { kind: 'PodExecOptions', apiVersion: 'v1', command: ['ls', '-l'], stdout: true },
    },
  },
  {
    name: 'port-forward',
    line: `POST ${paths.pods}/p/portforward?ports=80`,
    resource: 'pods/portforward',
    want: { operation: 'CONNECT', object: { kind: 'PodPortForwardOptions', apiVersion: 'v1', ports: [80] } },
  },
  {
    name: 'a proxied request',
    line: `GET ${paths.pods}/p/proxy/a/b?c=d`,
    resource: 'pods/proxy',
    want: { operation: 'CONNECT', object: { kind: 'PodProxyOptions', apiVersion: 'v1', path: '/a/b' } },
  },
])('$name -> webhooks see what was sent, not the pod', async ({ line, resource, body, want }) => {
  await server.create(paths.pods, pod('p'));
  const rules = [{ operations: ['*'], apiGroups: [''], apiVersions: ['v1'], resources: [resource] }];
  await register({ server, hook }, 'validating', { path: '/teapot', rules });
  const { json } = await server.call(line, body);
  expect(json.message).toBe('admission webhook "teapot.example.com" denied the request: no coffee');
  expect(hook.requests).toMatchObject([want]);
});

test('webhooks see a Scale, and what they make of it counts', async () => {
  const replicaSets = '/apis/apps/v1/namespaces/default/replicasets';
  const labels = { app: 'r' };
  await server.create(replicaSets, {
    metadata: { name: 'r' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  });
  hook.answers['/fewer'] = () => ({
    allowed: true,
    patchType: 'JSONPatch',
    patch: base64([{ op: 'replace', path: '/spec/replicas', value: 2 }]),
  });
  const rules = [
    { operations: ['UPDATE'], apiGroups: ['apps'], apiVersions: ['v1'], resources: ['replicasets/scale'] },
  ];
  await register({ server, hook }, 'mutating', { path: '/fewer', rules });
  const { json } = await server.call(`PATCH ${replicaSets}/r/scale`, { spec: { replicas: 9 } }, mergePatch);
  expect(json).toMatchObject({ kind: 'Scale', spec: { replicas: 2 } });
  expect(hook.requests).toMatchObject([
    { object: { kind: 'Scale', spec: { replicas: 9 } }, oldObject: { kind: 'Scale', spec: { replicas: 1 } } },
  ]);
});
