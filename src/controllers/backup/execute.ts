// How is a step of a backup carried out?

import type { Resource } from '../../apimachinery/meta.ts';
import { volumeSnapshots } from '../../apis/snapshot/types.ts';
import { backups, dataUploads } from '../../apis/velero/resources.ts';
import { type Backup, type BackupStatus, veleroKeys } from '../../apis/velero/types.ts';
import { collectItems } from '../../backup/collect.ts';
import { folderOf, type OpenStore } from '../../backup/location.ts';
import { type ObjectStore, ObjectStoreError } from '../../backup/object-store.ts';
import {
  type BackupProgress,
  backupFinalizer,
  progressAnnotation,
  progressOf,
  type QuiesceRecord,
  quiesceAnnotation,
} from '../../backup/progress.ts';
import { TarballError } from '../../backup/tarball.ts';
import { epochMsOf, rfc3339, rfc3339Micro } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { type Changes, deleteSeen, patchSeen, withoutFinalizer } from '../../client/write-seen.ts';
import { recordFailure, stageItems, storeBackup } from './finish.ts';
import { runPostHooks } from './hooks.ts';
import { planBackup } from './plan.ts';
import { type GroupOutcome, type QuiesceEdge, quiesceGroup } from './quiesce.ts';
import type { Step } from './reconcile.ts';
import { startOf } from './start.ts';
import { uploadDraft } from './upload-draft.ts';
import { type BackupCaches, locationOf, snapshotsOf, uploadsOf } from './view.ts';

export interface BackupEdge extends QuiesceEdge {
  client: Client;
  caches: BackupCaches;
  recorder: Recorder;
  random: Random;
  openStore: OpenStore;
  /** The resources that a backup looks through. */
  resources: (signal: AbortSignal) => Promise<Resource[]>;
}

interface Run {
  backup: Backup;
  edge: BackupEdge;
}

const now: Outcome = { requeue: 'now' };
const never: Outcome = { requeue: 'never' };
/** How long a thaw is tried, in milliseconds, before the backup goes on and reports that it failed. */
const thawLimitMs = 600_000;

/** Carries out one step. Rejects as Client does; a store that refuses ends the backup. */
export async function executeStep(step: Step, run: Run, signal: AbortSignal): Promise<Outcome> {
  switch (step.type) {
    case 'Settled':
    case 'Wait':
      return never;
    case 'RejectInvalid':
      return reject(run, step.errors, signal);
    case 'Queue':
      return patch(run, { status: { phase: 'Queued' } }, signal);
    case 'Start':
      return patch(run, startOf(run.backup, locationOf(run.backup, run.edge.caches), run.edge.clock.now()), signal);
    case 'Thaw':
      return thaw(run, signal);
    case 'DeleteSnapshots':
      await Promise.all(
        snapshotsOf(run.backup, run.edge.caches)
          .filter((snapshot) => !snapshot.metadata.deletionTimestamp)
          .map((seen) => deleteSeen(run.edge.client, { resource: volumeSnapshots, seen }, signal)),
      );
      // Their deletion wakes this backup again.
      return never;
    case 'DeleteUploads':
      await Promise.all(
        uploadsOf(run.backup, run.edge.caches)
          .filter((upload) => !upload.metadata.deletionTimestamp)
          .map((seen) => deleteSeen(run.edge.client, { resource: dataUploads, seen }, signal)),
      );
      return never;
    case 'Quiesce':
      return quiesce(run, step.attempt, signal);
    case 'GiveUp':
      return saveProgress(run, { failure: step.message }, signal);
    case 'Stage':
      return endingOnRefusal(run, (store) => stage(run, store, signal), signal);
    case 'CreateUploads':
      return createUploads(run, signal);
    case 'Finalize':
      return patch(run, { status: { phase: 'Finalizing' } }, signal);
    case 'Complete':
      return endingOnRefusal(run, (store) => complete(run, store, signal), signal);
    case 'Fail':
      return fail(run, step.message, signal);
    case 'RemoveFinalizer':
      return patch(run, { metadata: { finalizers: withoutFinalizer(run.backup, backupFinalizer) } }, signal);
    default:
      return step satisfies never;
  }
}

