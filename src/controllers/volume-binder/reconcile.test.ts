import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import {
  boundClaim,
  boundVolume,
  claimObject,
  classObject,
  dataClaimRef,
  driverName,
  volumeObject,
} from '../../simulation/objects.ts';
import { type ClaimStep, type ClaimView, reconcileClaim } from './reconcile-claim.ts';
import { reconcileVolume, type VolumeStep, type VolumeView } from './reconcile-volume.ts';

function view(overrides: Partial<ClaimView> = {}): ClaimView {
  return {
    claim: claimObject(),
    volumes: [],
    className: 'fast',
    storageClass: classObject(),
    defaultClass: undefined,
    unscheduledPods: [],
    ...overrides,
  };
}

const delayed = classObject({ volumeBindingMode: 'WaitForFirstConsumer' });
const small = volumeObject({ metadata: { name: 'small' }, spec: { capacity: { storage: '512Mi' } } });
const large = volumeObject({ metadata: { name: 'large' }, spec: { capacity: { storage: '5Gi' } } });
const fits = volumeObject({ metadata: { name: 'fits' }, spec: { capacity: { storage: '2Gi' } } });
const other = { ...dataClaimRef, name: 'other', uid: 'other-uid' };
const provisioned = boundVolume({ status: { phase: 'Pending' } });
const prebound = volumeObject({
  metadata: { name: 'prebound' },
  spec: { capacity: { storage: '9Gi' }, claimRef: { namespace: 'default', name: 'data' } },
});
const named = claimObject({ spec: { ...claimObject().spec, volumeName: 'pv-1' } });
const handedOver = { 'volume.kubernetes.io/storage-provisioner': driverName };

function claimIn(className: string | undefined, extra: Record<string, string> = {}): ClaimView['claim'] {
  const claim = claimObject({ metadata: { annotations: extra } });
  const { storageClassName: _named, ...spec } = claim.spec!;
  return { ...claim, spec: { ...spec, ...(className !== undefined && { storageClassName: className }) } };
}

