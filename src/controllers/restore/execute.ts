// How is a step of a restore carried out?

import type { Resource } from '../../apimachinery/meta.ts';
import { groupResourceOf } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import { namespaces, persistentVolumeClaims } from '../../apis/resources.ts';
import { dataDownloads, restores } from '../../apis/velero/resources.ts';
import type { Restore } from '../../apis/velero/types.ts';
import type { Problem } from '../../backup/documents.ts';
import { goDurationOr } from '../../backup/duration.ts';
import type { BackupItem } from '../../backup/items.ts';
import { folderOf, type OpenStore } from '../../backup/location.ts';
import { isWorkload, type RestorePlan } from '../../backup/restore-plan.ts';
import { mappedNamespace, rewriteForRestore, withRoomForData } from '../../backup/rewrite.ts';
import type { Clock } from '../../base/clock.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { type Changes, patchSeen } from '../../client/write-seen.ts';
import { type Applied, applyItem } from './apply.ts';
import { readContents } from './contents.ts';
import { downloadDraft } from './download-draft.ts';
import { progressAnnotation } from './progress.ts';
import type { Step } from './reconcile.ts';
import { recordFailedRestore, recordRestore } from './record.ts';
import { backupOf, downloadsOf, locationOf, type RestoreCaches } from './view.ts';

export interface RestoreEdge {
  client: Client;
  clock: Clock;
  recorder: Recorder;
  caches: RestoreCaches;
  openStore: OpenStore;
  /** Every resource that the server has. */
  resources: (signal: AbortSignal) => Promise<Resource[]>;
}

interface Run {
  restore: Restore;
  edge: RestoreEdge;
}

/** What became of one item. */
export interface AppliedItem extends Applied {
  item: BackupItem;
}

const now: Outcome = { requeue: 'now' };
const never: Outcome = { requeue: 'never' };
/** A namespace that is being deleted gives no sign when it is gone that this controller hears. */
const terminatingPollMs = 200;
/** Objects of one resource that are created at once. */
const createsAtOnce = 16;

/** Carries out one step. Rejects as Client does. */
export async function executeStep(step: Step, run: Run, signal: AbortSignal): Promise<Outcome> {
  const { restore, edge } = run;
  const time = rfc3339(edge.clock.now());
  switch (step.type) {
    case 'Settled':
    case 'Wait':
      return never;
    case 'RejectInvalid':
      edge.recorder.event(restore, { type: 'Warning', reason: 'FailedValidation', message: step.errors.join('; ') });
      return patch(run, { status: { phase: 'FailedValidation', validationErrors: step.errors } }, signal);
    case 'Start': {
      const backupName = backupOf(restore, edge.caches)?.metadata.name ?? '';
      // The velero command sends "0s" for what nobody asked for.
      const given = restore.spec?.itemOperationTimeout;
      const itemOperationTimeout = given && goDurationOr(given, 0) > 0 ? given : '4h0m0s';
      return patch(
        run,
        { spec: { backupName, itemOperationTimeout }, status: { phase: 'InProgress', startTimestamp: time } },
        signal,
      );
    }
    case 'RestoreFoundation':
      return restoreFoundation(run, signal);
    case 'RestoreRest':
      return restoreRest(run, signal);
    case 'Fail':
      await recordFailure(run, step.message, signal);
      edge.recorder.event(restore, { type: 'Warning', reason: 'RestoreFailed', message: step.message });
      return patch(
        run,
        { status: { phase: 'Failed', failureReason: step.message, completionTimestamp: time, errors: 1 } },
        signal,
      );
    default:
      return step satisfies never;
  }
}

async function patch({ restore, edge }: Run, changes: Changes, signal: AbortSignal): Promise<Outcome> {
  await patchSeen(edge.client, { resource: restores, seen: restore, changes }, signal);
  return now;
}

async function recordFailure({ restore, edge }: Run, message: string, signal: AbortSignal): Promise<void> {
  const backup = backupOf(restore, edge.caches);
  const location = backup && locationOf(backup, edge.caches);
  const folder = location && folderOf(location);
  if (!folder || 'error' in folder) return;
  const store = edge.openStore(folder.path);
  await recordFailedRestore({ restore, store, now: rfc3339(edge.clock.now()), message }, signal);
}

async function restoreFoundation(run: Run, signal: AbortSignal): Promise<Outcome> {
  const { restore, edge } = run;
  const contents = await readContents(restore, edge, signal);
  if ('failure' in contents) return saveProgress(run, { hasFoundation: false, failure: contents.failure }, signal);
  const { plan } = contents;
  if (await isAnyTerminating(run, plan, signal)) return { requeue: 'after', delayMs: terminatingPollMs };
  const applied = await applyAll(
    run,
    { items: plan.foundation, plan, backupName: contents.backup.metadata.name },
    signal,
  );
  const made = new Set(
    applied
      .filter(
        ({ item, outcome }) => item.groupResource === groupResourceOf(persistentVolumeClaims) && outcome === 'created',
      )
      .map(({ item }) => `${mappedNamespace(item.namespace ?? '', restore.spec?.namespaceMapping ?? {})}/${item.name}`),
  );
  for (const data of plan.data) {
    // Data is never written over the data of a claim that was there before.
    if (!made.has(`${data.namespace}/${data.claimName}`)) continue;
    try {
      await edge.client.create(dataDownloads, downloadDraft(restore, { data, location: contents.location }), signal);
    } catch (error) {
      if (!isStatus(error, 'AlreadyExists')) throw error;
    }
  }
  return saveProgress(run, { hasFoundation: true }, signal);
}

