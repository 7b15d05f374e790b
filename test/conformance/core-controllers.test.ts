// Do the core controllers work on the real API server? In one process, in real time, with a played agent.

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeObject, Resource } from '../../src/apimachinery/meta.ts';
import { isStatus } from '../../src/apimachinery/status-error.ts';
import { nodeCondition } from '../../src/apis/core/conditions.ts';
import {
  configMaps,
  leases,
  namespaces,
  nodes,
  persistentVolumeClaims,
  pods,
  statefulSets,
} from '../../src/apis/resources.ts';
import { epochMsOf, rfc3339Micro } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/seeded-random.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { garbageCollector } from '../../src/controllers/garbage-collector/controller.ts';
import { namespaceController } from '../../src/controllers/namespace/controller.ts';
import { nodeLifecycleController } from '../../src/controllers/node-lifecycle/controller.ts';
import { podGarbageController } from '../../src/controllers/pod-gc/controller.ts';
import { statefulSetController } from '../../src/controllers/statefulset/controller.ts';
import { scheduler } from '../../src/scheduler/controller.ts';
import { type ControlPlane, inProcessControlPlane } from '../../src/simulation/control-plane.ts';

const shop = 'shop';
let stop: AbortController;
let plane: ControlPlane;
let running: Promise<unknown>;
/** Nodes whose agent renews its lease. */
let alive: Set<string>;

beforeEach(async () => {
  stop = new AbortController();
  plane = inProcessControlPlane({ clock: systemClock, random: seededRandom(1) });
  alive = new Set();
  const { client } = plane;
  const controllers = plane.run(
    (deps) => [
      scheduler(deps),
      statefulSetController(deps),
      nodeLifecycleController(deps),
      podGarbageController(deps),
      namespaceController({ ...deps, discovery: client }),
      garbageCollector({ ...deps, discovery: client }),
    ],
    stop.signal,
  );
  running = Promise.all([controllers, playAgents()]);
  await client.create(namespaces, { metadata: { name: shop } }, stop.signal);
  for (const name of ['node-1', 'node-2']) await addNode(name);
});

afterEach(async () => {
  stop.abort(new Error('the test is over'));
  await running;
});

async function addNode(name: string): Promise<void> {
  const { client } = plane;
  await client.create(nodes, { metadata: { name } }, stop.signal);
  const status = {
    conditions: [{ type: 'Ready', status: 'True' }],
    allocatable: { cpu: '4', memory: '4Gi', pods: '110' },
  };
  await client.patch(nodes, { at: { name }, body: { status }, subresource: 'status' }, stop.signal);
  await client.create(
    leases,
    { metadata: { namespace: 'kube-node-lease', name }, spec: { holderIdentity: name } },
    stop.signal,
  );
  alive.add(name);
}

/** Pods on a node become ready, and end when they are told to. Leases are renewed. */
async function playAgents(): Promise<void> {
  const { client } = plane;
  const { signal } = stop;
  try {
    for (let round = 0; ; round += 1) {
      const { items } = await client.list(pods, {}, signal);
      for (const { metadata: at, spec, status } of items) {
        if (!spec?.nodeName || !alive.has(spec.nodeName)) continue;
        if (at.deletionTimestamp) await client.delete(pods, { at, uid: at.uid, gracePeriodSeconds: 0 }, signal);
        else if (status?.phase !== 'Running') {
          const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
          await client.patch(pods, { at, body: { status: ready }, subresource: 'status' }, signal);
        }
      }
      for (const name of round % 10 === 0 ? alive : []) {
        const body = { spec: { renewTime: rfc3339Micro(systemClock.now()) } };
        await client.patch(leases, { at: { namespace: 'kube-node-lease', name }, body }, signal);
      }
      await systemClock.sleep(25, signal);
    }
  } catch (error) {
    if (!signal.aborted && !isStatus(error, 'NotFound', 'Conflict')) throw error;
    if (!signal.aborted) return playAgents();
  }
}

async function until<T extends KubeObject>(resource: Resource<T>, check: (objects: T[]) => boolean): Promise<T[]> {
  for (let tries = 0; tries < 400; tries += 1) {
    const { items } = await plane.client.list(resource, resource.namespaced ? { namespace: shop } : {}, stop.signal);
    if (check(items)) return items;
    await systemClock.sleep(20, stop.signal);
  }
  throw new Error(`${resource.plural} did not become what was waited for`);
}

const addSet = (replicas = 2) =>
  plane.client.create(
    statefulSets,
    {
      metadata: { namespace: shop, name: 'web' },
      spec: {
        replicas,
        serviceName: 'web',
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'c', image: 'amarre.io/host' }] },
        },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      },
    },
    stop.signal,
  );

