// B01: claims of which no copy is made anywhere.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { Schedule } from '../../apis/velero/types.ts';
import { evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { copyNamespace } from '../safety/copy-namespace.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { copiesOfClaims } from '../snapshot/copies.ts';
import { backupsOfSchedule, isToBeCopied, schedulesOfClaim, usesBackups } from '../snapshot/schedules.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const b01NoBackup = defineRule({
  id: 'B01',
  title: 'Claims without any copy',
  severity: 'Critical',
  needs: ['claims', 'backups', 'schedules', 'dataUploads', 'podVolumeBackups'],
  reads: ['pods', 'namespaces', 'policyMaps'],
  lacks: (snapshot) =>
    usesBackups(snapshot)
      ? undefined
      : 'no Backup and no Schedule of velero.io: the doctor knows of no other way to make copies',
  page: {
    symptom: 'Nothing, until the data is needed.',
    cause:
      "The claim's namespace or labels are in no schedule, or it is selected and its data is not taken: snapshots are off, a resource policy skips it, its driver has none, or nobody chose it for a copy of its files.",
    consequence: 'Whatever happens to the volume, its data is gone.',
    remedy:
      'Add the namespace to a schedule, and see that the next backup really holds the data. What needs no copy gets the label velero.io/exclude-from-backup=true.',
    wrongMoves: 'Deleting, moving or repairing anything before there is a copy.',
    sources: ['https://docs.kasten.io/latest/operating/reporting/'],
  },
  examine: (snapshot, { rpoMs }) => {
    const byNamespace = new Map<string, PersistentVolumeClaim[]>();
    if (!usesBackups(snapshot)) return [];
    for (const { claim, backup } of copiesOfClaims(snapshot)) {
      if (backup || !isToBeCopied(snapshot, claim, rpoMs)) continue;
      const { namespace = '' } = claim.metadata;
      const claims = byNamespace.get(namespace) ?? [];
      claims.push(claim);
      byNamespace.set(namespace, claims);
    }
    return [...byNamespace].map(([namespace, claims]) => findingOf(snapshot, namespace, claims));
  },
});

function findingOf(snapshot: Snapshot, namespace: string, claims: readonly PersistentVolumeClaim[]): FindingDraft {
  const subject: ObjectRef = { kind: 'Namespace', name: namespace };
  const schedules = [...new Set(claims.flatMap((claim) => schedulesOfClaim(snapshot, claim)))];
  const count = claims.length === 1 ? `claim ${claims[0]?.metadata.name}` : `${claims.length} claims`;
  return {
    subject,
    related: [...claims, ...schedules].map(refTo),
    sentence:
      schedules.length > 0
        ? `No copy holds the data of ${count} in namespace ${namespace}, although a schedule selects ${claims.length === 1 ? 'it' : 'them'}.`
        : `No schedule and no backup has ${count} in namespace ${namespace}: there is no copy of the data.`,
    evidence: [
      ...claims.slice(0, 5).map((claim) => evidence(claim, 'status.phase', claim.status?.phase)),
      ...(schedules.length > 0 ? schedules : snapshot.all('schedules'))
        .slice(0, 3)
        .map((schedule) =>
          evidence(schedule, 'spec.template.includedNamespaces', schedule.spec?.template.includedNamespaces),
        ),
    ],
    ...(schedules.length > 0 && {
      cause:
        'The claims are selected, but their data is not taken: the backups failed, snapshots are off, a resource policy skips the volumes, or the driver has none and nobody chose a copy of the files.',
    }),
    blames: schedules.flatMap((schedule) => suspects(snapshot, schedule)),
    actions: [
      ...copyNamespace(snapshot, { namespace, hasSchedule: schedules.length > 0 }),
      harmless({
        title: 'Label what needs no copy',
        why: 'Caches and scratch space then no longer count here, nor take part in backups.',
        commands: claims
          .slice(0, 5)
          .map(({ metadata }) =>
            kubectl(['label', 'persistentvolumeclaim', metadata.name, 'velero.io/exclude-from-backup=true'], namespace),
          ),
      }),
      wrongMoves.deleteClaim,
    ],
  };
}

/** Why a schedule makes no copies: its store, its last backup, itself. */
function suspects(snapshot: Snapshot, schedule: Schedule): ObjectRef[] {
  const { namespace = '' } = schedule.metadata;
  const location = schedule.spec?.template.storageLocation;
  return [
    ...(location ? [{ kind: 'BackupStorageLocation', namespace, name: location }] : []),
    ...backupsOfSchedule(snapshot, schedule).slice(0, 1).map(refTo),
    refTo(schedule),
  ];
}