test.each<{ name: string; view: ClaimView; want: Partial<ClaimStep> & { type: ClaimStep['type'] } }>([
  {
    name: 'no volume, provisioner known -> handed over',
    view: view(),
    want: { type: 'HandOver', provisioner: driverName },
  },
  {
    name: 'handed over before -> waits',
    view: view({ claim: claimObject({ metadata: { annotations: handedOver } }) }),
    want: { type: 'Wait' },
  },
  {
    name: 'three free volumes -> smallest that is large enough',
    view: view({ volumes: [large, small, fits] }),
    want: { type: 'ReserveVolume', volume: fits, isByController: true },
  },
  {
    name: 'pre-bound volume and a better fit -> pre-bound one wins',
    view: view({ volumes: [fits, prebound] }),
    want: { type: 'ReserveVolume', volume: prebound, isByController: false },
  },
  {
    name: 'pre-bound volume that is too small -> not taken',
    view: view({
      volumes: [
        volumeObject({
          metadata: { name: 'p' },
          spec: { capacity: { storage: '1Mi' }, claimRef: { namespace: 'default', name: 'data' } },
        }),
      ],
    }),
    want: { type: 'HandOver' },
  },
  {
    name: 'volume reserved for another claim -> not taken',
    view: view({ volumes: [volumeObject({ spec: { claimRef: other } })] }),
    want: { type: 'HandOver' },
  },
  {
    name: 'volume of another class -> not taken',
    view: view({ volumes: [volumeObject({ spec: { storageClassName: 'slow' } })] }),
    want: { type: 'HandOver' },
  },
  {
    name: 'volume of another mode -> not taken',
    view: view({ volumes: [volumeObject({ spec: { volumeMode: 'Block' } })] }),
    want: { type: 'HandOver' },
  },
  {
    name: 'volume without the access mode -> not taken',
    view: view({ volumes: [volumeObject({ spec: { accessModes: ['ReadOnlyMany'] } })] }),
    want: { type: 'HandOver' },
  },
  {
    name: 'terminating volume -> not taken',
    view: view({ volumes: [volumeObject({ metadata: { deletionTimestamp: 'now' } })] }),
    want: { type: 'HandOver' },
  },
  {
    name: 'released volume -> not taken',
    view: view({ volumes: [volumeObject({ status: { phase: 'Released' } })] }),
    want: { type: 'HandOver' },
  },
  {
    name: 'selector that does not match -> not taken',
    view: view({
      claim: claimObject({ spec: { ...claimObject().spec, selector: { matchLabels: { tier: 'gold' } } } }),
      volumes: [fits],
    }),
    want: { type: 'HandOver' },
  },
  {
    name: 'volume reserved for it, as after a crash or by the provisioner -> finishes the binding',
    view: view({ volumes: [provisioned] }),
    want: { type: 'FinishBinding', volume: provisioned },
  },
  {
    name: 'unknown class -> ProvisioningFailed',
    view: view({ claim: claimIn('nope'), className: 'nope', storageClass: undefined }),
    want: {
      type: 'Wait',
      notice: {
        type: 'Warning',
        reason: 'ProvisioningFailed',
        message: 'storageclass.storage.k8s.io "nope" not found',
      },
    },
  },
  {
    name: 'no class and none is default -> FailedBinding',
    view: view({ claim: claimIn(undefined), className: '', storageClass: undefined }),
    want: {
      type: 'Wait',
      notice: {
        type: 'Normal',
        reason: 'FailedBinding',
        message: 'no persistent volumes available for this claim and no storage class is set',
      },
    },
  },
  {
    name: 'no class, a default appeared -> gets it',
    view: view({ claim: claimIn(undefined), className: '', storageClass: undefined, defaultClass: classObject() }),
    want: { type: 'AssignDefaultClass', className: 'fast' },
  },
  {
    name: 'class is the empty string -> never changed',
    view: view({ claim: claimIn(''), className: '', storageClass: undefined, defaultClass: classObject() }),
    want: { type: 'Wait' },
  },
  {
    name: 'delayed binding without a pod -> WaitForFirstConsumer',
    view: view({ storageClass: delayed }),
    want: {
      type: 'Wait',
      notice: {
        type: 'Normal',
        reason: 'WaitForFirstConsumer',
        message: 'waiting for first consumer to be created before binding',
      },
    },
  },
  {
    name: 'delayed binding with a pod -> WaitForPodScheduled',
    view: view({ storageClass: delayed, unscheduledPods: ['web-0'] }),
    want: {
      type: 'Wait',
      notice: { type: 'Normal', reason: 'WaitForPodScheduled', message: 'waiting for pod web-0 to be scheduled' },
    },
  },
  {
    name: 'delayed binding and a free volume -> left to the scheduler',
    view: view({ storageClass: delayed, volumes: [fits] }),
    want: { type: 'Wait' },
  },
  {
    name: 'delayed binding and the scheduler chose a node -> handed over',
    view: view({
      storageClass: delayed,
      claim: claimObject({ metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'node-1' } } }),
    }),
    want: { type: 'HandOver' },
  },
  {
    name: 'class without a provisioner -> waits',
    view: view({ storageClass: classObject({ provisioner: 'kubernetes.io/no-provisioner' }) }),
    want: { type: 'Wait' },
  },
  {
    name: 'named volume is free -> reserved',
    view: view({ claim: named, volumes: [volumeObject()] }),
    want: { type: 'ReserveVolume', isByController: true },
  },
  { name: 'named volume does not exist -> waits', view: view({ claim: named }), want: { type: 'Wait' } },
  {
    name: 'named volume is too small -> VolumeMismatch',
    view: view({ claim: named, volumes: [volumeObject({ spec: { capacity: { storage: '1Mi' } } })] }),
    want: {
      type: 'Wait',
      notice: {
        type: 'Warning',
        reason: 'VolumeMismatch',
        message: 'Cannot bind to requested volume "pv-1": requested PV is too small',
      },
    },
  },
  {
    name: 'both name each other -> bound whatever the size, as upstream does',
    view: view({
      claim: named,
      volumes: [
        volumeObject({ spec: { capacity: { storage: '1Mi' }, claimRef: { namespace: 'default', name: 'data' } } }),
      ],
    }),
    want: { type: 'ReserveVolume', isByController: false },
  },
  {
    name: 'named volume is being deleted -> VolumeMismatch',
    view: view({ claim: named, volumes: [volumeObject({ metadata: { deletionTimestamp: 'now' } })] }),
    want: {
      type: 'Wait',
      notice: {
        type: 'Warning',
        reason: 'VolumeMismatch',
        message: 'Cannot bind to requested volume "pv-1": the volume is marked for deletion "pv-1"',
      },
    },
  },
  {
    name: 'named volume belongs to another -> FailedBinding',
    view: view({ claim: named, volumes: [volumeObject({ spec: { claimRef: other } })] }),
    want: {
      type: 'Wait',
      notice: {
        type: 'Warning',
        reason: 'FailedBinding',
        message: 'volume "pv-1" already bound to a different claim.',
      },
    },
  },
  {
    name: 'named volume is reserved for it -> finishes the binding',
    view: view({ claim: named, volumes: [provisioned] }),
    want: { type: 'FinishBinding', isByController: false },
  },
  {
    name: 'bound -> settled',
    view: view({ claim: boundClaim(), volumes: [boundVolume()] }),
    want: { type: 'Settled' },
  },
  {
    name: 'bound, status lost in a crash -> reported',
    view: view({ claim: boundClaim({ status: { phase: 'Pending' } }), volumes: [boundVolume()] }),
    want: { type: 'ReportBound' },
  },
  {
    name: 'bound, volume vanished -> ClaimLost',
    view: view({ claim: boundClaim() }),
    want: {
      type: 'ReportLost',
      notice: {
        type: 'Warning',
        reason: 'ClaimLost',
        message: 'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
      },
    },
  },
  {
    name: 'lost before -> settled',
    view: view({ claim: boundClaim({ status: { phase: 'Lost' } }) }),
    want: { type: 'Settled' },
  },
  {
    name: 'bound, volume belongs to another -> ClaimMisbound',
    view: view({ claim: boundClaim(), volumes: [boundVolume({ spec: { claimRef: other } })] }),
    want: {
      type: 'ReportLost',
      notice: {
        type: 'Warning',
        reason: 'ClaimMisbound',
        message: 'Two claims are bound to the same volume, this one is bound incorrectly',
      },
    },
  },
  {
    name: 'bound, volume was unbound -> reserved again',
    view: view({ claim: boundClaim(), volumes: [volumeObject()] }),
    want: { type: 'ReserveVolume' },
  },
  {
    name: 'terminating and not bound -> settled',
    view: view({ claim: claimObject({ metadata: { deletionTimestamp: 'now' } }), volumes: [fits] }),
    want: { type: 'Settled' },
  },
])('reconcileClaim: $name', ({ view: given, want }) => {
  expect(reconcileClaim(given)).toMatchObject(want);
});

