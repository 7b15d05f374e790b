// L07: a volume that no claim has, or a disk that no volume names.

import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import { absence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, guarded, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { isDetached } from '../safety/hand-over.ts';
import { askedOf } from '../safety/proofs.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { volumesNaming, waitingClaims } from '../snapshot/joins.ts';
import { siftVolumes } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { BackendDisk } from '../snapshot/types.ts';

export const l07WithoutPartner = defineRule({
  id: 'L07',
  title: 'Volume or disk without a partner',
  severity: 'Medium',
  needs: ['volumes', 'claims', 'snapshotContents'],
  reads: ['disks', 'attachments'],
  page: {
    symptom:
      'A PersistentVolume has been Released for weeks, or the provider lists a disk that no PersistentVolume names.',
    cause: 'The volume was kept on purpose (Retain), deleted before its claim (before 1.33), or its clean-up failed.',
    consequence: 'The disk is paid for and not used; or it holds the last copy of data that somebody will look for.',
    remedy: 'Tag the disk, wait, take a snapshot, and delete it only when nobody claims it.',
    wrongMoves: 'Deleting disks at the provider by hand: another cluster may use the same account.',
    sources: ['https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/2644-honor-pv-reclaim-policy'],
  },
  examine: (snapshot, { unusedMs }) => {
    const wanted = new Set(
      waitingClaims(snapshot).flatMap((claim) => [
        claim.spec?.volumeName ?? '',
        ...volumesNaming(snapshot, claim.metadata).map(({ metadata }) => metadata.name),
      ]),
    );
    const left = siftVolumes(snapshot).loose.filter(
      (volume) => isLeft(snapshot, volume, unusedMs) && !wanted.has(volume.metadata.name),
    );
    return [
      ...left.map((volume) => ofVolume(snapshot, volume)),
      ...orphanedDisks(snapshot).map((disk) => ofDisk(snapshot, disk)),
    ];
  },
});

/** Kept since its claim went, for longer than claims may be unused. */
function isLeft(snapshot: Snapshot, { status, spec, metadata }: PersistentVolume, unusedMs: number): boolean {
  if (status?.phase !== 'Released' || spec?.persistentVolumeReclaimPolicy !== 'Retain') return false;
  return !metadata.deletionTimestamp && (snapshot.ageMs(status.lastPhaseTransitionTime) ?? 0) > unusedMs;
}

/** Disks of drivers that this cluster uses, which no volume and no snapshot names. */
function orphanedDisks(snapshot: Snapshot): BackendDisk[] {
  if (!snapshot.covers('disks') || !snapshot.covers('volumes') || !snapshot.covers('snapshotContents')) return [];
  const sources = snapshot.all('volumes').flatMap(({ spec }) => spec?.csi ?? []);
  const drivers = new Set(sources.map(({ driver }) => driver));
  const named = new Set([
    ...sources.map(({ driver, volumeHandle }) => `${driver} ${volumeHandle}`),
    ...snapshot.all('snapshotContents').map(({ spec }) => `${spec.driver} ${spec.source.volumeHandle}`),
  ]);
  return snapshot
    .all('disks')
    .filter(({ driver, volumeHandle }) => drivers.has(driver) && !named.has(`${driver} ${volumeHandle}`));
}

function ofVolume(snapshot: Snapshot, volume: PersistentVolume): FindingDraft {
  const { name } = volume.metadata;
  const { namespace, name: claimName } = volume.spec?.claimRef ?? {};
  return {
    subject: refTo(volume),
    sentence: `The volume ${name} is kept for the claim ${namespace}/${claimName}, which has been gone for weeks, and nobody uses it.`,
    evidence: [
      evidence(volume, 'status.phase', volume.status?.phase),
      evidence(volume, 'status.lastPhaseTransitionTime', volume.status?.lastPhaseTransitionTime),
      evidence(volume, 'spec.persistentVolumeReclaimPolicy', volume.spec?.persistentVolumeReclaimPolicy),
    ],
    actions: [
      harmless({
        title: 'Mark it, and wait for someone to speak up',
        why: 'A label changes nothing, and tells others what is meant to happen.',
        commands: [kubectl(['label', 'persistentvolume', name, 'amarre.io/unused=true'])],
      }),
      guarded(
        {
          title: 'Hand it over for deletion',
          why: 'With the policy Delete the driver removes disk and object together.',
          commands: [
            kubectl([
              'patch',
              'persistentvolume',
              name,
              '-p',
              JSON.stringify({ spec: { persistentVolumeReclaimPolicy: 'Delete' } }),
            ]),
          ],
        },
        [
          askedOf('nobody wants the data', `Ask the owner of the namespace ${namespace}.`),
          askedOf('a copy of it exists, or none is wanted', 'Look at the backups and snapshots of the claim.'),
          isDetached(snapshot, volume),
        ],
      ),
      wrongMoves.deleteBackendDisk,
    ],
  };
}

function ofDisk(snapshot: Snapshot, disk: BackendDisk): FindingDraft {
  const { driver, volumeHandle } = disk;
  return {
    subject: refTo(disk),
    sentence: `The storage of ${driver} has a disk ${volumeHandle} that no volume of this cluster names.`,
    evidence: [
      evidence(disk, 'volumeHandle', volumeHandle),
      absence('PersistentVolume', 'spec.csi.volumeHandle', volumeHandle),
      evidence(disk, 'sizeBytes', disk.sizeBytes),
    ],
    actions: [
      harmless({
        title: 'Tag the disk at the provider, and look for its owner',
        why: 'Another cluster, or a volume whose object is only missing, may be the one.',
        commands: [
          kubectl([
            'get',
            'persistentvolumes',
            '-o',
            'custom-columns=NAME:.metadata.name,HANDLE:.spec.csi.volumeHandle',
          ]),
        ],
      }),
      forExpert({
        title: 'Take a snapshot of the disk at the provider, and delete it after a time of grace',
        why: `It takes rights at the provider, and whoever does it must know all ${snapshot.all('disks').length} disks of the list.`,
      }),
      wrongMoves.deleteBackendDisk,
    ],
  };
}
