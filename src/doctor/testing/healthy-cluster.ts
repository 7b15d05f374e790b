// What does a cluster look like in which all is well? StatefulSets with their claims on nodes of several zones, backed up.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { Snapshot } from '../snapshot/snapshot.ts';
import {
  backup,
  backupLocation,
  dataUpload,
  minutes,
  restore,
  schedule,
  snapshotClass,
  snapshotContent,
  volumeSnapshot,
} from './backup-builders.ts';
import {
  attachment,
  claim,
  csiDriver,
  csiNode,
  driverName,
  minutesAgo,
  namespace,
  object,
  pod,
  snapshotOf,
  storageClass,
  volume,
} from './builders.ts';
import { budget, nodeInZone, ownedBy, statefulSet } from './workload-builders.ts';

export interface ClusterSize {
  /** StatefulSets, each in a namespace of its own. */
  sets: number;
  replicas: number;
  nodes: number;
  zones: number;
}

/** Every kind is read; every night for a month everything was backed up, and restored for a test last week. */
export function healthyCluster(size: ClusterSize): Snapshot {
  const objects = [
    storageClass(),
    csiDriver(),
    snapshotClass(),
    ...nodesOf(size),
    ...Array.from({ length: size.sets }, (_, index) => setObjects(index, size)).flat(),
    ...backupObjects(),
  ];
  const inputs = { policyMaps: [], volumeStats: [], pools: [], disks: [], logs: [], etcdMembers: [] };
  const { data } = snapshotOf(objects, { serverVersion: '1.36' });
  return new Snapshot({ ...data, objects: { ...inputs, ...data.objects } });
}

const nodeName = (index: number): string => `node-${index}`;
const zoneOf = (index: number, { zones }: ClusterSize): string => `zone-${index % zones}`;

function nodesOf(size: ClusterSize): KubeObject[] {
  return Array.from({ length: size.nodes }, (_, index) => [
    nodeInZone(nodeName(index), zoneOf(index, size)),
    csiNode({ metadata: { name: nodeName(index) } }),
    object(
      { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: nodeName(index), namespace: 'kube-node-lease' },
      { spec: { holderIdentity: nodeName(index), renewTime: minutesAgo(0.1) } },
    ),
    agentPod(index),
  ]).flat();
}

/** The driver's node plugin. */
function agentPod(index: number): Pod {
  return pod({
    metadata: { name: `disk-node-${index}`, namespace: 'storage', ...ownedBy('DaemonSet', 'disk-node') },
    spec: {
      nodeName: nodeName(index),
      containers: [
        { name: 'driver', image: 'example/disk:1', args: [`--endpoint=/csi/${driverName}/csi.sock`] },
        { name: 'registrar', image: 'registry.k8s.io/sig-storage/csi-node-driver-registrar:v2.17.0' },
      ],
      volumes: [],
    },
  });
}

function setObjects(set: number, size: ClusterSize): KubeObject[] {
  const inNamespace = `shop-${set}`;
  const template = { metadata: { namespace: inNamespace } };
  return [
    namespace({ metadata: { name: inNamespace } }),
    statefulSet({ ...template, spec: { replicas: size.replicas }, status: { replicas: size.replicas } }),
    budget({ ...template, status: { expectedPods: size.replicas, currentHealthy: size.replicas } }),
    ...Array.from({ length: size.replicas }, (_, ordinal) => replicaObjects({ set, ordinal }, size)).flat(),
  ];
}

function replicaObjects({ set, ordinal }: { set: number; ordinal: number }, size: ClusterSize): KubeObject[] {
  const inNamespace = `shop-${set}`;
  const place = (set + ordinal) % size.nodes;
  const claimName = `data-db-${ordinal}`;
  const name = `pv-${set}-${ordinal}`;
  const uid = `claim-${set}-${ordinal}`;
  const since = { creationTimestamp: minutesAgo(40 * minutes.day) };
  return [
    claim({
      metadata: { name: claimName, namespace: inNamespace, uid, ...since },
      spec: { volumeName: name },
      status: { conditions: [{ type: 'Unused', status: 'False', lastTransitionTime: minutesAgo(24 * 60) }] },
    }),
    volume({
      metadata: { name, ...since },
      spec: {
        claimRef: { namespace: inNamespace, name: claimName, uid },
        persistentVolumeReclaimPolicy: 'Retain',
        csi: { volumeHandle: `disk-${set}-${ordinal}` },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'topology.kubernetes.io/zone', operator: 'In', values: [zoneOf(place, size)] },
                ],
              },
            ],
          },
        },
      },
    }),
    attachment({
      metadata: { name: `csi-${set}-${ordinal}` },
      spec: { nodeName: nodeName(place), source: { persistentVolumeName: name } },
    }),
    replicaPod({ inNamespace, ordinal, claimName, place }),
  ];
}

function replicaPod(at: { inNamespace: string; ordinal: number; claimName: string; place: number }): Pod {
  const { inNamespace, ordinal, claimName, place } = at;
  const name = `db-${ordinal}`;
  return pod({
    metadata: {
      name,
      namespace: inNamespace,
      uid: `pod-${inNamespace}-${ordinal}`,
      labels: { app: 'db', 'controller-revision-hash': 'db-1' },
      annotations: { 'pre.hook.backup.velero.io/command': '["psql","-c","CHECKPOINT"]' },
      ...ownedBy('StatefulSet', 'db'),
    },
    spec: {
      nodeName: nodeName(place),
      containers: [
        { name: 'db', image: 'postgres:16', volumeMounts: [{ name: 'data', mountPath: '/var/lib/postgresql/data' }] },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    },
    status: { containerStatuses: [running('db')] },
  });
}

function running(name: string): NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number] {
  const state = { running: { startedAt: minutesAgo(600) } };
  return { name, ready: true, restartCount: 0, image: '', imageID: '', state };
}

function backupObjects(): KubeObject[] {
  const nights = Array.from({ length: 29 }, (_, night) => {
    const at = minutesAgo(night * minutes.day + 10 * minutes.hour);
    return backup({
      metadata: { name: `nightly-${night}` },
      status: {
        startTimestamp: at,
        completionTimestamp: at,
        expiration: minutesAgo((night - 30) * minutes.day + 10 * minutes.hour),
      },
    });
  });
  return [
    schedule({ metadata: { creationTimestamp: minutesAgo(200 * minutes.day) } }),
    backupLocation(),
    ...nights,
    restore({ spec: { backupName: 'nightly-3' } }),
    volumeSnapshot({ metadata: { namespace: 'shop-0' }, spec: { source: { persistentVolumeClaimName: 'data-db-0' } } }),
    snapshotContent({ spec: { volumeSnapshotRef: { namespace: 'shop-0' }, source: { volumeHandle: 'disk-0-0' } } }),
    dataUpload({ spec: { sourceNamespace: 'shop-0', sourcePVC: 'data-db-0' } }),
  ];
}
