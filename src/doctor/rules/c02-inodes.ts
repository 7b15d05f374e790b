// C02: a volume has bytes free and no inodes, so no file can be made.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { volumeOfClaim } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { VolumeStats } from '../snapshot/types.ts';

export const c02Inodes = defineRule({
  id: 'C02',
  title: 'Volume without inodes',
  severity: 'High',
  needs: ['volumeStats', 'claims'],
  reads: ['volumes'],
  page: {
    symptom: '"no space left on device" although `df -h` shows free space; `df -i` shows 100 %.',
    cause: 'A very large number of small files. ext4 gets its inodes when it is made, in proportion to its size.',
    consequence: 'No file can be made, whatever is free.',
    remedy: 'Let the application remove small files. Growing an ext4 volume adds inodes too; xfs makes them as needed.',
    wrongMoves: 'Removing files by age alone: among them may be data of the application.',
    sources: ['https://github.com/ceph/ceph-csi/pull/3407'],
  },
  examine: (snapshot, { freeShareLow }) =>
    snapshot.all('volumeStats').flatMap((stats) => {
      const { inodes = 0, inodesFree = 0 } = stats;
      // Some file systems count none, as CephFS.
      if (inodes === 0 || inodesFree / inodes >= freeShareLow) return [];
      const { namespace = '', name } = stats.metadata;
      const claim = snapshot.find('claims', { namespace, name });
      if (!claim || claim.spec?.accessModes?.every((mode) => mode === 'ReadOnlyMany')) return [];
      return [findingOf(snapshot, stats, claim)];
    }),
});

function findingOf(snapshot: Snapshot, stats: VolumeStats, claim: PersistentVolumeClaim): FindingDraft {
  const { namespace, name } = claim.metadata;
  const volume = volumeOfClaim(snapshot, claim);
  const { inodes = 0, inodesFree = 0 } = stats;
  return {
    subject: refTo(claim),
    related: [{ kind: 'Pod', ...(namespace && { namespace }), name: stats.podName }],
    sentence: `The volume of claim ${name} holds so many files that ${inodesFree === 0 ? 'it can take no more' : `it can take only ${inodesFree} more`}, though ${Math.round((100 * stats.availableBytes) / stats.capacityBytes)} % of its space is free.`,
    evidence: [
      evidence(stats, 'inodesFree', inodesFree),
      evidence(stats, 'inodes', inodes),
      evidence(stats, 'availableBytes', stats.availableBytes),
      ...(volume?.spec?.csi?.fsType ? [evidence(volume, 'spec.csi.fsType', volume.spec.csi.fsType)] : []),
    ],
    severity: inodesFree === 0 ? 'Critical' : 'High',
    actions: [
      harmless({
        title: 'Find the folder with the most files',
        why: 'Counting changes nothing. Sessions, caches and mail are the usual ones.',
        commands: [kubectl(['exec', stats.podName, '--', 'df', '-i'], namespace)],
      }),
      forExpert({
        title: 'Remove small files by the means of the application',
        why: 'Which of them may go, only the application knows.',
      }),
      wrongMove({
        title: 'Remove files by age alone',
        why: 'Old files may be data that is read once a year.',
      }),
    ],
  };
}
