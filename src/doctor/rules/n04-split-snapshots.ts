// N04: a database keeps data and log on two volumes, and they are copied at different moments.

import { evidence, type FindingDraft, refText, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { type DatabaseCopy, databaseCopies } from '../snapshot/database-copies.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { workloadOf } from '../snapshot/workloads.ts';

// Velero's default. Source: velero docs, volume-group-snapshots.
const defaultGroupLabel = 'velero.io/volume-group';

export const n04SplitSnapshots = defineRule({
  id: 'N04',
  title: 'Volumes of one database are copied apart',
  severity: 'High',
  needs: ['pods', 'claims', 'schedules'],
  reads: ['namespaces', 'replicaSets', 'policyMaps'],
  page: {
    symptom: 'Nothing, until a restored database says that its log does not fit its data.',
    cause:
      'Each claim is copied at a moment of its own. No group snapshot takes them together, and no hook holds the database still.',
    consequence: 'The restored volumes are of different moments, and the database can not recover from them.',
    remedy:
      'One VolumeGroupSnapshot for all claims of the database (GA in 1.36), or a hook that holds it still meanwhile.',
    wrongMoves: 'Putting together volumes of different backups.',
    sources: ['https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/3476-volume-group-snapshot'],
  },
  examine: (snapshot) => {
    const byWorkload = new Map<string, FindingDraft>();
    for (const copy of databaseCopies(snapshot))
      if (isSplit(copy)) byWorkload.set(refText(workloadOf(snapshot, copy.pod)), findingOf(snapshot, copy));
    return [...byWorkload.values()];
  },
});

function groupLabel({ schedule }: DatabaseCopy): string {
  return schedule.spec?.template.volumeGroupSnapshotLabelKey || defaultGroupLabel;
}

function isSplit(copy: DatabaseCopy): boolean {
  const { claims, hooks } = copy;
  if (claims.length < 2) return false;
  // Files and snapshots are hours apart; the hook is over before the last file is read.
  if (new Set(claims.map(({ isByFiles }) => isByFiles)).size > 1) return true;
  if (hooks.length > 0) return false;
  const groups = new Set(claims.map(({ claim }) => claim.metadata.labels?.[groupLabel(copy)]));
  return groups.size > 1 || groups.has(undefined) || claims.some(({ isByFiles }) => isByFiles);
}

function findingOf(snapshot: Snapshot, copy: DatabaseCopy): FindingDraft {
  const { pod, found, schedule, claims } = copy;
  const workload = workloadOf(snapshot, pod);
  const key = groupLabel(copy);
  return {
    subject: workload,
    related: [schedule, ...claims.map(({ claim }) => claim)].map(refTo),
    sentence: `Schedule ${schedule.metadata.name} copies the ${claims.length} volumes of ${found.engine.name} in ${workload.kind} ${workload.name} at different moments.`,
    evidence: [
      evidence(pod, `spec.containers[${found.container.name}].image`, found.container.image),
      ...claims.map(({ claim }) => evidence(claim, `metadata.labels[${key}]`, claim.metadata.labels?.[key])),
      evidence(
        schedule,
        'spec.template.volumeGroupSnapshotLabelKey',
        schedule.spec?.template.volumeGroupSnapshotLabelKey,
      ),
    ],
    actions: [
      harmless({
        title: 'Look whether the driver makes group snapshots',
        why: 'It needs a VolumeGroupSnapshotClass of the driver.',
        commands: [kubectl(['get', 'volumegroupsnapshotclasses'])],
      }),
      forExpert({
        title: 'Put the claims into one group',
        why: 'Velero takes claims with the same value of the label together. Without group snapshots in the driver, the backup fails instead.',
        commands: claims.map(({ claim }) =>
          kubectl(
            ['label', 'persistentvolumeclaim', claim.metadata.name, `${key}=${workload.name}`],
            claim.metadata.namespace,
          ),
        ),
      }),
      wrongMove({
        title: 'Restore data and log from different backups',
        why: 'The log then lacks what the data has, or the other way round.',
      }),
    ],
  };
}