test.each<{ name: string; view: VolumeView; want: VolumeStep }>([
  {
    name: 'new and unreserved -> Available',
    view: { volume: volumeObject({ status: { phase: 'Pending' } }), claim: undefined },
    want: { type: 'SetPhase', phase: 'Available' },
  },
  {
    name: 'reserved by name only -> stays Available',
    view: { volume: prebound, claim: claimObject() },
    want: { type: 'Settled' },
  },
  {
    name: 'claim not bound yet -> left to the claim',
    view: { volume: provisioned, claim: claimObject() },
    want: { type: 'Settled' },
  },
  {
    name: 'claim bound to it -> Bound',
    view: { volume: provisioned, claim: boundClaim() },
    want: { type: 'SetPhase', phase: 'Bound' },
  },
  { name: 'Bound -> settled', view: { volume: boundVolume(), claim: boundClaim() }, want: { type: 'Settled' } },
  { name: 'claim gone -> Released', view: { volume: boundVolume(), claim: undefined }, want: { type: 'Release' } },
  {
    name: 'claim of the same name, another UID -> Released',
    view: { volume: boundVolume(), claim: boundClaim({ metadata: { uid: 'new' } }) },
    want: { type: 'Release' },
  },
  {
    name: 'Released -> settled',
    view: { volume: boundVolume({ status: { phase: 'Released' } }), claim: undefined },
    want: { type: 'Settled' },
  },
  {
    name: 'Failed -> stays Failed',
    view: { volume: boundVolume({ status: { phase: 'Failed' } }), claim: undefined },
    want: { type: 'Settled' },
  },
  {
    name: 'Released with an unknown policy -> Failed',
    view: {
      volume: boundVolume({ status: { phase: 'Released' }, spec: { persistentVolumeReclaimPolicy: 'Recycle' } }),
      claim: undefined,
    },
    want: {
      type: 'SetPhase',
      phase: 'Failed',
      notice: {
        type: 'Warning',
        reason: 'VolumeUnknownReclaimPolicy',
        message: 'Volume has unrecognized PersistentVolumeReclaimPolicy',
      },
    },
  },
  {
    name: 'provisioned, claim bound elsewhere -> Released',
    view: { volume: boundVolume({ metadata: { name: 'spare' } }), claim: boundClaim() },
    want: { type: 'Release' },
  },
  {
    name: 'reserved by us, claim bound elsewhere -> free again',
    view: {
      volume: volumeObject({
        metadata: { name: 'spare', annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } },
        spec: { claimRef: dataClaimRef },
      }),
      claim: boundClaim(),
    },
    want: { type: 'Unreserve', keepsName: false },
  },
  {
    name: 'reserved by a user, claim bound elsewhere -> keeps the name',
    view: {
      volume: volumeObject({ metadata: { name: 'spare' }, spec: { claimRef: dataClaimRef } }),
      claim: boundClaim(),
    },
    want: { type: 'Unreserve', keepsName: true },
  },
])('reconcileVolume: $name', ({ view: given, want }) => {
  expect(reconcileVolume(given)).toEqual(want);
});

