// P13: a bound claim has lost its volume object. The disk behind it often still exists.

import { isReservedFor } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import { eventTexts } from '../event-texts.ts';
import { absence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { newestEvent, volumeOfClaim } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const p13Lost = defineRule({
  id: 'P13',
  title: 'Claim that lost its volume',
  severity: 'Critical',
  needs: ['claims', 'volumes'],
  reads: ['events', 'snapshots', 'snapshotContents'],
  page: {
    symptom:
      '"Bound claim has lost its PersistentVolume. Data on the volume is lost!" or "Two claims are bound to the same volume"; the claim is Lost.',
    cause:
      'The PersistentVolume object was deleted, or made again for another claim. That says nothing of the disk: with Retain, or with finalizers removed by hand, it is still there.',
    consequence: 'No new pod can use the claim. Whatever cleans up behind it may delete the disk.',
    remedy:
      'Find the handle of the disk (a backup, the audit log, a snapshot), and make the PersistentVolume again: same name, policy Retain, claimRef with the UID of the claim.',
    wrongMoves: 'Deleting the Lost claim: its UID and volume name are what the disk is found by.',
    sources: [
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/volume/persistentvolume/pv_controller.go',
    ],
  },
  examine: (snapshot) =>
    snapshot.all('claims').flatMap((claim) => {
      const phase = claim.status?.phase;
      if (!claim.spec?.volumeName || (phase !== 'Lost' && phase !== 'Bound')) return [];
      const volume = volumeOfClaim(snapshot, claim);
      const isGone = !volume && snapshot.covers('volumes');
      const isTaken = volume?.spec?.claimRef?.uid !== undefined && !isReservedFor(volume, claim);
      return phase === 'Lost' || isGone || isTaken ? [findingOf(snapshot, claim, volume)] : [];
    }),
});

function findingOf(
  snapshot: Snapshot,
  claim: PersistentVolumeClaim,
  volume: PersistentVolume | undefined,
): FindingDraft {
  const { namespace, name } = claim.metadata;
  const { volumeName = '' } = claim.spec ?? {};
  const { namespace: otherNamespace, name: otherName, uid } = volume?.spec?.claimRef ?? {};
  const event = newestEvent(snapshot.eventsOf(claim), eventTexts.misbound);
  const copy = contentOf(snapshot, claim);
  return {
    subject: refTo(claim),
    related: [volume, copy].flatMap((each) => (each ? [refTo(each)] : [])),
    sentence: volume
      ? `Claim ${name} has lost its volume ${volumeName}, which now belongs to ${otherName ? `the claim ${otherNamespace}/${otherName}` : 'no claim'}.`
      : `Claim ${name} has lost its volume: the object ${volumeName} is gone, though its disk may still exist.`,
    evidence: [
      evidence(claim, 'status.phase', claim.status?.phase),
      ...(volume
        ? [evidence(volume, 'spec.claimRef.uid', uid), evidence(claim, 'metadata.uid', claim.metadata.uid)]
        : [absence('PersistentVolume', 'metadata.name', volumeName)]),
      ...(copy ? [evidence(copy, 'spec.source.volumeHandle', copy.spec.source.volumeHandle)] : []),
      ...(event ? [evidence(event, 'message', event.message)] : []),
    ],
    actions: [
      harmless({
        title: 'Keep what is known of the claim, and look for the handle of its disk',
        why: copy
          ? `A snapshot of it was cut from the disk ${copy.spec.source.volumeHandle} of ${copy.spec.driver}.`
          : 'A backup of the cluster, the audit log or the list of disks of the provider has it.',
        commands: [
          kubectl(['get', 'persistentvolumeclaim', name, '-o', 'yaml'], namespace),
          kubectl(['get', 'volumesnapshots'], namespace),
        ],
      }),
      forExpert({
        title: 'Make the PersistentVolume again for the same disk',
        why: `It needs the name ${volumeName}, the handle of the disk, the policy Retain, and a claimRef with the UID ${claim.metadata.uid}. A wrong handle gives the application another disk.`,
      }),
      wrongMove({
        title: 'Delete the Lost claim',
        why: 'Its UID and the name of its volume are what the disk is found by, and a new claim gets an empty disk.',
      }),
      wrongMoves.deleteBackendDisk,
    ],
  };
}

/** A snapshot's content that was cut from the claim's disk: it remembers the handle. */
function contentOf(snapshot: Snapshot, claim: PersistentVolumeClaim): VolumeSnapshotContent | undefined {
  const { namespace = '', name } = claim.metadata;
  return snapshot
    .all('snapshots')
    .filter(
      ({ metadata, spec }) => metadata.namespace === namespace && spec?.source?.persistentVolumeClaimName === name,
    )
    .map(({ status }) => snapshot.find('snapshotContents', { name: status?.boundVolumeSnapshotContentName ?? '' }))
    .find((content) => content?.spec.source.volumeHandle);
}