async function patch({ backup, edge }: Run, changes: Changes, signal: AbortSignal): Promise<Outcome> {
  await patchSeen(edge.client, { resource: backups, seen: backup, changes }, signal);
  return now;
}

async function saveProgress(run: Run, changes: Partial<BackupProgress>, signal: AbortSignal): Promise<Outcome> {
  return patch(run, progressChange({ ...progressOf(run.backup), ...changes }), signal);
}

function progressChange(progress: BackupProgress): Changes {
  return { metadata: { annotations: { [progressAnnotation]: JSON.stringify(progress) } } };
}

async function reject(run: Run, errors: string[], signal: AbortSignal): Promise<Outcome> {
  await patch(run, { status: { phase: 'FailedValidation', validationErrors: errors } }, signal);
  run.edge.recorder.event(run.backup, { type: 'Warning', reason: 'FailedValidation', message: errors.join('; ') });
  return never;
}

async function quiesce(run: Run, attempt: number, signal: AbortSignal): Promise<Outcome> {
  const { edge } = run;
  const plan = await planBackup(run.backup, edge, signal);
  if (plan.errors.length > 0) return saveProgress(run, { failure: plan.errors.join('; ') }, signal);
  let { backup } = run;
  let progress: BackupProgress = {
    ...progressOf(backup),
    attempt,
    volumes: [],
    errors: [],
    hooksAttempted: 0,
    hooksFailed: 0,
    warnings: plan.warnings,
  };
  let records: QuiesceRecord[] = [];
  const save = async (): Promise<void> => {
    const annotations = {
      [progressAnnotation]: JSON.stringify(progress),
      [quiesceAnnotation]: JSON.stringify(records),
    };
    backup = await patchSeen(
      edge.client,
      { resource: backups, seen: backup, changes: { metadata: { annotations } } },
      signal,
    );
  };
  for (const group of plan.groups) {
    progress = { ...progress, frozen: group.pods, frozenSince: rfc3339Micro(edge.clock.now()) };
    await save();
    const outcome = await quiesceGroup({ backup, group, attempt, edge }, signal);
    progress = withOutcome(progress, outcome);
    records = [...records, ...outcome.records];
    await save();
    if (outcome.hookFailure !== undefined || outcome.attemptFailure !== undefined) return now;
  }
  progress = { ...progress, isCut: true };
  await save();
  return now;
}

function withOutcome(progress: BackupProgress, outcome: GroupOutcome): BackupProgress {
  return {
    ...progress,
    frozen: outcome.frozen,
    volumes: [...progress.volumes, ...outcome.volumes],
    hooksAttempted: progress.hooksAttempted + outcome.hooksAttempted,
    hooksFailed: progress.hooksFailed + outcome.hooksFailed,
    errors: [...progress.errors, ...outcome.problems],
    ...(outcome.hookFailure !== undefined && { failure: outcome.hookFailure }),
    ...(outcome.attemptFailure !== undefined && { lastError: outcome.attemptFailure }),
  };
}

/** Thaws what a crash or an outage left quiesced. Goes on trying while the pods run, up to a limit. */
async function thaw(run: Run, signal: AbortSignal): Promise<Outcome> {
  const { backup, edge } = run;
  const progress = progressOf(backup);
  const outcomes = await Promise.all(progress.frozen.map((pod) => runPostHooks(pod, edge, signal)));
  const frozen = progress.frozen.filter((_, index) => outcomes[index]?.isStillFrozen);
  const problems = outcomes.flatMap((outcome) => outcome.problems);
  const since = progress.frozenSince ? epochMsOf(progress.frozenSince) : edge.clock.now();
  if (frozen.length > 0 && edge.clock.now() - since < thawLimitMs) {
    const message = problems.map((problem) => problem.message).join('; ');
    edge.recorder.event(backup, { type: 'Warning', reason: 'ThawFailed', message });
    if (frozen.length < progress.frozen.length) await saveProgress(run, { frozen }, signal);
    return { requeue: 'after', delayMs: 1000 };
  }
  return saveProgress(run, { frozen: [], errors: [...progress.errors, ...problems] }, signal);
}