const anyVolume: fc.Arbitrary<PersistentVolume> = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c'),
    size: fc.constantFrom('512Mi', '1Gi', '2Gi'),
    claimRef: fc.constantFrom(
      undefined,
      dataClaimRef,
      other,
      { namespace: 'default', name: 'data' },
      { namespace: 'default', name: 'other' },
    ),
    phase: fc.constantFrom('Available', 'Bound', 'Released'),
    storageClassName: fc.constantFrom('fast', 'slow'),
  })
  .map(({ name, size, claimRef, phase, storageClassName }) =>
    volumeObject({
      metadata: { name },
      spec: { capacity: { storage: size }, storageClassName, ...(claimRef && { claimRef }) },
      status: { phase },
    }),
  );
const anyView = fc
  .record({
    volumes: fc.uniqueArray(anyVolume, { selector: ({ metadata }) => metadata.name }),
    claim: fc.constantFrom(claimObject(), named, boundClaim()),
    storageClass: fc.constantFrom(undefined, classObject(), delayed),
  })
  .map((parts) => view(parts));

test('reconcileClaim never takes a volume that is reserved for another claim', () => {
  fc.assert(
    fc.property(anyView, (given) => {
      const step = reconcileClaim(given);
      if (step.type !== 'ReserveVolume' && step.type !== 'FinishBinding') return;
      const ref = step.volume.spec?.claimRef;
      if (ref) expect(ref.name).toBe('data');
      if (ref?.uid) expect(ref.uid).toBe('data-uid');
    }),
  );
});

test('no claim is bound before its volume points at it', () => {
  fc.assert(
    fc.property(anyView, (given) => {
      const step = reconcileClaim(given);
      if (step.type === 'FinishBinding' || step.type === 'ReportBound')
        expect(step.volume.spec?.claimRef?.uid).toBe('data-uid');
    }),
  );
});
