import { expect, onTestFinished, test } from 'vitest';
import { fenceProofs } from '../../apis/amarre/types.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '../../apis/resources.ts';
import { FakeWorld } from '../../client/fake-world.ts';
import { podGarbageController } from './controller.ts';
import { reconcilePod, type Step } from './reconcile.ts';
import type { PodView } from './view.ts';

const metadata = {
  namespace: 'shop',
  name: 'p',
  uid: 'u',
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
};

function view(overrides: Partial<PodView> & { nodeName?: string; phase?: string; isGoing?: boolean }): PodView {
  const { nodeName, phase = 'Running', isGoing, ...rest } = overrides;
  const pod: Pod = {
    metadata: { ...metadata, ...(isGoing && { deletionTimestamp: 'now' }) },
    spec: { containers: [], ...(nodeName && { nodeName }) },
    status: { phase },
  };
  return {
    pod,
    nodeMissingMs: undefined,
    isNodeOutOfService: false,
    unprovenVolumes: [],
    isSurplus: false,
    ...rest,
  };
}

const onNode = { nodeName: 'n1' };

test.each<{ name: string; view: PodView; want: Step }>([
  { name: 'node exists -> settled', view: view(onNode), want: { type: 'Settled' } },
  { name: 'never bound -> settled', view: view({}), want: { type: 'Settled' } },
  {
    name: 'never bound, being deleted -> removed',
    view: view({ isGoing: true }),
    want: { type: 'Delete', isOrphan: false },
  },
  {
    name: 'node missing for 10 s -> waits 30 s',
    view: view({ ...onNode, nodeMissingMs: 10_000 }),
    want: { type: 'Wait', retryAfterMs: 30_000 },
  },
  {
    name: 'node missing for 40 s -> removed',
    view: view({ ...onNode, nodeMissingMs: 40_000 }),
    want: { type: 'Delete', isOrphan: true },
  },
  {
    name: 'node missing for an hour, a volume not proven -> held',
    view: view({ ...onNode, nodeMissingMs: 3_600_000, unprovenVolumes: ['v'] }),
    want: { type: 'Hold', node: 'gone', volumes: ['v'] },
  },
  {
    name: 'node out of service, pod not being deleted -> settled',
    view: view({ ...onNode, isNodeOutOfService: true }),
    want: { type: 'Settled' },
  },
  {
    name: 'node out of service, pod being deleted -> removed',
    view: view({ ...onNode, isNodeOutOfService: true, isGoing: true }),
    want: { type: 'Delete', isOrphan: false },
  },
  {
    name: 'node out of service, a volume not proven -> held',
    view: view({ ...onNode, isNodeOutOfService: true, isGoing: true, unprovenVolumes: ['v'] }),
    want: { type: 'Hold', node: 'out of service', volumes: ['v'] },
  },
  {
    name: 'node in service, pod being deleted -> its agent ends it',
    view: view({ ...onNode, isGoing: true }),
    want: { type: 'Settled' },
  },
  {
    name: 'node missing, pod has ended -> removed, its volumes do not matter',
    view: view({ ...onNode, nodeMissingMs: 40_000, unprovenVolumes: ['v'], phase: 'Failed' }),
    want: { type: 'Delete', isOrphan: true },
  },
  {
    name: 'ended and too many -> removed',
    view: view({ ...onNode, phase: 'Succeeded', isSurplus: true }),
    want: { type: 'Delete', isOrphan: false },
  },
])('reconcilePod: $name', ({ view: given, want }) => {
  expect(reconcilePod(given)).toEqual(want);
});

test('node deleted under a pod with a ReadWriteOnce volume -> held until its attachment is proven', async () => {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  const at = { namespace: 'shop', name: 'db-0' };
  await fake.create(nodes, { metadata: { name: 'n1' } });
  await fake.create(persistentVolumes, {
    metadata: { name: 'v' },
    spec: { accessModes: ['ReadWriteOnce'], csi: { driver: 'd', volumeHandle: 'h' } },
  });
  await fake.create(persistentVolumeClaims, { metadata: { ...at, name: 'data' }, spec: { volumeName: 'v' } });
  const attachment = await fake.create(volumeAttachments, {
    metadata: { name: 'va' },
    spec: { attacher: 'd', nodeName: 'n1', source: { persistentVolumeName: 'v' } },
    status: { attached: true },
  });
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  await fake.create(pods, { metadata: at, spec: { nodeName: 'n1', containers: [], volumes } });
  await fake.create(pods, { metadata: { ...at, name: 'web-0' }, spec: { nodeName: 'n1', containers: [] } });
  await fake.start(podGarbageController(fake.deps));
  await fake.client.delete(nodes, { at: { name: 'n1' } }, fake.signal);
  await fake.clock.advance(39_000);
  expect(await fake.find(pods, 'web-0')).toBeDefined();
  await fake.clock.advance(2_000);
  expect(await fake.find(pods, 'web-0')).toBeUndefined();
  await fake.clock.advance(3_600_000);
  expect(await fake.find(pods, 'db-0')).toBeDefined();
  expect(fake.events[0]).toContain('AwaitingFenceProof');

  const spec = { attachmentUID: attachment.metadata.uid, nodeName: 'n1', volumeName: 'v' };
  await fake.create(fenceProofs, { metadata: { name: 'v-1' }, spec: spec as never });
  await fake.clock.advance(100);
  expect(await fake.find(pods, 'db-0')).toBeUndefined();
});

test('three ended pods, two allowed -> the oldest goes', async () => {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  for (const name of ['b', 'a', 'c']) {
    await fake.create(pods, {
      metadata: { namespace: 'shop', name },
      spec: { containers: [] },
      status: { phase: 'Succeeded' },
    });
  }
  await fake.start(podGarbageController(fake.deps, { terminatedMax: 2 }));
  await fake.clock.advance(100);
  expect((await fake.client.list(pods, {}, fake.signal)).items).toHaveLength(2);
});

test('a silent node is taken out of service -> what is being deleted there goes at once; a ready node keeps its own', async () => {
  const fake = new FakeWorld();
  onTestFinished(() => fake.end());
  const condition = (status: string) => ({ type: 'Ready', status, lastTransitionTime: '2026-01-01T00:00:00Z' });
  const finalizers = ['test/kept'];
  for (const [name, ready] of [
    ['silent', 'Unknown'],
    ['ready', 'True'],
  ] as const) {
    await fake.create(nodes, { metadata: { name }, status: { conditions: [condition(ready)] } });
    await fake.create(pods, {
      metadata: { namespace: 'shop', name, finalizers },
      spec: { nodeName: name, containers: [] },
    });
    await fake.client.delete(pods, { at: { namespace: 'shop', name } }, fake.signal);
  }
  await fake.start(podGarbageController(fake.deps));
  const deleted: string[] = [];
  fake.api.beforeWrite = (write) => void (write.startsWith('DELETE') && deleted.push(write.split('/').at(-1) ?? ''));
  await fake.clock.advance(1_000);
  expect(deleted).toEqual([]);
  const taints = [{ key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }];
  for (const name of ['silent', 'ready'])
    await fake.client.patch(nodes, { at: { name }, body: { spec: { taints } } }, fake.signal);
  await fake.clock.advance(1_000);
  expect([...new Set(deleted)]).toEqual(['silent']);
});
