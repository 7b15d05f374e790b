import { expect, test } from 'vitest';
import type { VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import { boundClaim, boundVolume, claimObject, driverName } from '../../simulation/objects.ts';
import { type ContentStep, type ContentView, reconcileContent } from './reconcile-content.ts';
import { reconcileSnapshot, type SnapshotStep, type SnapshotView, snapshotFinalizers } from './reconcile-snapshot.ts';
import { contentStatusFor } from './status.ts';

function meta(name: string, extra: object = {}): VolumeSnapshot['metadata'] {
  return { name, uid: `${name}-uid`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...extra };
}

function snapshotClass(name = 'local', isDefault = false, driver = driverName): VolumeSnapshotClass {
  const annotations = isDefault ? { 'snapshot.storage.kubernetes.io/is-default-class': 'true' } : {};
  return { metadata: meta(name, { annotations }), driver, deletionPolicy: 'Delete' };
}

const held = { namespace: 'default', finalizers: snapshotFinalizers };

function snapshot(
  overrides: { meta?: object; spec?: Partial<VolumeSnapshot['spec']>; status?: VolumeSnapshot['status'] } = {},
): VolumeSnapshot {
  return {
    metadata: meta('snap', { namespace: 'default', ...overrides.meta }),
    spec: { source: { persistentVolumeClaimName: 'data' }, volumeSnapshotClassName: 'local', ...overrides.spec },
    ...(overrides.status && { status: overrides.status }),
  };
}

const creating = { annotations: { 'snapshot.storage.kubernetes.io/volumesnapshot-being-created': 'yes' } };
const told = { annotations: { 'snapshot.storage.kubernetes.io/volumesnapshot-being-deleted': 'yes' } };
const contentHeld = { finalizers: ['snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection'] };
const dying = { deletionTimestamp: 'now' };
const cutStatus = {
  snapshotHandle: 's-1',
  readyToUse: true,
  creationTime: 1_767_225_600_000_000_000,
  restoreSize: 1024 ** 3,
};

function content(
  overrides: {
    meta?: object;
    spec?: Partial<VolumeSnapshotContent['spec']>;
    status?: VolumeSnapshotContent['status'];
  } = {},
): VolumeSnapshotContent {
  return {
    metadata: meta('snapcontent-snap-uid', { ...contentHeld, ...overrides.meta }),
    spec: {
      driver: driverName,
      deletionPolicy: 'Delete',
      source: { volumeHandle: 'vol-1' },
      volumeSnapshotClassName: 'local',
      volumeSnapshotRef: { name: 'snap', namespace: 'default', uid: 'snap-uid' },
      ...overrides.spec,
    },
    ...(overrides.status && { status: overrides.status }),
  };
}

const source = boundClaim({
  metadata: {
    annotations: { 'pv.kubernetes.io/bind-completed': 'yes' },
    finalizers: ['snapshot.storage.kubernetes.io/pvc-as-source-protection'],
  },
});
const ready = {
  boundVolumeSnapshotContentName: 'snapcontent-snap-uid',
  readyToUse: true,
  creationTime: '2026-01-01T00:00:00Z',
  restoreSize: '1Gi',
};
const existing = { source: { volumeSnapshotContentName: 'snapcontent-snap-uid' } };
const preProvisioned = { source: { snapshotHandle: 's-1' } };

function view(overrides: Partial<SnapshotView> = {}): SnapshotView {
  return {
    driver: driverName,
    snapshot: snapshot({ meta: held }),
    content: undefined,
    claim: source,
    volume: boundVolume(),
    classes: [snapshotClass()],
    isRestoring: false,
    ...overrides,
  };
}

test.each<{ name: string; view: SnapshotView; want: Partial<SnapshotStep> }>([
  {
    name: 'new -> snapshot and claim are held',
    view: view({ snapshot: snapshot(), claim: boundClaim() }),
    want: { type: 'Protect', claim: boundClaim() },
  },
  {
    name: 'held -> content',
    view: view(),
    want: {
      type: 'CreateContent',
      order: {
        name: 'snapcontent-snap-uid',
        volumeHandle: 'vol-1',
        snapshotClass: snapshotClass(),
        sourceVolumeMode: 'Filesystem',
      },
    },
  },
  {
    name: 'no class named, one default -> assigned',
    view: view({
      snapshot: { ...snapshot(), spec: { source: { persistentVolumeClaimName: 'data' } } },
      classes: [snapshotClass('local', true), snapshotClass('other', true, 'x')],
    }),
    want: { type: 'AssignClass', className: 'local' },
  },
  {
    name: 'no class named, two defaults -> error',
    view: view({
      snapshot: { ...snapshot(), spec: { source: { persistentVolumeClaimName: 'data' } } },
      classes: [snapshotClass('a', true), snapshotClass('b', true)],
    }),
    want: {
      type: 'ReportError',
      notice: {
        type: 'Warning',
        reason: 'SetDefaultSnapshotClassFailed',
        message: 'Failed to set default snapshot class with error 2 default snapshot classes were found',
      },
    },
  },
  {
    name: 'no class named, no default -> error',
    view: view({ snapshot: { ...snapshot(), spec: { source: { persistentVolumeClaimName: 'data' } } } }),
    want: {
      type: 'ReportError',
      notice: {
        type: 'Warning',
        reason: 'SetDefaultSnapshotClassFailed',
        message: 'Failed to set default snapshot class with error cannot find default snapshot class',
      },
    },
  },
  {
    name: 'class does not exist -> error',
    view: view({ classes: [] }),
    want: {
      type: 'ReportError',
      notice: {
        type: 'Warning',
        reason: 'GetSnapshotClassFailed',
        message:
          'Failed to get snapshot class with error volumesnapshotclass.snapshot.storage.k8s.io "local" not found',
      },
    },
  },
  {
    name: 'class of another driver -> error',
    view: view({ classes: [snapshotClass('local', false, 'x')] }),
    want: { type: 'ReportError' },
  },
  {
    name: 'claim does not exist -> error',
    view: view({ claim: undefined, volume: undefined }),
    want: { type: 'ReportError' },
  },
  {
    name: 'claim not bound -> error',
    view: view({ claim: claimObject(), volume: undefined }),
    want: { type: 'ReportError' },
  },
  {
    name: 'error said before -> not said again',
    want: { type: 'Wait' },
    view: view({
      classes: [],
      snapshot: snapshot({
        status: {
          readyToUse: false,
          error: {
            message:
              'Failed to get snapshot class with error volumesnapshotclass.snapshot.storage.k8s.io "local" not found',
          },
        },
      }),
    }),
  },
  {
    name: 'volume of another driver -> left to its controller',
    view: view({ volume: boundVolume({ spec: { csi: { driver: 'x', volumeHandle: 'y' } } }) }),
    want: { type: 'Settled' },
  },
  {
    name: 'content made, not cut yet -> bound',
    view: view({ content: content() }),
    want: {
      type: 'ReportStatus',
      status: { boundVolumeSnapshotContentName: 'snapcontent-snap-uid', readyToUse: false },
    },
  },
  {
    name: 'content cut -> ready',
    view: view({ content: content({ status: cutStatus }) }),
    want: { type: 'ReportStatus', status: ready },
  },
  {
    name: 'ready and reported -> settled',
    view: view({ snapshot: snapshot({ meta: held, status: ready }), content: content({ status: cutStatus }) }),
    want: { type: 'Settled' },
  },
  {
    name: 'ready, content vanished -> error',
    view: view({ snapshot: snapshot({ meta: held, status: ready }) }),
    want: {
      type: 'ReportError',
      notice: { type: 'Warning', reason: 'SnapshotContentMissing', message: 'VolumeSnapshotContent is missing' },
    },
  },
  {
    name: 'content names another snapshot -> error',
    view: view({ content: content({ spec: { volumeSnapshotRef: { name: 'snap', namespace: 'default', uid: 'x' } } }) }),
    want: {
      type: 'ReportError',
      notice: {
        type: 'Warning',
        reason: 'SnapshotMisbound',
        message: 'VolumeSnapshotContent [snapcontent-snap-uid] is bound to a different snapshot',
      },
    },
  },
  {
    name: 'existing content, not bound -> bound',
    view: view({
      snapshot: snapshot({ meta: held, spec: existing }),
      content: content({ spec: { ...preProvisioned, volumeSnapshotRef: { name: 'snap', namespace: 'default' } } }),
    }),
    want: { type: 'BindContent' },
  },
  {
    name: 'existing content, bound and read -> ready',
    view: view({
      snapshot: snapshot({ meta: held, spec: existing }),
      content: content({ spec: preProvisioned, status: cutStatus }),
    }),
    want: { type: 'ReportStatus', status: ready },
  },
  {
    name: 'existing content of another snapshot -> error',
    view: view({
      snapshot: snapshot({ meta: held, spec: existing }),
      content: content({ spec: { ...preProvisioned, volumeSnapshotRef: { name: 'other', namespace: 'default' } } }),
    }),
    want: { type: 'ReportError' },
  },
  {
    name: 'existing content missing -> error',
    view: view({ snapshot: snapshot({ meta: held, spec: existing }) }),
    want: { type: 'ReportError' },
  },
  {
    name: 'existing content that is to be cut -> error',
    view: view({ snapshot: snapshot({ meta: held, spec: existing }), content: content() }),
    want: { type: 'ReportError' },
  },
  {
    name: 'deleted, Delete -> content is told and deleted',
    view: view({ snapshot: snapshot({ meta: { ...held, ...dying } }), content: content({ status: cutStatus }) }),
    want: { type: 'DeleteContent' },
  },
  {
    name: 'deleted, content going -> waits',
    view: view({
      snapshot: snapshot({ meta: { ...held, ...dying } }),
      content: content({ meta: { ...told, ...dying }, status: cutStatus }),
    }),
    want: { type: 'Wait' },
  },
  {
    name: 'deleted, content gone -> let go',
    view: view({ snapshot: snapshot({ meta: { ...held, ...dying } }) }),
    want: { type: 'Release' },
  },
  {
    name: 'deleted, Retain -> content stays',
    view: view({
      snapshot: snapshot({ meta: { ...held, ...dying } }),
      content: content({ spec: { deletionPolicy: 'Retain' } }),
    }),
    want: { type: 'Release' },
  },
  {
    name: 'deleted while a claim is restored from it -> waits',
    view: view({
      snapshot: snapshot({ meta: { ...held, ...dying } }),
      content: content({ status: cutStatus }),
      isRestoring: true,
    }),
    want: {
      type: 'Wait',
      notice: { type: 'Warning', reason: 'SnapshotDeletePending', message: 'Snapshot is being used to restore a PVC' },
    },
  },
])('reconcileSnapshot: $name', ({ view: given, want }) => {
  expect(reconcileSnapshot(given)).toMatchObject(want);
});

const living = snapshot({ meta: held });

test.each<{ name: string; view: Partial<ContentView>; want: Partial<ContentStep> }>([
  {
    name: 'of another driver -> settled',
    view: { content: content({ spec: { driver: 'x' } }) },
    want: { type: 'Settled' },
  },
  {
    name: 'not held -> held',
    view: { content: content({ meta: { finalizers: [] } }) },
    want: { type: 'AddFinalizer' },
  },
  {
    name: 'not marked -> marked before the driver is asked',
    view: { content: content() },
    want: { type: 'MarkBeingCreated' },
  },
  {
    name: 'marked -> cut',
    view: { content: content({ meta: creating }) },
    want: { type: 'Cut', name: 'snapshot-snap-uid', volumeHandle: 'vol-1' },
  },
  {
    name: 'cut, crash before the mark was cleared -> cleared',
    view: { content: content({ meta: creating, status: cutStatus }) },
    want: { type: 'ClearBeingCreated' },
  },
  {
    name: 'cut, not ready -> asked again',
    view: { content: content({ status: { ...cutStatus, readyToUse: false } }) },
    want: { type: 'Cut' },
  },
  { name: 'ready -> settled', view: { content: content({ status: cutStatus }) }, want: { type: 'Settled' } },
  {
    name: 'failed before -> marked again',
    view: { content: content({ status: { readyToUse: false, error: { message: 'no' } } }) },
    want: { type: 'MarkBeingCreated' },
  },
  {
    name: 'made by hand -> looked up',
    view: { content: content({ spec: preProvisioned }) },
    want: { type: 'ReadExisting', snapshotHandle: 's-1' },
  },
  {
    name: 'snapshot gone, Delete -> follows',
    view: { content: content({ status: cutStatus }), snapshot: undefined },
    want: { type: 'DeleteObject' },
  },
  {
    name: 'snapshot gone, Retain -> stays',
    view: { content: content({ status: cutStatus, spec: { deletionPolicy: 'Retain' } }), snapshot: undefined },
    want: { type: 'Settled' },
  },
  {
    name: 'deleted under a living snapshot -> waits',
    view: { content: content({ meta: dying, status: cutStatus }) },
    want: { type: 'Wait' },
  },
  {
    name: 'deleted with its snapshot -> deleted in the storage',
    view: { content: content({ meta: { ...dying, ...told }, status: cutStatus }) },
    want: { type: 'DeleteSnapshot', snapshotHandle: 's-1' },
  },
  {
    name: 'deleted with its snapshot, Retain -> only let go',
    view: { content: content({ meta: { ...dying, ...told }, status: cutStatus, spec: { deletionPolicy: 'Retain' } }) },
    want: { type: 'Release' },
  },
  {
    name: 'deleted while being cut -> cut first, to learn the handle',
    view: { content: content({ meta: { ...dying, annotations: { ...creating.annotations, ...told.annotations } } }) },
    want: { type: 'Cut' },
  },
  {
    name: 'deleted, never cut -> let go',
    view: { content: content({ meta: { ...dying, ...told } }) },
    want: { type: 'Release' },
  },
  {
    name: 'deleted and released -> settled',
    view: { content: content({ meta: { ...dying, finalizers: [] } }) },
    want: { type: 'Settled' },
  },
])('reconcileContent: $name', ({ view: given, want }) => {
  expect(
    reconcileContent({
      driver: driverName,
      content: content(),
      snapshot: living,
      snapshotClass: snapshotClass(),
      ...given,
    }),
  ).toMatchObject(want);
});

test('parameters addressed to Kubernetes are kept from the driver', () => {
  const withParameters = {
    ...snapshotClass(),
    parameters: { 'csi.storage.k8s.io/snapshotter-secret-name': 's', depth: '1' },
  };
  const step = reconcileContent({
    driver: driverName,
    content: content({ meta: creating }),
    snapshot: living,
    snapshotClass: withParameters,
  });
  expect(step).toMatchObject({ type: 'Cut', parameters: { depth: '1' } });
});

test("the driver's time of creation is kept in nanoseconds", () => {
  const status = contentStatusFor({
    snapshotId: 's',
    sourceVolumeId: 'v',
    sizeBytes: 5,
    readyToUse: true,
    groupSnapshotId: '',
    creationTime: { seconds: 1_767_225_600, nanos: 0 },
  });
  expect(status.creationTime).toBe(1_767_225_600_000_000_000);
});
