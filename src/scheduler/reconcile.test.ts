import { expect, test } from 'vitest';
import type { KubeObject } from '../apimachinery/meta.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, PodSpec, Taint } from '../apis/core/generated/v1.ts';
import type { CSIDriver, CSINode, CSIStorageCapacity, StorageClass } from '../apis/storage/generated/v1.ts';
import { ObjectCache } from '../client/object-cache.ts';
import type { Lister } from '../client/types.ts';
import { reconcilePod, type Step } from './reconcile.ts';
import type { PodView } from './view.ts';

const meta = (name: string) => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});

function listerOf<T extends KubeObject>(objects: T[] = []): Lister<T> {
  const cache = new ObjectCache<T>();
  cache.replace(objects);
  return cache;
}

interface NodeOptions {
  zone?: string;
  ready?: string;
  taints?: Taint[];
  unschedulable?: boolean;
  cpu?: string;
  pods?: string;
}

function node(
  name: string,
  { zone = 'a', ready = 'True', taints = [], unschedulable = false, cpu = '4', pods = '110' }: NodeOptions = {},
): Node {
  return {
    metadata: { ...meta(name), labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone } },
    spec: { taints, unschedulable },
    status: { allocatable: { cpu, memory: '8Gi', pods }, conditions: [{ type: 'Ready', status: ready }] },
  };
}

interface PodOptions extends Partial<PodSpec> {
  owner?: string;
  labels?: Record<string, string>;
  claims?: string[];
  cpu?: string;
  port?: number;
}

function pod(name: string, { owner, labels = {}, claims = [], cpu, port, ...spec }: PodOptions = {}): Pod {
  const container = {
    name: 'c',
    ...(cpu && { resources: { requests: { cpu } } }),
    ...(port && { ports: [{ containerPort: port }] }),
  };
  const owners = owner
    ? [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: owner, uid: owner, controller: true }]
    : [];
  return {
    metadata: { ...meta(name), namespace: 'shop', labels, ownerReferences: owners },
    spec: {
      containers: [container],
      volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })),
      ...spec,
    },
  };
}

const metadataOfClaim = (name: string) => ({ ...meta(name), namespace: 'shop' });

function claim(
  name: string,
  options: {
    boundTo?: string;
    selectedNode?: string;
    modes?: string[];
    size?: string;
    lost?: boolean;
    going?: boolean;
    className?: string;
  } = {},
): PersistentVolumeClaim {
  const {
    boundTo,
    selectedNode,
    modes = ['ReadWriteOnce'],
    size = '1Gi',
    lost,
    going,
    className = 'delayed',
  } = options;
  return {
    metadata: {
      ...metadataOfClaim(name),
      annotations: {
        ...(boundTo && { 'pv.kubernetes.io/bind-completed': 'yes' }),
        ...(selectedNode && { 'volume.kubernetes.io/selected-node': selectedNode }),
      },
      ...(going && { deletionTimestamp: 'now' }),
    },
    spec: {
      accessModes: modes,
      storageClassName: className,
      resources: { requests: { storage: size } },
      ...(boundTo && { volumeName: boundTo }),
    },
    status: { phase: lost ? 'Lost' : 'Pending' },
  };
}

function volume(
  name: string,
  options: { onNode?: string; size?: string; claimUid?: string; zone?: string; handle?: string } = {},
): PersistentVolume {
  const { onNode, size = '1Gi', claimUid, zone, handle } = options;
  const required = {
    nodeSelectorTerms: [
      { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [onNode ?? ''] }] },
    ],
  };
  return {
    metadata: { ...meta(name), ...(zone && { labels: { 'topology.kubernetes.io/zone': zone } }) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'delayed',
      capacity: { storage: size },
      ...(onNode && { nodeAffinity: { required } }),
      ...(claimUid && { claimRef: { uid: claimUid } }),
      ...(handle && { csi: { driver: 'd', volumeHandle: handle } }),
    },
    status: { phase: claimUid ? 'Bound' : 'Available' },
  };
}

const delayed: StorageClass = {
  metadata: meta('delayed'),
  provisioner: 'd',
  volumeBindingMode: 'WaitForFirstConsumer',
};
const immediate: StorageClass = { metadata: meta('immediate'), provisioner: 'd', volumeBindingMode: 'Immediate' };
const manual: StorageClass = {
  metadata: meta('manual'),
  provisioner: 'kubernetes.io/no-provisioner',
  volumeBindingMode: 'WaitForFirstConsumer',
};

