// How does a schedule copy the volumes of a database?

import { claimKeysOf } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import type { Schedule } from '../../apis/velero/types.ts';
import type { EngineContainer } from './engines.ts';
import { claimsOfPod } from './joins.ts';
import { isActive, isCopiedByFiles, isLeftOut, preHooks, schedulesOfClaim } from './schedules.ts';
import { siftPods } from './sift.ts';
import type { Snapshot } from './snapshot.ts';
import { policyAction } from './volume-policies.ts';
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

// Backup mode of PostgreSQL ends with the session that began it; a hook's session ends with the hook.
export const startsBackupMode = /pg_(backup_start|start_backup)/;

/** One for each running pod of a database whose copies by an active schedule may not fit together. */
export function databaseCopies(snapshot: Snapshot): readonly DatabaseCopy[] {
  return snapshot.remember('databaseCopies', () => {
    if (!snapshot.all('schedules').some(isActive)) return [];
    return siftPods(snapshot).databases.flatMap(({ pod, found }) => copiesOf(snapshot, pod, found));
  });
}

function copiesOf(snapshot: Snapshot, pod: Pod, found: EngineContainer): DatabaseCopy[] {
  const claimsCount = claimKeysOf(pod).length;
  if (claimsCount === 0 || (claimsCount === 1 && isQuiesced(pod))) return [];
  const wanted = claimsOfPod(snapshot, pod)
    .filter((claim) => !isLeftOut(snapshot, claim) && !isReadOnlyIn(pod, claim))
    .map((claim) => ({ claim, schedules: schedulesOfClaim(snapshot, claim) }));
  const schedule = wanted.find(({ schedules }) => schedules.length > 0)?.schedules[0];
  if (!schedule) return [];
  const template = schedule.spec?.template ?? {};
  const claims = wanted
    .filter(({ schedules }) => schedules.includes(schedule))
    .flatMap(({ claim }) => wayOf(snapshot, { schedule, pod, claim }) ?? []);
  return claims.length === 0 ? [] : [{ pod, found, schedule, claims, hooks: preHooks(template, pod) }];
}

/** By files or by a snapshot; undefined if the schedule takes no copy of the claim, or nobody can say whether it does. */
function wayOf(
  snapshot: Snapshot,
  { schedule, pod, claim }: { schedule: Schedule; pod: Pod; claim: PersistentVolumeClaim },
): DatabaseCopy['claims'][number] | undefined {
  const template = schedule.spec?.template ?? {};
  const action = policyAction(snapshot, schedule, claim);
  if (action === 'fs-backup') return { claim, isByFiles: true };
  if (action === 'snapshot') return { claim, isByFiles: false };
  if (action !== 'none') return undefined;
  const isByFiles = isCopiedByFiles(template, pod, volumeName(pod, claim));
  return isByFiles || template.snapshotVolumes !== false ? { claim, isByFiles } : undefined;
}

/** With one volume and a hook of its own that is not the start of a backup mode, nothing about it is in question. */
function isQuiesced(pod: Pod): boolean {
  const [hook] = preHooks({}, pod);
  return hook !== undefined && !startsBackupMode.test(hook);
}

function volumeName(pod: Pod, claim: PersistentVolumeClaim): string {
  const volumes = pod.spec?.volumes ?? [];
  return volumes.find(({ persistentVolumeClaim: source }) => source?.claimName === claim.metadata.name)?.name ?? '';
}