async function restoreRest(run: Run, signal: AbortSignal): Promise<Outcome> {
  const { restore, edge } = run;
  const contents = await readContents(restore, edge, signal);
  if ('failure' in contents) return saveProgress(run, { hasFoundation: true, failure: contents.failure }, signal);
  const { plan, backup, store } = contents;
  const errors = [...plan.errors, ...downloadErrors(run)];
  // An application that starts on half of its data may take it for the whole.
  const broken = new Set(errors.map((problem) => problem.namespace));
  const isHeldBack = (item: BackupItem): boolean => isWorkload(item.groupResource) && broken.has(item.namespace);
  const heldBack = plan.rest.filter(isHeldBack);
  errors.push(
    ...heldBack.map((item) => ({
      namespace: item.namespace ?? '',
      message: `${item.object.kind} ${item.namespace}/${item.name} was not restored: the data of its namespace is not whole`,
    })),
  );
  const items = [...plan.foundation, ...plan.rest.filter((item) => !isHeldBack(item))];
  const applied = await applyAll(run, { items, plan, backupName: backup.metadata.name }, signal);
  const status = await recordRestore(
    { restore, store, applied, downloads: downloadsOf(restore, edge.caches), errors, nowMs: edge.clock.now() },
    signal,
  );
  return patch(run, { metadata: { annotations: { [progressAnnotation]: null } }, status: { ...status } }, signal);
}

function downloadErrors({ restore, edge }: Run): Problem[] {
  return downloadsOf(restore, edge.caches)
    .filter(({ status }) => status?.phase !== 'Completed')
    .map(({ spec, status }) => ({
      namespace: spec?.sourceNamespace ?? '',
      message: `The data of claim ${spec?.targetVolume.namespace}/${spec?.targetVolume.pvc} was not restored: ${status?.message ?? status?.phase}`,
    }));
}

async function saveProgress(
  run: Run,
  progress: { hasFoundation: boolean; failure?: string },
  signal: AbortSignal,
): Promise<Outcome> {
  return patch(run, { metadata: { annotations: { [progressAnnotation]: JSON.stringify(progress) } } }, signal);
}

async function isAnyTerminating({ restore, edge }: Run, plan: RestorePlan, signal: AbortSignal): Promise<boolean> {
  const mapping = restore.spec?.namespaceMapping ?? {};
  const targets = plan.foundation
    .filter((item) => item.groupResource === groupResourceOf(namespaces))
    .map((item) => mappedNamespace(item.name, mapping));
  for (const name of targets) {
    try {
      const namespace = await edge.client.get(namespaces, { name }, signal);
      if (namespace.metadata.deletionTimestamp) return true;
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }
  return false;
}

interface ApplyAllOptions {
  items: BackupItem[];
  plan: RestorePlan;
  backupName: string;
}

/** Applies items in their order; those of one resource some at once. */
async function applyAll(
  run: Run,
  { items, plan, backupName }: ApplyAllOptions,
  signal: AbortSignal,
): Promise<AppliedItem[]> {
  const known = new Map((await run.edge.resources(signal)).map((resource) => [groupResourceOf(resource), resource]));
  const applied: AppliedItem[] = [];
  for (let start = 0; start < items.length; ) {
    const groupResource = items[start]?.groupResource ?? '';
    const length = items.slice(start, start + createsAtOnce).findIndex((item) => item.groupResource !== groupResource);
    const batch = items.slice(start, start + (length < 0 ? createsAtOnce : length));
    const resource = known.get(groupResource);
    applied.push(
      ...(await Promise.all(batch.map((item) => applyOne(run, { item, resource, plan, backupName }, signal)))),
    );
    start += batch.length;
  }
  return applied;
}

async function applyOne(
  { restore, edge }: Run,
  {
    item,
    resource,
    plan,
    backupName,
  }: { item: BackupItem; resource: Resource | undefined; plan: RestorePlan; backupName: string },
  signal: AbortSignal,
): Promise<AppliedItem> {
  if (!resource) {
    return {
      item,
      outcome: 'failed',
      error: `error restoring ${item.groupResource} ${item.name}: the server has no such resource`,
    };
  }
  const object = rewriteForRestore(item, {
    namespaceMapping: restore.spec?.namespaceMapping ?? {},
    backupName,
    restoreName: restore.metadata.name,
    restoreUid: restore.metadata.uid,
    preserveNodePorts: restore.spec?.preserveNodePorts === true,
    keepsVolume: plan.keepsVolume.has(`${item.namespace}/${item.name}`),
  });
  if (item.groupResource === groupResourceOf(persistentVolumeClaims)) {
    const data = plan.data.find((each) => each.sourceNamespace === item.namespace && each.claimName === item.name);
    withRoomForData(object, data?.capacity);
  }
  return { item, ...(await applyItem({ client: edge.client, restore, resource, item, object }, signal)) };
}
