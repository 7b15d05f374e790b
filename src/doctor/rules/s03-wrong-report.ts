// S03: what a driver reports of its free space is not what the pool behind it has.

import { bytesToQuantity, quantityToNumber } from '../../apimachinery/quantity.ts';
import { requestOf } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { CSIStorageCapacity, StorageClass } from '../../apis/storage/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { capacitiesOfClass, limitOf } from '../snapshot/capacities.ts';
import { csiDriverName } from '../snapshot/in-tree.ts';
import { classOfClaim, waitingClaims } from '../snapshot/joins.ts';
import { freeBytes, poolsOfClass } from '../snapshot/pools.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { StoragePool } from '../snapshot/types.ts';

export const s03WrongReport = defineRule({
  id: 'S03',
  title: 'Capacity reports that do not agree with the pool',
  severity: 'Medium',
  needs: ['claims', 'classes', 'drivers', 'capacities', 'pools'],
  page: {
    symptom:
      '"node(s) did not have enough free storage" although the pool has room; or the scheduler picks a node, and the volume can not be made there.',
    cause: 'The CSIStorageCapacity objects are stale, or count a thin pool in another way than it fills.',
    consequence: 'Pods stay Pending with room to spare, or are sent again and again to where there is none.',
    remedy: 'Let the driver report again (its provisioner does so every minute), or take a version that counts right.',
    wrongMoves:
      'Editing CSIStorageCapacity objects: the provisioner writes them anew, and the scheduler was lied to in between.',
    sources: ['https://github.com/openebs/lvm-localpv/issues/458'],
  },
  examine: (snapshot, { graceMs }) =>
    waitingClaims(snapshot).flatMap((claim) => {
      const storageClass = classOfClaim(snapshot, claim);
      if (!storageClass || claim.spec?.volumeName) return [];
      if ((snapshot.ageMs(claim.metadata.creationTimestamp) ?? 0) <= graceMs) return [];
      const driver = snapshot.find('drivers', { name: csiDriverName(storageClass.provisioner) });
      const pools = poolsOfClass(snapshot, storageClass);
      if (!driver?.spec.storageCapacity || pools.length === 0 || !snapshot.covers('capacities')) return [];
      return findingsOf(snapshot, { claim, storageClass, pools });
    }),
});

interface Situation {
  claim: PersistentVolumeClaim;
  storageClass: StorageClass;
  pools: readonly StoragePool[];
}

function findingsOf(snapshot: Snapshot, situation: Situation): FindingDraft[] {
  const { claim, storageClass, pools } = situation;
  const wanted = quantityToNumber(requestOf(claim));
  const reports = capacitiesOfClass(snapshot, storageClass.metadata.name);
  const largestOf = <T>(items: readonly T[], sizeOf: (item: T) => number): T | undefined =>
    items.toSorted((a, b) => sizeOf(b) - sizeOf(a))[0];
  const report = largestOf(reports, (each) => quantityToNumber(limitOf(each)));
  const pool = largestOf(pools, freeBytes);
  if (!report || !pool) return [];
  const [isReported, isThere] = [quantityToNumber(limitOf(report)) >= wanted, freeBytes(pool) >= wanted];
  // A maximum for one volume is a limit of the backend, whatever is free.
  if (isReported === isThere || (isThere && report.maximumVolumeSize)) return [];
  return [findingOf(situation, { report, pool, isThere })];
}

function findingOf(
  { claim, storageClass }: Situation,
  { report, pool, isThere }: { report: CSIStorageCapacity; pool: StoragePool; isThere: boolean },
): FindingDraft {
  const { name } = claim.metadata;
  const free = bytesToQuantity(Math.max(0, freeBytes(pool)));
  const driver = csiDriverName(storageClass.provisioner);
  return {
    subject: refTo(claim),
    related: [storageClass, report, pool].map(refTo),
    sentence: isThere
      ? `Claim ${name} waits for room, although the pool ${pool.metadata.name} has ${free} free: the driver reports only ${limitOf(report)}.`
      : `Claim ${name} can not get its volume: the driver reports ${limitOf(report)} free, and the pool ${pool.metadata.name} has only ${free}.`,
    evidence: [
      evidence(claim, 'spec.resources.requests.storage', requestOf(claim)),
      evidence(report, 'capacity', report.capacity),
      evidence(pool, 'physicalBytes', pool.physicalBytes),
      evidence(pool, 'usedBytes', pool.usedBytes),
    ],
    blames: [refTo(pool), { kind: 'CSIDriver', name: driver }],
    actions: [
      harmless({
        title: 'See when and by whom the report was written, and which version the driver has',
        why: 'Its provisioner writes the reports anew every minute; if it does not, it does not run.',
        commands: [
          kubectl(
            ['get', 'csistoragecapacity', report.metadata.name, '-o', 'yaml', '--show-managed-fields'],
            report.metadata.namespace,
          ),
          kubectl(['get', 'leases', '--all-namespaces']),
        ],
      }),
      wrongMove({
        title: 'Edit the CSIStorageCapacity objects',
        why: 'The provisioner writes them anew, and until then the scheduler is told something that is not so.',
      }),
    ],
  };
}