async function stage(run: Run, store: ObjectStore, signal: AbortSignal): Promise<Outcome> {
  const { backup, edge } = run;
  const stagedAt = rfc3339(edge.clock.now());
  const items = await collectItems(
    {
      client: edge.client,
      resources: await edge.resources(signal),
      spec: backup.spec ?? {},
      isForeign: ({ metadata }) => metadata.labels?.[veleroKeys.backupUid] === backup.metadata.uid,
    },
    signal,
  );
  await stageItems({ backup, items, store }, signal);
  const changes = progressChange({ ...progressOf(backup), isStaged: true, stagedAt, totalItems: items.length });
  return patch(
    run,
    { ...changes, status: { progress: { totalItems: items.length, itemsBackedUp: items.length } } },
    signal,
  );
}

async function createUploads({ backup, edge }: Run, signal: AbortSignal): Promise<Outcome> {
  const existing = new Set(uploadsOf(backup, edge.caches).map((upload) => upload.metadata.name));
  for (const volume of progressOf(backup).volumes) {
    const draft = uploadDraft(backup, volume);
    if (!existing.has(draft.metadata.name ?? '')) await edge.client.create(dataUploads, draft, signal);
  }
  return now;
}

async function complete(run: Run, store: ObjectStore, signal: AbortSignal): Promise<Outcome> {
  const { backup, edge } = run;
  const progress = progressOf(backup);
  const uploads = uploadsOf(backup, edge.caches);
  const status = await storeBackup({ backup, progress, uploads, store, now: rfc3339(edge.clock.now()) }, signal);
  const metadata = {
    annotations: { [progressAnnotation]: null },
    finalizers: withoutFinalizer(backup, backupFinalizer),
  };
  return patch(run, { metadata, status: { ...status } }, signal);
}

async function fail(run: Run, message: string, signal: AbortSignal): Promise<Outcome> {
  const { backup, edge } = run;
  const location = locationOf(backup, edge.caches);
  const folder = location ? folderOf(location) : { error: 'the location is gone' };
  if ('path' in folder) {
    const record = {
      backup,
      progress: progressOf(backup),
      uploads: uploadsOf(backup, edge.caches),
      store: edge.openStore(folder.path),
      now: rfc3339(edge.clock.now()),
      message,
    };
    await recordFailure(record, signal).catch((error: unknown) => {
      if (!(error instanceof ObjectStoreError)) throw error;
      edge.recorder.event(backup, { type: 'Warning', reason: 'DiscardFailed', message: error.message });
    });
  }
  const { errors, warnings, hooksAttempted, hooksFailed } = progressOf(backup);
  const status: BackupStatus = {
    phase: 'Failed',
    failureReason: message,
    completionTimestamp: rfc3339(edge.clock.now()),
    errors: Math.max(1, errors.length),
    warnings: warnings.length,
    hookStatus: { hooksAttempted, hooksFailed },
  };
  const metadata = {
    annotations: { [progressAnnotation]: null },
    finalizers: withoutFinalizer(backup, backupFinalizer),
  };
  await patch(run, { metadata, status: { ...status } }, signal);
  edge.recorder.event(backup, { type: 'Warning', reason: 'BackupFailed', message });
  return now;
}

/** Runs work on the backup's store. A store that refuses, or damages what it holds, is a reason for the backup to fail, not to try for ever. */
async function endingOnRefusal(
  run: Run,
  work: (store: ObjectStore) => Promise<Outcome>,
  signal: AbortSignal,
): Promise<Outcome> {
  const location = locationOf(run.backup, run.edge.caches);
  const folder = location
    ? folderOf(location)
    : { error: `backup storage location "${run.backup.spec?.storageLocation}" is gone` };
  if ('error' in folder) return saveProgress(run, { failure: folder.error }, signal);
  try {
    return await work(run.edge.openStore(folder.path));
  } catch (error) {
    if (!(error instanceof ObjectStoreError || error instanceof TarballError)) throw error;
    return saveProgress(run, { failure: error.message }, signal);
  }
}