interface World {
  pod: Pod;
  nodes?: Node[];
  placed?: Record<string, Pod[]>;
  claims?: PersistentVolumeClaim[];
  volumes?: PersistentVolume[];
  classes?: StorageClass[];
  drivers?: CSIDriver[];
  csiNodes?: CSINode[];
  capacities?: CSIStorageCapacity[];
  assumedNode?: string;
}

function view({
  pod: given,
  nodes = [node('n1'), node('n2')],
  placed = {},
  classes = [delayed, immediate, manual],
  assumedNode,
  ...rest
}: World): PodView {
  return {
    pod: given,
    assumedNode,
    cluster: {
      nodes,
      podsByNode: new Map(Object.entries(placed)),
      claims: listerOf(rest.claims),
      volumes: listerOf(rest.volumes),
      classes: listerOf(classes),
      drivers: listerOf(rest.drivers),
      csiNodes: listerOf(rest.csiNodes),
      capacities: listerOf(rest.capacities),
    },
  };
}

function brief(step: Step): string {
  switch (step.type) {
    case 'MarkUnschedulable':
      return step.isNews ? step.message : 'told already';
    case 'SelectNode':
      return `SelectNode ${step.claim.metadata.name} ${step.nodeName}`;
    case 'ReserveVolume':
      return `ReserveVolume ${step.volume.metadata.name} ${step.nodeName}`;
    case 'Settled':
      return step.type;
    default:
      return `${step.type} ${step.nodeName}`;
  }
}

const unreachable: Taint = { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' };
const tolerateAll = [{ operator: 'Exists' }];
const onHost = (name: string) => ({ key: 'kubernetes.io/hostname', operator: 'In', values: [name] });
const apart = {
  podAntiAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: 'kubernetes.io/hostname' },
    ],
  },
};
const together = {
  podAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: 'topology.kubernetes.io/zone' },
    ],
  },
};
const db = { labels: { app: 'db' } };
const told = (message: string): Pod => ({
  ...pod('p'),
  status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] },
});
const driverWithCapacity: CSIDriver = { metadata: meta('d'), spec: { storageCapacity: true } };
const capacity = (bytes: string): CSIStorageCapacity => ({
  metadata: meta('c'),
  storageClassName: 'delayed',
  capacity: bytes,
  nodeTopology: {},
});
const limitOf = (count: number): CSINode => ({
  metadata: meta('n1'),
  spec: { drivers: [{ name: 'd', nodeID: 'n1', allocatable: { count } }] },
});