const isReady = (count: number) => (sets: { status?: { readyReplicas?: number } }[]) =>
  sets[0]?.status?.readyReplicas === count;

test('StatefulSet -> pods on two nodes, status ready; deleted -> its pods go with it', async () => {
  await addSet();
  await until(statefulSets, isReady(2));
  const { items } = await plane.client.list(pods, { namespace: shop }, stop.signal);
  expect(items.map(({ metadata, spec }) => `${metadata.name} on ${spec?.nodeName}`)).toEqual([
    'web-0 on node-1',
    'web-1 on node-2',
  ]);
  await plane.client.delete(statefulSets, { at: { namespace: shop, name: 'web' } }, stop.signal);
  await until(pods, (left) => left.length === 0);
});

test('template changed -> every pod is replaced', async () => {
  await addSet();
  await until(statefulSets, isReady(2));
  const before = await until(pods, (found) => found.length === 2);
  const template = { metadata: { labels: { app: 'web', version: '2' } } };
  await plane.client.patch(
    statefulSets,
    { at: { namespace: shop, name: 'web' }, body: { spec: { template } } },
    stop.signal,
  );
  await until(
    statefulSets,
    ([set]) =>
      set?.status?.currentRevision === set?.status?.updateRevision &&
      set?.status?.updatedReplicas === 2 &&
      set.metadata.generation === set.status.observedGeneration,
  );
  const after = await until(pods, (found) => found.length === 2);
  expect(after.map(({ metadata }) => metadata.uid)).not.toEqual(before.map(({ metadata }) => metadata.uid));
  expect(after.every(({ metadata }) => metadata.labels?.['version'] === '2')).toBe(true);
});

test.each(['Orphan', 'Foreground'] as const)(
  'StatefulSet deleted with policy %s -> as it says',
  async (propagationPolicy) => {
    await addSet(1);
    await until(statefulSets, isReady(1));
    await plane.client.delete(statefulSets, { at: { namespace: shop, name: 'web' }, propagationPolicy }, stop.signal);
    await until(statefulSets, (left) => left.length === 0);
    const { items } = await plane.client.list(pods, { namespace: shop }, stop.signal);
    expect(items.map(({ metadata }) => metadata.ownerReferences ?? [])).toEqual(
      propagationPolicy === 'Orphan' ? [[]] : [],
    );
  },
);

test('namespace deleted -> everything in it goes, then itself', async () => {
  await addSet();
  await plane.client.create(configMaps, { metadata: { namespace: shop, name: 'c' } }, stop.signal);
  await until(statefulSets, isReady(2));
  await plane.client.delete(namespaces, { at: { name: shop } }, stop.signal);
  await until(namespaces, (left) => left.every(({ metadata }) => metadata.name !== shop));
  for (const resource of [pods, configMaps, persistentVolumeClaims, statefulSets] as Resource[]) {
    expect((await plane.client.list(resource, { namespace: shop }, stop.signal)).items).toEqual([]);
  }
});

test('node falls silent -> Unknown and tainted 2.5 to 2.9 s after its last renewal, and not chosen; back -> chosen again', async () => {
  await systemClock.sleep(1_000, stop.signal);
  alive.delete('node-2');
  const { spec } = await plane.client.get(leases, { namespace: 'kube-node-lease', name: 'node-2' }, stop.signal);
  const isUnknown = (name: string) => (found: { metadata: { name: string } }[]) =>
    found.some((node) => node.metadata.name === name && nodeCondition(node as never, 'Ready')?.status === 'Unknown');
  await until(nodes, isUnknown('node-2'));
  const silentMs = systemClock.now() - epochMsOf(spec?.renewTime ?? '');
  expect(silentMs).toBeGreaterThan(2_500);
  expect(silentMs).toBeLessThan(2_900);
  const [tainted] = await until(nodes, (found) => found.some((node) => (node.spec?.taints ?? []).length === 2));
  expect(tainted).toBeDefined();

  await addSet();
  await until(statefulSets, isReady(2));
  const placed = await until(pods, () => true);
  expect(placed.map((pod) => pod.spec?.nodeName)).toEqual(['node-1', 'node-1']);

  alive.add('node-2');
  const status = { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2026-01-01T00:00:00Z' }] };
  await plane.client.patch(nodes, { at: { name: 'node-2' }, body: { status }, subresource: 'status' }, stop.signal);
  await until(nodes, (found) => found.every((node) => (node.spec?.taints ?? []).length === 0));
});
