// C03: a pool of the storage backend is almost full, in data or in metadata. All its volumes fail at once.

import { bytesToQuantity } from '../../apimachinery/quantity.ts';
import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { driverOfVolume } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { StoragePool } from '../snapshot/types.ts';

export const c03PoolFull = defineRule({
  id: 'C03',
  title: 'Storage pool that is almost full',
  severity: 'Critical',
  needs: ['pools', 'volumes'],
  page: {
    symptom: 'Many volumes turn read-only or fail at the same time.',
    cause: 'A thin pool has promised more than it has, and its data space, or the space for its metadata, is used up.',
    consequence:
      'Writes of every volume in the pool fail at once; a pool whose metadata is full may need repair offline.',
    remedy: 'Add capacity to the pool first. Then look for what can be removed.',
    wrongMoves: 'Deleting many snapshots at once: it needs metadata space itself, and the pool may stop in the middle.',
    sources: ['https://github.com/harvester/harvester/issues/11332'],
  },
  examine: (snapshot, { poolFullShare }) =>
    snapshot.all('pools').flatMap((pool) => {
      const { physicalBytes, usedBytes, metadataUsedShare = 0 } = pool;
      const isDataFull = physicalBytes > 0 && usedBytes / physicalBytes >= poolFullShare;
      const isMetadataFull = metadataUsedShare >= poolFullShare;
      return isDataFull || isMetadataFull ? [findingOf(snapshot, pool, { isMetadataFull })] : [];
    }),
});

function findingOf(
  snapshot: Snapshot,
  pool: StoragePool,
  { isMetadataFull }: { isMetadataFull: boolean },
): FindingDraft {
  const { physicalBytes, usedBytes, provisionedBytes, metadataUsedShare } = pool;
  const volumes = volumesOf(snapshot, pool);
  const percent = (share: number): number => Math.floor(share * 100);
  const what = isMetadataFull
    ? `The metadata of the pool ${pool.metadata.name} is ${percent(metadataUsedShare ?? 0)} % full`
    : `The pool ${pool.metadata.name} is ${percent(usedBytes / physicalBytes)} % full`;
  return {
    subject: refTo(pool),
    related: volumes.slice(0, 10).map(refTo),
    sentence: `${what}; once it is, all ${volumes.length} volumes in it fail together.`,
    evidence: [
      evidence(pool, 'usedBytes', usedBytes),
      evidence(pool, 'physicalBytes', physicalBytes),
      ...(metadataUsedShare === undefined ? [] : [evidence(pool, 'metadataUsedShare', metadataUsedShare)]),
      ...(provisionedBytes === undefined
        ? []
        : [
            evidence(
              pool,
              'provisionedBytes',
              `${provisionedBytes}, ${(provisionedBytes / physicalBytes).toFixed(1)} times what there is`,
            ),
          ]),
    ],
    actions: [
      harmless({
        title: 'Add capacity to the pool first',
        why: `${bytesToQuantity(Math.max(0, physicalBytes - usedBytes))} are left. Adding takes nothing from anyone.`,
        commands: [kubectl(['get', 'persistentvolumes', '--sort-by=.spec.capacity.storage'])],
      }),
      forExpert({
        title: 'Remove snapshots one by one, and watch the pool after each',
        why: 'Space comes back late, and removing needs metadata space itself.',
      }),
      wrongMove({
        title: 'Delete many snapshots at once',
        why: 'It needs metadata space, the pool may stop in the middle, and the copies are gone when they are needed most.',
      }),
    ],
  };
}

function volumesOf(snapshot: Snapshot, { driver, classNames }: StoragePool): PersistentVolume[] {
  return snapshot
    .where('volumes', { index: 'volumesByDriver', key: driver, keysOf: (volume) => [driverOfVolume(volume) ?? ''] })
    .filter(({ spec }) => classNames === undefined || classNames.includes(spec?.storageClassName ?? ''));
}
