// Which change wakes which schedule? Makes a backup from each schedule's template when its time has come.

import { keyOf } from '../../apimachinery/meta.ts';
import { backups, schedules } from '../../apis/velero/resources.ts';
import { type Backup, type Schedule, veleroKeys } from '../../apis/velero/types.ts';
import { parseCron } from '../../backup/cron.ts';
import { hasBackupEnded } from '../../backup/phase.ts';
import { labelValueOf } from '../../backup/rewrite.ts';
import { epochMsOf, rfc3339 } from '../../base/clock.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { type Changes, patchSeen } from '../../client/write-seen.ts';
import { backupDraft, scheduledAtAnnotation } from './draft.ts';
import { reconcileSchedule, type ScheduleView, type Step } from './reconcile.ts';

/** Serves Schedules. */
export function backupScheduleController(deps: ControllerDeps): Controller {
  const { client, clock } = deps;
  const all = deps.informers.of(schedules);
  const made = deps.informers.of(backups);
  const execute = async (step: Step, seen: Schedule, signal: AbortSignal): Promise<Outcome> => {
    const patch = async (changes: Changes): Promise<Outcome> => {
      await patchSeen(client, { resource: schedules, seen, changes }, signal);
      return { requeue: 'now' };
    };
    const nowMs = clock.now();
    switch (step.type) {
      case 'Settled':
        return { requeue: 'never' };
      case 'Wait':
        return { requeue: 'after', delayMs: step.retryAfterMs };
      case 'Skip':
        return patch({ spec: { skipImmediately: false }, status: { lastSkipped: rfc3339(nowMs) } });
      case 'SetPhase': {
        const validationErrors = step.errors.length > 0 ? step.errors : null;
        return patch({ status: { phase: step.phase, validationErrors } });
      }
      case 'Record':
        return patch({ status: { lastBackup: rfc3339(step.atMs) } });
      case 'Run':
        await client.create(backups, backupDraft(seen, nowMs), signal);
        // The backup itself says when it was made; the next pass notes it.
        return { requeue: 'now' };
      default:
        return step satisfies never;
    }
  };
  return keyedController(
    {
      name: 'backup-schedule',
      watch: (enqueue) => {
        all.onChange(({ object }) => enqueue(keyOf(object)));
        made.onChange(({ object }) => {
          const name = object.metadata.labels?.[veleroKeys.scheduleName];
          if (name)
            for (const each of all.list(object.metadata.namespace)) if (isMadeBy(each, object)) enqueue(keyOf(each));
        });
      },
      reconcileKey: async (key, signal) => {
        const schedule = all.get(key);
        if (!schedule) return { requeue: 'never' };
        const ours = made.list(schedule.metadata.namespace).filter((backup) => isMadeBy(schedule, backup));
        return execute(reconcileSchedule(scheduleView(schedule, ours, clock.now())), schedule, signal);
      },
    },
    deps,
  );
}

function isMadeBy({ metadata }: Schedule, backup: Backup): boolean {
  return backup.metadata.labels?.[veleroKeys.scheduleName] === labelValueOf(metadata.name);
}

/** What decides about a schedule whose backups are `made`. */
function scheduleView({ metadata, spec, status }: Schedule, made: Backup[], nowMs: number): ScheduleView {
  const msOf = (time: string | null | undefined): number | undefined => (time ? epochMsOf(time) : undefined);
  const text = spec?.schedule ?? '';
  const parsed = text ? parseCron(text) : { error: '' };
  const errors = 'error' in parsed ? [wordsOf(parsed.error)] : [];
  const recordedRunMs = msOf(status?.lastBackup);
  const runs = made.flatMap((backup) => msOf(backup.metadata.annotations?.[scheduledAtAnnotation]) ?? []);
  const createdMs = epochMsOf(metadata.creationTimestamp);
  // Those that a schedule of that name made before, or that came back from the store, are no runs of this one.
  const newestRunMs = runs.filter((ms) => ms >= createdMs && ms <= nowMs).sort((a, b) => b - a)[0];
  const sinceMs = Math.max(recordedRunMs ?? createdMs, newestRunMs ?? 0, msOf(status?.lastSkipped) ?? 0);
  return {
    isDeleting: metadata.deletionTimestamp !== undefined,
    isPaused: spec?.paused === true,
    phase: status?.phase,
    recordedErrors: status?.validationErrors ?? [],
    errors,
    skipImmediately: spec?.skipImmediately === true,
    nowMs,
    recordedRunMs,
    newestRunMs,
    dueMs: 'schedule' in parsed ? parsed.schedule.next(sinceMs) : undefined,
    isRunning: made.some((backup) => !hasBackupEnded(backup.status?.phase)),
  };
}

function wordsOf(error: string): string {
  return error ? `invalid schedule: ${error}` : 'Schedule must be a non-empty valid Cron expression';
}
