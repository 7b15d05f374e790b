import { expect, test } from 'vitest';
import type { VolumeSnapshot, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import { type RpcCode, RpcError, rpcCodes } from '../../csi/rpc-error.ts';
import {
  boundClaim,
  boundVolume,
  claimObject,
  classObject,
  driverName,
  volumeObject,
} from '../../simulation/objects.ts';
import { provisioningState } from './failure.ts';
import { type ClaimView, reconcileClaim } from './reconcile-claim.ts';
import { reconcileVolume, type VolumeStep, type VolumeView } from './reconcile-volume.ts';

const handed = { 'volume.kubernetes.io/storage-provisioner': driverName };
const onNode = { ...handed, 'volume.kubernetes.io/selected-node': 'node-1' };
const local = { segments: { pool: 'local' } };
const remote = { segments: { pool: 'remote' } };
const delayed = classObject({ volumeBindingMode: 'WaitForFirstConsumer' });

function view(overrides: Partial<ClaimView> = {}): ClaimView {
  return {
    driver: driverName,
    claim: claimObject({ metadata: { annotations: handed } }),
    className: 'fast',
    storageClass: classObject(),
    volume: undefined,
    isBeingCloned: false,
    source: { kind: 'None' },
    selectedTopology: undefined,
    topologies: [],
    ...overrides,
  };
}

const snapshot: VolumeSnapshot = {
  metadata: { name: 'snap', namespace: 'default', uid: 'snap-uid', resourceVersion: '1', creationTimestamp: '' },
  spec: { source: { persistentVolumeClaimName: 'data' } },
  status: { readyToUse: true, boundVolumeSnapshotContentName: 'content' },
};
const content: VolumeSnapshotContent = {
  metadata: { name: 'content', uid: 'content-uid', resourceVersion: '1', creationTimestamp: '' },
  spec: {
    driver: driverName,
    deletionPolicy: 'Delete',
    source: { volumeHandle: 'vol-1' },
    volumeSnapshotRef: { name: 'snap', namespace: 'default', uid: 'snap-uid' },
    sourceVolumeMode: 'Filesystem',
  },
  status: { snapshotHandle: 'snap-1', restoreSize: 1024 ** 3, readyToUse: true },
};
const fromSnapshot = { kind: 'Snapshot', name: 'snap', snapshot, content } as const;
const source = boundClaim({ metadata: { name: 'source' } });
const fromClaim = { kind: 'Claim', name: 'source', claim: source, volume: boundVolume() } as const;
const protectedSource = boundClaim({
  metadata: { name: 'source', finalizers: ['provisioner.storage.kubernetes.io/cloning-protection'] },
});

function contentWith(
  spec: Partial<VolumeSnapshotContent['spec']>,
  status: Partial<VolumeSnapshotContent['status']> = {},
): VolumeSnapshotContent {
  return { ...content, spec: { ...content.spec, ...spec }, status: { ...content.status, ...status } };
}

test.each<{ name: string; view: ClaimView; want: object }>([
  { name: 'not handed over -> settled', view: view({ claim: claimObject() }), want: { type: 'Settled' } },
  {
    name: 'handed to another provisioner -> settled',
    view: view({
      claim: claimObject({ metadata: { annotations: { 'volume.kubernetes.io/storage-provisioner': 'other' } } }),
    }),
    want: { type: 'Settled' },
  },
  {
    name: 'handed over -> provisioned',
    view: view(),
    want: { type: 'Provision', order: { name: 'pvc-data-uid', requiredBytes: 1024 ** 3, reclaimPolicy: 'Delete' } },
  },
  { name: 'volume saved before a crash -> settled', view: view({ volume: volumeObject() }), want: { type: 'Settled' } },
  { name: 'bound -> settled', view: view({ claim: boundClaim() }), want: { type: 'Settled' } },
  { name: 'class gone -> refused', view: view({ storageClass: undefined }), want: { type: 'Refuse' } },
  { name: 'delayed binding, no node -> waits', view: view({ storageClass: delayed }), want: { type: 'Wait' } },
  {
    name: 'delayed binding, node without the driver -> rescheduled',
    view: view({
      storageClass: delayed,
      claim: claimObject({ metadata: { annotations: onNode } }),
      selectedTopology: 'NoDriver',
    }),
    want: { type: 'Reschedule' },
  },
  {
    name: 'node selected -> its topology is preferred',
    view: view({
      storageClass: delayed,
      claim: claimObject({ metadata: { annotations: onNode } }),
      selectedTopology: local,
      topologies: [remote, local],
    }),
    want: { type: 'Provision', order: { topology: { requisite: [local, remote], preferred: [local, remote] } } },
  },
  {
    name: 'class allows one topology -> only that is asked for',
    view: view({
      topologies: [remote, local],
      storageClass: classObject({
        allowedTopologies: [{ matchLabelExpressions: [{ key: 'pool', values: ['local'] }] }],
      }),
    }),
    want: { type: 'Provision', order: { topology: { requisite: [local], preferred: [local] } } },
  },
  {
    name: 'parameters addressed to Kubernetes -> kept from the driver',
    view: view({ storageClass: classObject({ parameters: { 'csi.storage.k8s.io/fstype': 'xfs', tier: 'gold' } }) }),
    want: { type: 'Provision', order: { fsType: 'xfs', parameters: { tier: 'gold' } } },
  },
  {
    name: 'deleted while it may be in the making -> abandoned',
    view: view({ claim: claimObject({ metadata: { annotations: handed, deletionTimestamp: 'now' } }) }),
    want: { type: 'Abandon' },
  },
  {
    name: 'ready snapshot -> its content',
    view: view({ source: fromSnapshot }),
    want: { type: 'Provision', order: { contentSource: { snapshot: { snapshotId: 'snap-1' } } } },
  },
  {
    name: 'snapshot missing -> refused',
    view: view({ source: { ...fromSnapshot, snapshot: undefined, content: undefined } }),
    want: { type: 'Refuse' },
  },
  {
    name: 'snapshot not ready -> refused',
    view: view({
      source: { ...fromSnapshot, snapshot: { ...snapshot, status: { ...snapshot.status, readyToUse: false } } },
    }),
    want: { type: 'Refuse', message: 'snapshot snap is not Ready' },
  },
  {
    name: 'snapshot of another driver -> refused',
    view: view({ source: { ...fromSnapshot, content: contentWith({ driver: 'other' }) } }),
    want: { type: 'Refuse' },
  },
  {
    name: 'content bound to another snapshot -> refused',
    view: view({
      source: { ...fromSnapshot, content: contentWith({ volumeSnapshotRef: { name: 'snap', uid: 'other' } }) },
    }),
    want: { type: 'Refuse' },
  },
  {
    name: 'claim smaller than the snapshot -> refused',
    view: view({ source: { ...fromSnapshot, content: contentWith({}, { restoreSize: 2 * 1024 ** 3 }) } }),
    want: {
      type: 'Refuse',
      message: 'requested volume size 1073741824 is less than the size 2147483648 for the source snapshot snap',
    },
  },
  {
    name: 'snapshot of a block volume -> refused',
    view: view({ source: { ...fromSnapshot, content: contentWith({ sourceVolumeMode: 'Block' }) } }),
    want: { type: 'Refuse' },
  },
  {
    name: 'snapshot of a block volume, change allowed -> provisioned',
    view: view({
      source: {
        ...fromSnapshot,
        content: {
          ...contentWith({ sourceVolumeMode: 'Block' }),
          metadata: {
            ...content.metadata,
            annotations: { 'snapshot.storage.kubernetes.io/allow-volume-mode-change': 'true' },
          },
        },
      },
    }),
    want: { type: 'Provision' },
  },
  {
    name: 'clone -> source is protected first',
    view: view({ source: fromClaim }),
    want: { type: 'ProtectSource', claim: source },
  },
  {
    name: 'clone of a protected source -> provisioned',
    view: view({ source: { ...fromClaim, claim: protectedSource } }),
    want: { type: 'Provision', order: { contentSource: { volume: { volumeId: 'vol-1' } } } },
  },
  {
    name: 'clone of an unbound claim -> refused',
    view: view({ source: { ...fromClaim, claim: claimObject(), volume: undefined } }),
    want: { type: 'Refuse' },
  },
  {
    name: 'clone smaller than its source -> refused',
    view: view({ source: { ...fromClaim, volume: boundVolume({ spec: { capacity: { storage: '2Gi' } } }) } }),
    want: { type: 'Refuse' },
  },
  {
    name: 'protected, being cloned -> stays protected',
    view: view({ claim: protectedSource, isBeingCloned: true }),
    want: { type: 'Settled' },
  },
  {
    name: 'protected, no clone under way -> let go',
    view: view({ claim: protectedSource }),
    want: { type: 'ReleaseClaim' },
  },
  {
    name: 'filled by a populator -> waits',
    view: view({ source: { kind: 'Unsupported', what: 'x/Y' } }),
    want: { type: 'Wait' },
  },
])('reconcileClaim: $name', ({ view: given, want }) => {
  expect(reconcileClaim(given)).toMatchObject(want);
});

const released = boundVolume({ status: { phase: 'Released' } });
const dying = { deletionTimestamp: 'now' };
const ours = { annotations: { 'pv.kubernetes.io/provisioned-by': driverName } };
const held = { ...ours, finalizers: ['external-provisioner.volume.kubernetes.io/finalizer'] };

test.each<{ name: string; view: Partial<VolumeView>; want: VolumeStep }>([
  { name: 'bound -> settled', view: { volume: boundVolume() }, want: { type: 'Settled' } },
  {
    name: 'Released, Delete -> deleted',
    view: { volume: released },
    want: { type: 'DeleteVolume', volumeHandle: 'vol-1' },
  },
  {
    name: 'Released, still attached -> waits',
    view: { volume: released, isAttached: true },
    want: { type: 'Settled' },
  },
  {
    name: 'Released, Retain -> only let go',
    view: { volume: boundVolume({ status: { phase: 'Released' }, spec: { persistentVolumeReclaimPolicy: 'Retain' } }) },
    want: { type: 'RemoveFinalizer' },
  },
  {
    name: 'policy became Delete -> held',
    view: { volume: volumeObject({ metadata: ours, status: { phase: 'Bound' } }) },
    want: { type: 'AddFinalizer' },
  },
  {
    name: 'deleted while bound -> waits for the claim',
    view: { volume: boundVolume({ metadata: { ...held, ...dying } }) },
    want: { type: 'Settled' },
  },
  {
    name: 'deleted, then released -> deleted in the storage',
    view: { volume: boundVolume({ metadata: { ...held, ...dying }, status: { phase: 'Released' } }) },
    want: { type: 'DeleteVolume', volumeHandle: 'vol-1' },
  },
  {
    name: 'deleted, never bound -> deleted in the storage',
    view: { volume: volumeObject({ metadata: { ...held, ...dying } }) },
    want: { type: 'DeleteVolume', volumeHandle: 'vol-1' },
  },
  {
    name: 'made by hand -> never touched',
    view: { volume: volumeObject({ status: { phase: 'Released' } }) },
    want: { type: 'Settled' },
  },
  {
    name: 'deletion done -> settled',
    view: { volume: boundVolume({ metadata: { ...ours, ...dying, finalizers: [] }, status: { phase: 'Released' } }) },
    want: { type: 'Settled' },
  },
])('reconcileVolume: $name', ({ view: given, want }) => {
  expect(reconcileVolume({ driver: driverName, volume: volumeObject(), isAttached: false, ...given })).toEqual(want);
});

const inBackground: RpcCode[] = ['CANCELLED', 'DEADLINE_EXCEEDED', 'UNAVAILABLE', 'ABORTED'];

test.each((Object.keys(rpcCodes) as RpcCode[]).map((code) => ({ code })))('provisioningState: $code', ({ code }) => {
  const error = new RpcError(code, 'no');
  const final = inBackground.includes(code) ? 'InBackground' : 'Final';
  expect(provisioningState(error, { hasSelectedNode: false })).toBe(final);
  expect(provisioningState(error, { hasSelectedNode: true })).toBe(
    code === 'RESOURCE_EXHAUSTED' ? 'Reschedule' : final,
  );
});
