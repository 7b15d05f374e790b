// M03: the check before the mount found errors that it could not mend. The data is damaged, or the disk under it.

import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { VolumeSnapshot } from '../../apis/snapshot/types.ts';
import { eventTexts } from '../event-texts.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, guarded, harmless } from '../safety/actions.ts';
import { create } from '../safety/commands.ts';
import { restoreBeside } from '../safety/restore-beside.ts';
import { readySnapshot, snapshotIsReady, takeSnapshot } from '../safety/snapshot-first.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import type { Settings } from '../settings.ts';
import { claimOfVolume } from '../snapshot/joins.ts';
import { firstSeenMs, type MountFailure, mountFailures, volumesNamedBy } from '../snapshot/mounts.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const m03FileSystemDamaged = defineRule({
  id: 'M03',
  title: 'File system is damaged',
  severity: 'Critical',
  needs: ['pods', 'claims', 'volumes', 'events'],
  reads: ['snapshots', 'backups'],
  page: {
    symptom:
      'The pod stays in ContainerCreating: "\'fsck\' found errors on device … but could not correct them", "UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY".',
    cause:
      'The file system was left torn: two nodes wrote at once, the disk lost writes in a crash, or the storage behind it is failing.',
    consequence: 'The pod does not start. Each further repair on the only copy may throw away more of the data.',
    remedy: 'Take a snapshot, make a clone of it, and let somebody who knows the file system repair the clone offline.',
    wrongMoves:
      'fsck -y, mkfs or xfs_repair -L on the disk itself: they throw away what they do not understand, and there is no way back.',
    sources: [
      'https://longhorn.io/kb/troubleshooting-volume-filesystem-corruption/',
      'https://github.com/kubernetes/mount-utils',
    ],
  },
  examine: (snapshot, settings) => {
    const byVolume = new Map<PersistentVolume, MountFailure>();
    for (const failure of mountFailures(snapshot, eventTexts.fsckFailed))
      for (const volume of volumesNamedBy(snapshot, failure.pod, failure.event.message ?? ''))
        byVolume.set(volume, byVolume.get(volume) ?? failure);
    return [...byVolume].map(([volume, failure]) => findingOf(snapshot, settings, { volume, failure }));
  },
});

function findingOf(
  snapshot: Snapshot,
  settings: Settings,
  { volume, failure }: { volume: PersistentVolume; failure: MountFailure },
): FindingDraft {
  const claim = claimOfVolume(snapshot, volume);
  const { pod, event, facts } = failure;
  const copy = claim && readySnapshot(snapshot, claim, firstSeenMs(event));
  return {
    subject: refTo(volume),
    related: [pod, ...(claim ? [claim] : [])].map(refTo),
    sentence: `The file system on volume ${volume.metadata.name} is damaged, and pod ${pod.metadata.name} can't start on it.`,
    evidence: [
      ...facts,
      evidence(volume, 'spec.csi.volumeHandle', volume.spec?.csi?.volumeHandle),
      evidence(volume, 'spec.csi.fsType', volume.spec?.csi?.fsType),
    ],
    // A disk that is lost or failing, or two writers on it, damage what lies on it.
    blames: [refTo(volume), ...(claim ? [refTo(claim)] : [])],
    actions: [
      ...(claim ? [takeSnapshot(snapshot, claim)] : []),
      ...(claim
        ? [
            guarded(
              {
                title: 'Make a clone to repair',
                why: 'The repair then works on a copy; the disk stays as it is whatever comes of it.',
                commands: copy ? [cloneCommand(volume, claim, copy)] : [],
              },
              [snapshotIsReady(snapshot, claim, firstSeenMs(event))],
            ),
            restoreBeside(snapshot, claim, settings),
          ]
        : []),
      forExpert({
        title: 'Repair the clone offline',
        why: 'Which blocks a repair may drop, only somebody who knows the file system and the application can say.',
      }),
      harmless({
        title: 'Ask the storage whether the disk is healthy',
        why: 'A failing disk damages the file system again after each repair.',
      }),
      wrongMoves.repairFirst,
      wrongMoves.deleteClaim,
    ],
  };
}

function cloneCommand(
  { spec }: PersistentVolume,
  { spec: wanted, metadata: { namespace, name } }: PersistentVolumeClaim,
  copy: VolumeSnapshot,
): string {
  return create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: `${name}-repair`, namespace },
    spec: {
      storageClassName: spec?.storageClassName,
      accessModes: wanted?.accessModes,
      resources: { requests: { storage: spec?.capacity?.['storage'] } },
      dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: copy.metadata.name },
    },
  });
}