test.each<{ name: string; world: World; want: string }>([
  { name: 'plain pod, two equal nodes -> the first', world: { pod: pod('p') }, want: 'Bind n1' },
  { name: 'bound pod -> settled', world: { pod: pod('p', { nodeName: 'n1' }) }, want: 'Settled' },
  { name: 'gated pod -> settled', world: { pod: pod('p', { schedulingGates: [{ name: 'g' }] }) }, want: 'Settled' },
  { name: 'no nodes -> says so', world: { pod: pod('p'), nodes: [] }, want: 'no nodes available to schedule pods' },
  {
    name: 'same obstacle again -> not told twice',
    world: { pod: told('no nodes available to schedule pods'), nodes: [] },
    want: 'told already',
  },

  {
    name: 'sibling on n1 -> the other node',
    world: { pod: pod('p', { owner: 's' }), placed: { n1: [pod('q', { owner: 's' })] } },
    want: 'Bind n2',
  },
  {
    name: 'sibling in zone a -> zone b, though it is fuller',
    world: {
      pod: pod('p', { owner: 's' }),
      nodes: [node('n1'), node('n2'), node('n3', { zone: 'b' })],
      placed: { n1: [pod('q', { owner: 's' })], n3: [pod('r', { cpu: '2' })] },
    },
    want: 'Bind n3',
  },
  {
    name: 'n1 has more asked of it -> the other',
    world: { pod: pod('p'), placed: { n1: [pod('q', { cpu: '2' })] } },
    want: 'Bind n2',
  },

  {
    name: 'n1 is silent, taint not yet written, pod tolerates all -> still not n1',
    world: { pod: pod('p', { tolerations: tolerateAll }), nodes: [node('n1', { ready: 'Unknown' }), node('n2')] },
    want: 'Bind n2',
  },
  {
    name: 'n1 tainted -> the other',
    world: { pod: pod('p'), nodes: [node('n1', { taints: [unreachable] }), node('n2')] },
    want: 'Bind n2',
  },
  {
    name: 'taint tolerated -> n1',
    world: { pod: pod('p', { tolerations: tolerateAll }), nodes: [node('n1', { taints: [unreachable] })] },
    want: 'Bind n1',
  },
  {
    name: 'n1 cordoned -> the other',
    world: { pod: pod('p'), nodes: [node('n1', { unschedulable: true }), node('n2')] },
    want: 'Bind n2',
  },
  {
    name: 'node selector -> the matching node',
    world: { pod: pod('p', { nodeSelector: { 'kubernetes.io/hostname': 'n2' } }) },
    want: 'Bind n2',
  },
  {
    name: 'required node affinity -> the matching node',
    world: {
      pod: pod('p', {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [onHost('n2')] }],
            },
          },
        },
      }),
    },
    want: 'Bind n2',
  },
  {
    name: 'port taken on n1 -> the other',
    world: { pod: pod('p', { port: 5432 }), placed: { n1: [pod('q', { port: 5432 })] } },
    want: 'Bind n2',
  },
  {
    name: 'apart from its kind -> the other',
    world: { pod: pod('p', { ...db, affinity: apart }), placed: { n1: [pod('q', db)] } },
    want: 'Bind n2',
  },
  {
    name: 'the one there wants to be alone -> the other',
    world: { pod: pod('p', db), placed: { n1: [pod('q', { ...db, affinity: apart })] } },
    want: 'Bind n2',
  },
  {
    name: 'near its kind -> that zone',
    world: {
      pod: pod('p', { affinity: together }),
      nodes: [node('n1'), node('n2', { zone: 'b' })],
      placed: { n2: [pod('q', db)] },
    },
    want: 'Bind n2',
  },
  {
    name: 'near its kind, and the first of it -> anywhere',
    world: { pod: pod('p', { ...db, affinity: together }) },
    want: 'Bind n1',
  },
  {
    name: "every node out, each for its reason -> upstream's message, sorted",
    world: {
      pod: pod('p', { cpu: '2' }),
      nodes: [
        node('n1', { taints: [unreachable] }),
        node('n2', { cpu: '1' }),
        node('n3', { cpu: '1' }),
        node('n4', { pods: '0' }),
      ],
    },
    want: '0/4 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 2 Insufficient cpu.',
  },

  {
    name: 'claim missing -> told',
    world: { pod: pod('p', { claims: ['c'] }) },
    want: '0/2 nodes are available: persistentvolumeclaim "c" not found.',
  },
  {
    name: 'claim being deleted -> told',
    world: { pod: pod('p', { claims: ['c'] }), claims: [claim('c', { going: true })] },
    want: '0/2 nodes are available: persistentvolumeclaim "c" is being deleted.',
  },
  {
    name: 'claim lost -> told',
    world: { pod: pod('p', { claims: ['c'] }), claims: [claim('c', { lost: true, boundTo: 'v' })] },
    want: '0/2 nodes are available: persistentvolumeclaim "c" bound to non-existent persistentvolume "v".',
  },
  {
    name: 'immediate claim not bound -> told',
    world: { pod: pod('p', { claims: ['c'] }), claims: [claim('c', { className: 'immediate' })] },
    want: '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
  },
  {
    name: 'bound claim -> binds',
    world: { pod: pod('p', { claims: ['c'] }), claims: [claim('c', { boundTo: 'v' })], volumes: [volume('v')] },
    want: 'Bind n1',
  },
  {
    name: 'bound to a volume of n2 -> n2',
    world: {
      pod: pod('p', { claims: ['c'] }),
      claims: [claim('c', { boundTo: 'v' })],
      volumes: [volume('v', { onNode: 'n2' })],
    },
    want: 'Bind n2',
  },
  {
    name: 'bound to a volume of a node that is not there -> told',
    world: {
      pod: pod('p', { claims: ['c'] }),
      claims: [claim('c', { boundTo: 'v' })],
      volumes: [volume('v', { onNode: 'n9' })],
    },
    want: "0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity.",
  },
  {
    name: 'bound volume is gone -> told',
    world: { pod: pod('p', { claims: ['c'] }), claims: [claim('c', { boundTo: 'v' })] },
    want: '0/2 nodes are available: 2 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s).',
  },
  {
    name: 'volume is of zone b -> told',
    world: {
      pod: pod('p', { claims: ['c'] }),
      claims: [claim('c', { boundTo: 'v' })],
      volumes: [volume('v', { zone: 'b' })],
    },
    want: '0/2 nodes are available: 2 node(s) had no available volume zone.',
  },
  {
    name: 'delayed claim -> told its node',
    world: { pod: pod('p', { claims: ['c'] }), claims: [claim('c')] },
    want: 'SelectNode c n1',
  },
  {
    name: 'delayed claim was told -> awaited',
    world: { pod: pod('p', { claims: ['c'] }), claims: [claim('c', { selectedNode: 'n2' })] },
    want: 'AwaitClaims n2',
  },
  {
    name: 'two delayed claims, one told -> the other gets the same node',
    world: { pod: pod('p', { claims: ['c', 'd'] }), claims: [claim('c', { selectedNode: 'n2' }), claim('d')] },
    want: 'SelectNode d n2',
  },
  {
    name: 'told its node, which fell silent -> another',
    world: {
      pod: pod('p', { claims: ['c'] }),
      nodes: [node('n1'), node('n2', { ready: 'Unknown' })],
      claims: [claim('c', { selectedNode: 'n2' })],
    },
    want: 'SelectNode c n1',
  },
  {
    name: 'provisioner dropped the annotation -> told again, the same node',
    world: { pod: pod('p', { claims: ['c'] }), claims: [claim('c')], assumedNode: 'n2' },
    want: 'SelectNode c n2',
  },
  {
    name: 'existing volume of n2 fits -> reserved',
    world: {
      pod: pod('p', { claims: ['c'] }),
      nodes: [node('n2')],
      claims: [claim('c')],
      volumes: [volume('v', { onNode: 'n2' })],
    },
    want: 'ReserveVolume v n2',
  },
  {
    name: 'two volumes fit -> the smaller',
    world: {
      pod: pod('p', { claims: ['c'] }),
      claims: [claim('c')],
      volumes: [volume('v1', { size: '9Gi' }), volume('v2', { size: '2Gi' })],
    },
    want: 'ReserveVolume v2 n1',
  },
  {
    name: 'volume reserved for the claim -> awaited',
    world: { pod: pod('p', { claims: ['c'] }), claims: [claim('c')], volumes: [volume('v', { claimUid: 'uid-c' })] },
    want: 'AwaitClaims n1',
  },
  {
    name: 'volume too small, nobody provisions -> told',
    world: {
      pod: pod('p', { claims: ['c'] }),
      claims: [claim('c', { className: 'manual', size: '5Gi' })],
      volumes: [volume('v')],
    },
    want: "0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind.",
  },
  {
    name: 'driver says there is too little room -> told',
    world: {
      pod: pod('p', { claims: ['c'] }),
      claims: [claim('c', { size: '5Gi' })],
      drivers: [driverWithCapacity],
      capacities: [capacity('1Gi')],
    },
    want: '0/2 nodes are available: 2 node(s) did not have enough free storage.',
  },
  {
    name: 'driver says there is room -> told its node',
    world: {
      pod: pod('p', { claims: ['c'] }),
      claims: [claim('c', { size: '5Gi' })],
      drivers: [driverWithCapacity],
      capacities: [capacity('9Gi')],
    },
    want: 'SelectNode c n1',
  },
  {
    name: 'ReadWriteOncePod claim in use -> told',
    world: {
      pod: pod('p', { claims: ['c'] }),
      claims: [claim('c', { boundTo: 'v', modes: ['ReadWriteOncePod'] })],
      volumes: [volume('v')],
      placed: { n2: [pod('q', { claims: ['c'] })] },
    },
    want: '0/2 nodes are available: 2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod.',
  },
  {
    name: 'n1 has its volumes full -> the other',
    world: {
      pod: pod('p', { claims: ['c'] }),
      claims: [claim('c', { boundTo: 'v' }), claim('e', { boundTo: 'w' })],
      volumes: [volume('v', { handle: 'hv' }), volume('w', { handle: 'hw' })],
      csiNodes: [limitOf(1)],
      placed: { n1: [pod('q', { claims: ['e'] })] },
    },
    want: 'Bind n2',
  },
])('reconcilePod: $name', ({ world, want }) => {
  expect(brief(reconcilePod(view(world)))).toBe(want);
});
