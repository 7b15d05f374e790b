// Which backup does a run of a schedule make? Pure. Source: Velero's BackupBuilder.FromSchedule.

import type { Draft } from '../../apimachinery/meta.ts';
import { type Backup, type Schedule, veleroKeys } from '../../apis/velero/types.ts';
import { labelValueOf } from '../../backup/rewrite.ts';
import { rfc3339 } from '../../base/clock.ts';

/** On a backup that a schedule made: when, RFC 3339. What a user makes from a schedule has none. */
export const scheduledAtAnnotation = 'amarre.io/scheduled-at';

/** The backup of the run at `nowMs`: `<schedule>-20260131030000`, in UTC. */
export function backupDraft({ metadata, spec }: Schedule, nowMs: number): Draft<Backup> {
  const { name, namespace = '', uid, annotations } = metadata;
  const time = rfc3339(nowMs);
  const owner = { apiVersion: 'velero.io/v1', kind: 'Schedule', name, uid, controller: true };
  return {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: {
      name: `${name}-${time.replaceAll(/\D/g, '')}`,
      namespace,
      labels: {
        ...(spec?.template.metadata?.labels ?? metadata.labels),
        [veleroKeys.scheduleName]: labelValueOf(name),
      },
      annotations: { ...annotations, [scheduledAtAnnotation]: time },
      ...(spec?.useOwnerReferencesInBackup && { ownerReferences: [owner] }),
    },
    spec: spec?.template ?? {},
  };
}
