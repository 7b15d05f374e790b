// C04: a disk takes up much more in the backend than its file system holds.

import { bytesToQuantity } from '../../apimachinery/quantity.ts';
import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import type { VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { BackendDisk, VolumeStats } from '../snapshot/types.ts';

/** Twice the data and 10 GiB on top: less is block sizes and journals. */
const factor = 2;
const slackBytes = 10 * 2 ** 30;

export const c04MoreThanData = defineRule({
  id: 'C04',
  title: 'Disk that takes up more than its data',
  severity: 'Medium',
  needs: ['volumeStats', 'disks', 'claims', 'volumes'],
  reads: ['snapshotContents', 'snapshots'],
  page: {
    symptom: 'The backend counts many times what `df` shows in the volume.',
    cause:
      'Snapshots hold what was overwritten since, or the file system never tells the backend what it has freed (no trim).',
    consequence: 'The pool fills up although the applications do not grow.',
    remedy: 'Remove snapshots that are not needed; trim file systems one after the other.',
    wrongMoves: 'Trimming all volumes at once: the backend is busy with it, and the applications wait.',
    sources: ['https://longhorn.io/kb/space-consumption-guideline/'],
  },
  examine: (snapshot) =>
    snapshot.all('volumeStats').flatMap((stats) => {
      const { namespace = '', name } = stats.metadata;
      const claim = snapshot.find('claims', { namespace, name });
      const volume = claim?.spec?.volumeName ? snapshot.find('volumes', { name: claim.spec.volumeName }) : undefined;
      const disk = volume && diskOf(snapshot, volume);
      if (!volume || disk?.usedBytes === undefined || stats.capacityBytes === 0) return [];
      const dataBytes = stats.capacityBytes - stats.availableBytes;
      if (disk.usedBytes <= dataBytes * factor || disk.usedBytes - dataBytes < slackBytes) return [];
      return [findingOf(snapshot, { stats, volume, disk, dataBytes })];
    }),
});

function diskOf(snapshot: Snapshot, { spec }: PersistentVolume): BackendDisk | undefined {
  return snapshot.where('disks', {
    index: 'disksByHandle',
    key: `${spec?.csi?.driver} ${spec?.csi?.volumeHandle}`,
    keysOf: ({ driver, volumeHandle }) => [`${driver} ${volumeHandle}`],
  })[0];
}

interface Excess {
  stats: VolumeStats;
  volume: PersistentVolume;
  disk: BackendDisk;
  dataBytes: number;
}

function findingOf(snapshot: Snapshot, { stats, volume, disk, dataBytes }: Excess): FindingDraft {
  const contents = contentsOf(snapshot, disk);
  const { namespace, name } = stats.metadata;
  const why =
    contents.length > 0
      ? `${contents.length} snapshots of it may hold the rest`
      : 'what was freed was never given back';
  return {
    subject: refTo(volume),
    related: [disk, ...contents].map(refTo),
    sentence: `The disk of claim ${name} takes up ${bytesToQuantity(disk.usedBytes ?? 0)} in the backend, and its files ${bytesToQuantity(dataBytes)}: ${why}.`,
    evidence: [
      evidence(disk, 'usedBytes', disk.usedBytes),
      evidence(stats, 'capacityBytes - availableBytes', dataBytes),
      ...contents.slice(0, 3).map((content) => evidence(content, 'spec.source.volumeHandle', disk.volumeHandle)),
    ],
    actions: [
      harmless({
        title: 'See which snapshots there are, and who needs them',
        why: 'Each holds what was overwritten since it was cut.',
        commands: [kubectl(['get', 'volumesnapshots'], namespace)],
      }),
      forExpert({
        title: 'Remove snapshots that nobody needs, then trim the file system',
        why: 'A snapshot may be the newest good copy, and a trim is load for the backend: one volume at a time.',
      }),
      wrongMove({ title: 'Trim all volumes at once', why: 'The backend is busy with it, and the applications wait.' }),
    ],
  };
}

function contentsOf(snapshot: Snapshot, disk: BackendDisk): readonly VolumeSnapshotContent[] {
  return snapshot.where('snapshotContents', {
    index: 'contentsByHandle',
    key: `${disk.driver} ${disk.volumeHandle}`,
    keysOf: ({ spec }) => [`${spec.driver} ${spec.source.volumeHandle}`],
  });
}
