// What is the next step for one VolumeSnapshot? The contract of the snapshot-controller, as a pure function.

import { keyOf } from '../../apimachinery/meta.ts';
import { isBoundTo, volumeModeOf } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type {
  VolumeSnapshot,
  VolumeSnapshotClass,
  VolumeSnapshotContent,
  VolumeSnapshotStatus,
} from '../../apis/snapshot/types.ts';
import { annotations, finalizers } from '../../apis/storage/names.ts';
import { statusFor } from './status.ts';

export interface SnapshotView {
  driver: string;
  snapshot: VolumeSnapshot;
  /** The content that the snapshot has or names: by status, by source, or by the name that its UID gives. */
  content: VolumeSnapshotContent | undefined;
  /** The source claim and its volume, if the snapshot is to be cut. */
  claim: PersistentVolumeClaim | undefined;
  volume: PersistentVolume | undefined;
  classes: VolumeSnapshotClass[];
  /** Is a claim being restored from this snapshot right now? */
  isRestoring: boolean;
}

export interface Notice {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export interface ContentOrder {
  name: string;
  volumeHandle: string;
  snapshotClass: VolumeSnapshotClass;
  sourceVolumeMode: string;
}

export type SnapshotStep =
  | { type: 'Settled' }
  | { type: 'Wait'; why: string; notice?: Notice }
  /** Holds the snapshot and, until it is cut, its source claim. */
  | { type: 'Protect'; claim: PersistentVolumeClaim | undefined }
  | { type: 'AssignClass'; className: string }
  | { type: 'CreateContent'; order: ContentOrder }
  /** Binds a content that somebody made for this snapshot. */
  | { type: 'BindContent'; content: VolumeSnapshotContent }
  | { type: 'ReportStatus'; status: VolumeSnapshotStatus; notices: Notice[] }
  | { type: 'ReportError'; notice: Notice }
  /** Tells the content that its snapshot goes, then deletes it. */
  | { type: 'DeleteContent'; content: VolumeSnapshotContent }
  | { type: 'Release' };

/** Both finalizers of a snapshot. */
export const snapshotFinalizers = [finalizers.snapshotAsSource, finalizers.snapshotBound];

/** The content's name, which a repeat after a crash finds again. */
export function contentNameFor(snapshot: VolumeSnapshot): string {
  return `snapcontent-${snapshot.metadata.uid}`;
}

/** Decides the next step of one snapshot. Snapshots of other drivers are left to their own controllers. */
export function reconcileSnapshot(view: SnapshotView): SnapshotStep {
  const { snapshot, content, driver } = view;
  if (content && content.spec.driver !== driver) return { type: 'Settled' };
  if (snapshot.metadata.deletionTimestamp) return reconcileDeletion(view);
  const fromContent = snapshot.spec.source.volumeSnapshotContentName;
  if (fromContent !== undefined) return reconcileExisting(view, fromContent);
  return content || snapshot.status?.readyToUse ? reconcileCut(view) : reconcileOrder(view);
}

/** The snapshot has to be cut. */
function reconcileOrder(view: SnapshotView): SnapshotStep {
  const { snapshot, claim, volume, driver } = view;
  const claimName = snapshot.spec.source.persistentVolumeClaimName ?? '';
  if (!claim)
    return contentFailed(
      snapshot,
      `failed to retrieve PVC ${claimName} from the lister: "persistentvolumeclaim \\"${claimName}\\" not found"`,
    );
  if (claim.status?.phase !== 'Bound' || !volume || !isBoundTo(claim, volume)) {
    return contentFailed(
      snapshot,
      `the PVC ${claimName} is not yet bound to a PV, will not attempt to take a snapshot`,
    );
  }
  if (!volume.spec?.csi) return contentFailed(snapshot, `the PV ${volume.metadata.name} is not a CSI volume`);
  if (volume.spec.csi.driver !== driver) return { type: 'Settled' };

  const choice = chooseClass(view);
  if ('notice' in choice) return report(snapshot, choice.notice);
  if (!snapshot.spec.volumeSnapshotClassName) return { type: 'AssignClass', className: choice.chosen.metadata.name };
  if (choice.chosen.driver !== driver) {
    return contentFailed(
      snapshot,
      `the driver ${driver} of the volume is not the driver ${choice.chosen.driver} of class ${choice.chosen.metadata.name}`,
    );
  }

  const isClaimHeld = claim.metadata.finalizers?.includes(finalizers.claimAsSource);
  if (!isHeld(snapshot) || !isClaimHeld) return { type: 'Protect', claim: isClaimHeld ? undefined : claim };
  const order = {
    name: contentNameFor(snapshot),
    volumeHandle: volume.spec.csi.volumeHandle,
    snapshotClass: choice.chosen,
    sourceVolumeMode: volumeModeOf(volume),
  };
  return { type: 'CreateContent', order };
}

function chooseClass({
  snapshot,
  classes,
  driver,
}: SnapshotView): { chosen: VolumeSnapshotClass } | { notice: Notice } {
  const name = snapshot.spec.volumeSnapshotClassName;
  if (name) {
    const chosen = classes.find(({ metadata }) => metadata.name === name);
    if (chosen) return { chosen };
    const message = `Failed to get snapshot class with error volumesnapshotclass.snapshot.storage.k8s.io "${name}" not found`;
    return { notice: { type: 'Warning', reason: 'GetSnapshotClassFailed', message } };
  }
  const defaults = classes.filter(
    ({ driver: ofDriver, metadata }) =>
      ofDriver === driver && metadata.annotations?.[annotations.defaultSnapshotClass] === 'true',
  );
  const [chosen] = defaults;
  if (chosen && defaults.length === 1) return { chosen };
  const why = chosen ? `${defaults.length} default snapshot classes were found` : 'cannot find default snapshot class';
  const message = `Failed to set default snapshot class with error ${why}`;
  return { notice: { type: 'Warning', reason: 'SetDefaultSnapshotClassFailed', message } };
}

/** The content exists or existed: its state is the snapshot's. */
function reconcileCut({ snapshot, content }: SnapshotView): SnapshotStep {
  if (!content) return report(snapshot, contentMissing);
  if (!belongsTo(content, snapshot)) return report(snapshot, misbound(content));
  return mirror(snapshot, content);
}

/** Somebody made the content for a snapshot that exists in the storage. */
function reconcileExisting({ snapshot, content }: SnapshotView, contentName: string): SnapshotStep {
  if (!content) return report(snapshot, contentMissing);
  const ref = content.spec.volumeSnapshotRef;
  if (ref.namespace !== snapshot.metadata.namespace || ref.name !== snapshot.metadata.name)
    return report(snapshot, misbound(content));
  if (ref.uid && ref.uid !== snapshot.metadata.uid) return report(snapshot, misbound(content));
  if (content.spec.source.snapshotHandle === undefined) {
    const message = `VolumeSnapshotContent ${contentName} is dynamically provisioned, while expecting a pre-provisioned one`;
    return report(snapshot, { type: 'Warning', reason: 'SnapshotBindFailed', message });
  }
  if (!isHeld(snapshot)) return { type: 'Protect', claim: undefined };
  if (!ref.uid) return { type: 'BindContent', content };
  return mirror(snapshot, content);
}

function mirror(snapshot: VolumeSnapshot, content: VolumeSnapshotContent): SnapshotStep {
  const status = statusFor(content);
  const before = snapshot.status ?? {};
  if (isSame(status, before)) return { type: 'Settled' };
  return { type: 'ReportStatus', status, notices: newsOf(snapshot, status) };
}

function newsOf(snapshot: VolumeSnapshot, status: VolumeSnapshotStatus): Notice[] {
  const key = keyOf(snapshot);
  const before = snapshot.status;
  const notices: Notice[] = [];
  if (status.creationTime && !before?.creationTime) {
    notices.push({
      type: 'Normal',
      reason: 'SnapshotCreated',
      message: `Snapshot ${key} was successfully created by the CSI driver.`,
    });
  }
  if (status.readyToUse && !before?.readyToUse) {
    notices.push({ type: 'Normal', reason: 'SnapshotReady', message: `Snapshot ${key} is ready to use.` });
  }
  if (status.error && status.error.message !== before?.error?.message) {
    notices.push({ type: 'Warning', reason: 'SnapshotCreationFailed', message: status.error.message ?? '' });
  }
  return notices;
}

function reconcileDeletion({ snapshot, content, isRestoring }: SnapshotView): SnapshotStep {
  if (!snapshotFinalizers.some((finalizer) => snapshot.metadata.finalizers?.includes(finalizer)))
    return { type: 'Settled' };
  if (isRestoring) {
    const message = 'Snapshot is being used to restore a PVC';
    return { type: 'Wait', why: message, notice: { type: 'Warning', reason: 'SnapshotDeletePending', message } };
  }
  if (!content || !belongsTo(content, snapshot) || content.spec.deletionPolicy === 'Retain') return { type: 'Release' };
  const isTold = content.metadata.annotations?.[annotations.snapshotBeingDeleted] !== undefined;
  if (isTold && content.metadata.deletionTimestamp) return { type: 'Wait', why: 'the content is being deleted' };
  return { type: 'DeleteContent', content };
}

const contentMissing: Notice = {
  type: 'Warning',
  reason: 'SnapshotContentMissing',
  message: 'VolumeSnapshotContent is missing',
};

function misbound(content: VolumeSnapshotContent): Notice {
  const message = `VolumeSnapshotContent [${content.metadata.name}] is bound to a different snapshot`;
  return { type: 'Warning', reason: 'SnapshotMisbound', message };
}

function contentFailed(snapshot: VolumeSnapshot, why: string): SnapshotStep {
  const message = `Failed to create snapshot content with error ${why}`;
  return report(snapshot, { type: 'Warning', reason: 'SnapshotContentCreationFailed', message });
}

/** Once said, an error is not written again. */
function report(snapshot: VolumeSnapshot, notice: Notice): SnapshotStep {
  const isSaid = snapshot.status?.error?.message === notice.message && snapshot.status.readyToUse === false;
  return isSaid ? { type: 'Wait', why: notice.message } : { type: 'ReportError', notice };
}

/** Does `content` name exactly this snapshot? */
export function belongsTo(content: VolumeSnapshotContent, snapshot: VolumeSnapshot): boolean {
  const ref = content.spec.volumeSnapshotRef;
  return (
    ref.uid === snapshot.metadata.uid &&
    ref.name === snapshot.metadata.name &&
    ref.namespace === snapshot.metadata.namespace
  );
}

function isHeld(snapshot: VolumeSnapshot): boolean {
  return snapshotFinalizers.every((finalizer) => snapshot.metadata.finalizers?.includes(finalizer));
}

function isSame(a: VolumeSnapshotStatus, b: VolumeSnapshotStatus): boolean {
  return (
    a.boundVolumeSnapshotContentName === b.boundVolumeSnapshotContentName &&
    a.creationTime === b.creationTime &&
    a.readyToUse === b.readyToUse &&
    a.restoreSize === b.restoreSize &&
    a.error?.message === b.error?.message
  );
}
