// What does a large healthy cluster look like to the doctor? Objects from a seed: the same numbers give the same cluster.

import type { KubeObject } from '../../src/apimachinery/meta.ts';
import { rfc3339 } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/seeded-random.ts';
import { type KindName } from '../../src/doctor/snapshot/kinds.ts';
import { nodes } from './nodes.ts';
import { deployment, replicas, statefulSet, webReplicas } from './workloads.ts';
import { type ClusterSize, dayMs, driver, minuteMs, World } from './world.ts';

/** As issue and targets name it. */
export const fullSize: ClusterSize = { claims: 10_000, pods: 15_000, nodes: 500 };

/** Every object of the cluster, kind by kind; healthy at `nowMs`. */
export function* healthyCluster(
  size: ClusterSize,
  { nowMs, seed = 1 }: { nowMs: number; seed?: number },
): Generator<{ kind: KindName; object: KubeObject }> {
  const world = new World(size, nowMs, seededRandom(seed));
  yield* clusterParts(world);
  yield* nodes(world);
  for (let set = 0; set < size.claims / replicas; set++) yield* statefulSet(world, set);
  const others = size.pods - size.claims - size.nodes;
  for (let web = 0; web < others / webReplicas; web++) yield* deployment(world, web);
  yield* backups(world);
}

function* clusterParts(world: World) {
  for (let i = 0; i < 50; i++)
    yield world.make(
      'namespaces',
      { name: `team-${i}` },
      { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
    );
  for (const name of ['default', 'kube-system', 'kube-node-lease', 'storage', 'velero'])
    yield world.make('namespaces', { name }, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  yield world.make(
    'classes',
    { name: 'fast' },
    {
      metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: driver,
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy: 'Retain',
      allowVolumeExpansion: true,
    },
  );
  yield world.make(
    'drivers',
    { name: driver },
    {
      spec: {
        attachRequired: true,
        podInfoOnMount: false,
        fsGroupPolicy: 'ReadWriteOnceWithFSType',
        volumeLifecycleModes: ['Persistent'],
        requiresRepublish: false,
        storageCapacity: false,
        seLinuxMount: false,
      },
    },
  );
  for (const prefix of ['', 'external-attacher-leader-', 'external-resizer-', 'external-snapshotter-leader-'])
    yield world.make(
      'leases',
      { name: `${prefix}${driver.replaceAll('.', '-')}`, namespace: 'storage' },
      world.leaseSpec('controller-0'),
    );
  yield world.driverPod(
    'disk-controller-0',
    ['csi-provisioner', 'csi-attacher', 'csi-resizer', 'csi-snapshotter'],
    'node-0',
  );
  yield world.make(
    'snapshotClasses',
    { name: 'fast', labels: { 'velero.io/csi-volumesnapshot-class': 'true' } },
    { driver, deletionPolicy: 'Retain' },
  );
}

function* backups(world: World) {
  const velero = 'velero';
  const at = (daysAgo: number): string => rfc3339(world.nowMs - daysAgo * dayMs - 3 * 60 * minuteMs);
  yield world.make(
    'backupLocations',
    { name: 'default', namespace: velero },
    {
      spec: { provider: 'aws', default: true, objectStorage: { bucket: 'backups' } },
      status: { phase: 'Available', lastSyncedTime: rfc3339(world.nowMs), lastValidationTime: rfc3339(world.nowMs) },
    },
  );
  yield world.make(
    'schedules',
    { name: 'daily', namespace: velero },
    {
      spec: { schedule: '0 3 * * *', template: { storageLocation: 'default', ttl: '720h0m0s' } },
      status: { phase: 'Enabled', lastBackup: at(0) },
    },
  );
  for (let day = 0; day < 14; day++)
    yield world.make(
      'backups',
      {
        name: `daily-${day}`,
        namespace: velero,
        labels: { 'velero.io/schedule-name': 'daily', 'velero.io/storage-location': 'default' },
        ageMs: day * dayMs + 3 * 60 * minuteMs,
      },
      {
        spec: { storageLocation: 'default', ttl: '720h0m0s', snapshotVolumes: true, includedNamespaces: ['*'] },
        status: {
          phase: 'Completed',
          formatVersion: '1.1.0',
          startTimestamp: at(day),
          completionTimestamp: at(day),
          expiration: rfc3339(world.nowMs + (30 - day) * dayMs),
          csiVolumeSnapshotsAttempted: world.size.claims,
          csiVolumeSnapshotsCompleted: world.size.claims,
          progress: { totalItems: 9, itemsBackedUp: 9 },
        },
      },
    );
  yield world.make(
    'restores',
    { name: 'drill', namespace: velero, ageMs: 5 * dayMs },
    {
      spec: { backupName: 'daily-5', namespaceMapping: { 'team-0': 'drill' } },
      status: { phase: 'Completed', startTimestamp: at(5), completionTimestamp: at(5) },
    },
  );
}
