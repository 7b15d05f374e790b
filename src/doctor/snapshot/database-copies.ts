// How does a schedule copy the volumes of a database?

import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import type { Schedule } from '../../apis/velero/types.ts';
import { type EngineContainer, engineOf } from './engines.ts';
import { claimsOfPod } from './joins.ts';
import { isActive, isCopiedByFiles, isLeftOut, preHooks, schedulesOfClaim } from './schedules.ts';
import type { Snapshot } from './snapshot.ts';
import { isReadOnlyIn } from './writers.ts';

export interface DatabaseCopy {
  pod: Pod;
  found: EngineContainer;
  schedule: Schedule;
  /** That the database writes to and the schedule selects. */
  claims: { claim: PersistentVolumeClaim; isByFiles: boolean }[];
  /** Commands before the copy. */
  hooks: string[];
}

/** One for each running pod of a database that an active schedule selects claims of. */
export function databaseCopies(snapshot: Snapshot): readonly DatabaseCopy[] {
  return snapshot.remember('databaseCopies', () => {
    if (!snapshot.all('schedules').some(isActive)) return [];
    return snapshot.all('pods').flatMap((pod) => {
      const found = pod.status?.phase === 'Running' ? engineOf(pod) : undefined;
      return found ? copiesOf(snapshot, pod, found) : [];
    });
  });
}

function copiesOf(snapshot: Snapshot, pod: Pod, found: EngineContainer): DatabaseCopy[] {
  const claims = claimsOfPod(snapshot, pod).filter((claim) => !isLeftOut(snapshot, claim) && !isReadOnlyIn(pod, claim));
  const schedule = claims.flatMap((claim) => schedulesOfClaim(snapshot, claim))[0];
  if (!schedule) return [];
  const template = schedule.spec?.template ?? {};
  const selected = claims
    .filter((claim) => schedulesOfClaim(snapshot, claim).includes(schedule))
    .map((claim) => ({ claim, isByFiles: isCopiedByFiles(template, pod, volumeName(pod, claim)) }))
    .filter(({ isByFiles }) => isByFiles || template.snapshotVolumes !== false);
  return selected.length === 0 ? [] : [{ pod, found, schedule, claims: selected, hooks: preHooks(template, pod) }];
}

function volumeName(pod: Pod, claim: PersistentVolumeClaim): string {
  const volumes = pod.spec?.volumes ?? [];
  return volumes.find(({ persistentVolumeClaim: source }) => source?.claimName === claim.metadata.name)?.name ?? '';
}
