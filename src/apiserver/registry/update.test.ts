// Who may change what, and on which condition?

import { afterEach, beforeEach, expect, test } from 'vitest';
import { claim, configMap, mergePatch, paths, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

const modified = 'the object has been modified; please apply your changes to the latest version and try again';
const { claims, configMaps, snapshots } = paths;

test('a stale resourceVersion -> Conflict', async () => {
  const first = await server.create(configMaps, configMap('a'));
  expect((await server.call(`PUT ${configMaps}/a`, { ...first, data: { a: '2' } })).status).toBe(200);
  const { status, json } = await server.call(`PUT ${configMaps}/a`, { ...first, data: { a: '3' } });
  expect(status).toBe(409);
  expect(json).toMatchObject({
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on configmaps "a": ${modified}`,
  });
});

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';

test.each([
  { path: configMaps, body: {} },
  { path: leases, body: { spec: {} }, refused: 'leases.coordination.k8s.io' },
  { path: budgets, body: { spec: { minAvailable: 1 } }, refused: 'poddisruptionbudgets.policy' },
  { path: '/apis/storage.k8s.io/v1/csidrivers', body: { spec: {} }, refused: 'csidrivers.storage.k8s.io' },
  {
    path: snapshots,
    body: { spec: { source: { persistentVolumeClaimName: 'data' } } },
    refused: 'volumesnapshots.snapshot.storage.k8s.io',
  },
])('no resourceVersion -> $path $refused', async ({ path, body, refused }) => {
  const object = { metadata: { name: 'a' }, ...body };
  await server.create(path, object);
  const why = 'metadata.resourceVersion: Invalid value: 0: must be specified for an update';
  const outcome = refused ? { code: 422, message: `${refused} "a" is invalid: ${why}` } : { metadata: { name: 'a' } };
  expect((await server.call(`PUT ${path}/a`, object)).json).toMatchObject(outcome);
  const patch = { metadata: { resourceVersion: null } };
  expect((await server.call(`PATCH ${path}/a`, patch, mergePatch)).json).toMatchObject(outcome);
});

test('a PUT of what is not there -> created where the kind allows it', async () => {
  const lease = { metadata: { name: 'a', resourceVersion: '77' }, spec: {} };
  const made = await server.call(`PUT ${leases}/a`, lease);
  expect([made.status, made.json.metadata.generateName, made.json.metadata.name]).toEqual([201, undefined, 'a']);
  expect((await server.call(`PUT ${leases}/b`, { metadata: { name: 'b', uid: 'x' } })).json).toMatchObject({
    code: 409,
    message: expect.stringContaining('UID in precondition: x, UID in object meta: ') as string,
  });
  expect((await server.call(`PUT ${configMaps}/b`, configMap('b'))).status).toBe(404);
});

test('who may change but not create -> creates neither by PUT nor by apply', async () => {
  const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  await server.create(`${roles}/roles`, {
    metadata: { name: 'change' },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['update', 'patch'] }],
  });
  await server.create(`${roles}/rolebindings`, {
    metadata: { name: 'change' },
    subjects: [{ kind: 'User', name: 'joe', apiGroup: 'rbac.authorization.k8s.io' }],
    roleRef: { kind: 'Role', name: 'change', apiGroup: 'rbac.authorization.k8s.io' },
  });
  const as = { user: { name: 'joe', groups: [] } };
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'a' }, spec: {} };
  const refusal = {
    code: 403,
    message:
      'leases.coordination.k8s.io "a" is forbidden: User "joe" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "default"',
  };
  const apply = { ...as, contentType: 'application/apply-patch+yaml' };
  expect((await server.call(`PUT ${leases}/a`, lease, as)).json).toMatchObject(refusal);
  expect((await server.call(`PATCH ${leases}/a?fieldManager=m`, lease, apply)).json).toMatchObject(refusal);
  await server.create(leases, lease);
  expect((await server.call(`PATCH ${leases}/a?fieldManager=m`, lease, apply)).status).toBe(200);
});

test('nothing changed -> no new revision', async () => {
  const made = await server.create(configMaps, configMap('a'));
  const { json } = await server.call(`PUT ${configMaps}/a`, made);
  expect(json.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
});

test('what only the server sets -> kept', async () => {
  const made = await server.create(configMaps, configMap('a'));
  const metadata = {
    ...made.metadata,
    creationTimestamp: '2001-01-01T00:00:00Z',
    deletionTimestamp: '2001-01-01T00:00:00Z',
  };
  const { json } = await server.call(`PUT ${configMaps}/a`, { ...made, metadata, data: { b: '1' } });
  expect(json.metadata.creationTimestamp).toBe(made.metadata.creationTimestamp);
  expect(json.metadata.deletionTimestamp).toBeUndefined();
});

test('status and spec -> each through its own path only', async () => {
  const made = await server.create(claims, claim('data'));
  const both = { spec: { volumeName: 'pv-1' }, status: { phase: 'Bound' } };
  const viaMain = await server.call(`PATCH ${claims}/data`, both, mergePatch);
  expect(viaMain.json).toMatchObject({ spec: { volumeName: 'pv-1' }, status: { phase: 'Pending' } });
  const viaStatus = await server.call(
    `PATCH ${claims}/data/status`,
    { spec: { volumeName: 'pv-2' }, status: { phase: 'Bound' } },
    mergePatch,
  );
  expect(viaStatus.json).toMatchObject({
    spec: { volumeName: 'pv-1' },
    status: { phase: 'Bound' },
    metadata: { uid: made.metadata.uid },
  });
});

test('generation -> raised by the spec only', async () => {
  const sts = '/apis/apps/v1/namespaces/default/statefulsets';
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'amarre.io/host' }] } };
  const made = await server.create(sts, {
    metadata: { name: 'web' },
    spec: { serviceName: 'web', selector: { matchLabels: { a: 'b' } }, template },
  });
  expect(made.metadata.generation).toBe(1);
  const patch = async (path: string, body: object): Promise<number | undefined> =>
    (await server.call(`PATCH ${path}`, body, mergePatch)).json.metadata.generation;
  expect(await patch(`${sts}/web`, { metadata: { labels: { x: 'y' } } })).toBe(1);
  expect(await patch(`${sts}/web/status`, { status: { replicas: 1 } })).toBe(1);
  expect(await patch(`${sts}/web`, { spec: { replicas: 3 } })).toBe(2);
  const scale = await server.call(`PATCH ${sts}/web/scale`, { spec: { replicas: 5 } }, mergePatch);
  expect(scale.json).toMatchObject({
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    spec: { replicas: 5 },
    status: { replicas: 1, selector: 'a=b' },
  });
  expect((await server.call(`GET ${sts}/web`)).json.metadata.generation).toBe(3);
});

test('a write with another resourceVersion or uid -> Conflict, and Invalid where a patch would change the uid', async () => {
  const { metadata } = await server.create(configMaps, configMap('a'));
  const stale = await server.call(
    `PATCH ${configMaps}/a`,
    { metadata: { resourceVersion: '1' }, data: { x: '1' } },
    mergePatch,
  );
  expect(stale.json).toMatchObject({ reason: 'Conflict', message: expect.stringContaining(modified) });
  const other = await server.call(`PATCH ${configMaps}/a`, { metadata: { uid: 'nope' }, data: { x: '1' } }, mergePatch);
  expect(other.json).toMatchObject({
    code: 422,
    message: 'ConfigMap "a" is invalid: metadata.uid: Invalid value: "nope": field is immutable',
  });
  const put = await server.call(`PUT ${configMaps}/a`, { metadata: { name: 'a', uid: 'nope' } });
  expect(put.json).toMatchObject({
    code: 409,
    message: expect.stringContaining(
      `AdditionalErrorMsg: Precondition failed: UID in precondition: nope, UID in object meta: ${metadata.uid}`,
    ) as string,
  });
  const right = await server.call(
    `PATCH ${configMaps}/a`,
    { metadata: { uid: metadata.uid, resourceVersion: metadata.resourceVersion }, data: { x: '1' } },
    mergePatch,
  );
  expect(right.status).toBe(200);
});

test('a strategic merge patch on a custom resource -> UnsupportedMediaType', async () => {
  await server.create(snapshots, { metadata: { name: 's' }, spec: { source: { persistentVolumeClaimName: 'data' } } });
  const answer = await server.call(
    `PATCH ${snapshots}/s`,
    {},
    { contentType: 'application/strategic-merge-patch+json' },
  );
  expect(answer.status).toBe(415);
});

test('many writers without a resourceVersion -> every patch takes effect', async () => {
  await server.create(configMaps, configMap('a'));
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      server.call(`PATCH ${configMaps}/a`, { data: { [`k${i}`]: '1' } }, mergePatch),
    ),
  );
  const { json } = await server.call(`GET ${configMaps}/a`);
  expect(Object.keys(json['data'] as object)).toHaveLength(21);
});

test('a claim grows -> only if bound and its class allows it', async () => {
  await server.create('/apis/storage.k8s.io/v1/storageclasses', { metadata: { name: 'fixed' }, provisioner: 'p' });
  await server.create('/apis/storage.k8s.io/v1/storageclasses', {
    metadata: { name: 'elastic' },
    provisioner: 'p',
    allowVolumeExpansion: true,
  });
  const grow = { spec: { resources: { requests: { storage: '2Gi' } } } };
  for (const name of ['fixed', 'elastic']) {
    await server.create(claims, claim(name, { storageClassName: name, volumeName: 'pv' }));
    await server.call(
      `PATCH ${claims}/${name}/status`,
      { status: { phase: 'Bound', capacity: { storage: '1Gi' } } },
      mergePatch,
    );
  }
  const refused = await server.call(`PATCH ${claims}/fixed`, grow, mergePatch);
  expect(refused.json).toMatchObject({
    code: 403,
    message:
      'persistentvolumeclaims "fixed" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
  });
  expect((await server.call(`PATCH ${claims}/elastic`, grow, mergePatch)).status).toBe(200);
});
