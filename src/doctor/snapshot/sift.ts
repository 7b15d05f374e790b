// Which few of many objects may a rule have something to say of? Each large kind is walked once for all rules: on a
// large cluster, fetching its objects from memory takes longer than judging them.

import type { ContainerStatus, PersistentVolume, PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { type EngineContainer, engineOf } from './engines.ts';
import { healthField } from './health.ts';
import type { Snapshot } from './snapshot.ts';

export interface SiftedPods {
  /** Have not started, and are not being deleted. */
  pending: readonly Pod[];
  failed: readonly Pod[];
  /** With a container that waits or has ended, now or before its last start. */
  troubled: readonly Pod[];
  /** Run a database. */
  databases: readonly { pod: Pod; found: EngineContainer }[];
  /** With a volume that is none of the sources that every version of Kubernetes has. */
  oldSources: readonly Pod[];
  /** Say something of the health of their volumes. */
  withHealth: readonly Pod[];
}

export function siftPods(snapshot: Snapshot): SiftedPods {
  return snapshot.remember('siftedPods', () => {
    const pending: Pod[] = [];
    const failed: Pod[] = [];
    const troubled: Pod[] = [];
    const databases: { pod: Pod; found: EngineContainer }[] = [];
    const oldSources: Pod[] = [];
    const withHealth: Pod[] = [];
    for (const pod of snapshot.all('pods')) {
      const phase = pod.status?.phase;
      if (phase === 'Running') {
        const found = engineOf(pod);
        if (found) databases.push({ pod, found });
      } else if (phase === 'Failed') failed.push(pod);
      else if (phase === 'Pending' && !pod.metadata.deletionTimestamp) pending.push(pod);
      if (isTroubled(pod)) troubled.push(pod);
      if (hasOldSource(pod)) oldSources.push(pod);
      if (healthField(pod)) withHealth.push(pod);
    }
    return { pending, failed, troubled, databases, oldSources, withHealth };
  });
}

function isTroubled({ status }: Pod): boolean {
  return anyTroubled(status?.containerStatuses) || anyTroubled(status?.initContainerStatuses);
}

function anyTroubled(statuses: readonly ContainerStatus[] | null | undefined): boolean {
  for (const { state, lastState } of statuses ?? [])
    if (state?.waiting ?? state?.terminated ?? lastState?.terminated) return true;
  return false;
}

function hasOldSource({ spec }: Pod): boolean {
  for (const volume of spec?.volumes ?? []) {
    const { persistentVolumeClaim, configMap, secret, projected, emptyDir, downwardAPI, hostPath } = volume;
    const common = persistentVolumeClaim ?? configMap ?? projected ?? secret ?? emptyDir ?? downwardAPI ?? hostPath;
    if (!common && !volume.csi && !volume.ephemeral) return true;
  }
  return false;
}

export interface SiftedClaims {
  /** Pending, and not being deleted. */
  waiting: readonly PersistentVolumeClaim[];
  ending: readonly PersistentVolumeClaim[];
  /** With conditions, or with a resize under way. */
  conditioned: readonly PersistentVolumeClaim[];
  /** Say something of the health of their volumes. */
  withHealth: readonly PersistentVolumeClaim[];
}

export function siftClaims(snapshot: Snapshot): SiftedClaims {
  return snapshot.remember('siftedClaims', () => {
    const waiting: PersistentVolumeClaim[] = [];
    const ending: PersistentVolumeClaim[] = [];
    const conditioned: PersistentVolumeClaim[] = [];
    const withHealth: PersistentVolumeClaim[] = [];
    for (const claim of snapshot.all('claims')) {
      const { status, metadata } = claim;
      if (metadata.deletionTimestamp) ending.push(claim);
      else if (status?.phase === 'Pending') waiting.push(claim);
      if (status?.conditions?.length || status?.allocatedResourceStatuses) conditioned.push(claim);
      if (healthField(claim)) withHealth.push(claim);
    }
    return { waiting, ending, conditioned, withHealth };
  });
}

export interface SiftedVolumes {
  /** Being deleted, or not Bound. */
  loose: readonly PersistentVolume[];
  /** Of a plugin that is neither CSI nor of every version of Kubernetes. */
  oldSources: readonly PersistentVolume[];
}

export function siftVolumes(snapshot: Snapshot): SiftedVolumes {
  return snapshot.remember('siftedVolumes', () => {
    const loose: PersistentVolume[] = [];
    const oldSources: PersistentVolume[] = [];
    for (const volume of snapshot.all('volumes')) {
      const { metadata, status, spec } = volume;
      if (status?.phase !== 'Bound' || metadata.deletionTimestamp) loose.push(volume);
      if (spec && !spec.csi && !spec.nfs && !spec.hostPath && !spec.local) oldSources.push(volume);
    }
    return { loose, oldSources };
  });
}

/** Attachments that are not attached, are being undone, or have failed. */
export function unsettledAttachments(snapshot: Snapshot): readonly VolumeAttachment[] {
  return snapshot.remember('unsettledAttachments', () =>
    snapshot
      .all('attachments')
      .filter(
        ({ status, metadata }) =>
          !status?.attached || metadata.deletionTimestamp || status.attachError || status.detachError,
      ),
  );
}
