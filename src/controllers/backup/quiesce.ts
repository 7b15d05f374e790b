// How do an application's volumes come to show one moment? Pre hooks, snapshots, post hooks, as fast as can be:
// whatever may be slow happens before the first hook or after the last.

import { isStatus, StatusError } from '../../apimachinery/status-error.ts';
import type { VolumeSnapshot } from '../../apis/snapshot/types.ts';
import { volumeSnapshots } from '../../apis/snapshot/types.ts';
import type { Backup } from '../../apis/velero/types.ts';
import type { ChangeWaiter } from '../../backup/change-waiter.ts';
import type { Problem } from '../../backup/documents.ts';
import type { PodHooks } from '../../backup/hooks.ts';
import type { QuiesceRecord, VolumeRecord } from '../../backup/progress.ts';
import { type QuiesceGroup, snapshotNameOf, type VolumePlan } from '../../backup/volumes.ts';
import { type Clock, rfc3339Micro, TimeoutError } from '../../base/clock.ts';
import { type Client, type Lister, UnreachableError } from '../../client/types.ts';
import { type PreHooksOutcome, runPostHooks, runPreHooks } from './hooks.ts';
import { backupLabels } from './view.ts';

export interface QuiesceEdge {
  client: Client;
  clock: Clock;
  snapshots: Lister<VolumeSnapshot>;
  snapshotChanges: ChangeWaiter;
  /** Longest time that an application may stand still for its snapshots, in milliseconds. */
  quiesceLimitMs: number;
}

export interface GroupOptions {
  backup: Backup;
  group: QuiesceGroup;
  attempt: number;
  edge: QuiesceEdge;
}

export interface GroupOutcome {
  volumes: VolumeRecord[];
  records: QuiesceRecord[];
  /** Pods that could not be thawed yet. */
  frozen: PodHooks[];
  hooksAttempted: number;
  hooksFailed: number;
  problems: Problem[];
  /** A hook failed that must not: the backup fails. */
  hookFailure: string | undefined;
  /** The hooks could not be run, or the snapshots not be cut: another attempt may succeed. */
  attemptFailure: string | undefined;
}

/**
 * Quiesces one group, snapshots its volumes and thaws it. Whatever fails in between, the post hooks run.
 * Rejects only when `signal` aborts; the caller's record then says who is frozen.
 */
export async function quiesceGroup(
  { backup, group, attempt, edge }: GroupOptions,
  signal: AbortSignal,
): Promise<GroupOutcome> {
  const pre = await Promise.all(group.pods.map((pod) => runPreHooks(pod, edge, signal)));
  const hookFailure = messageOf(pre.filter((outcome) => outcome.isFatal && !outcome.canRetry));
  const outage = messageOf(pre.filter((outcome) => outcome.isFatal && outcome.canRetry));
  const isQuiesced = hookFailure === undefined && outage === undefined;
  const names = { backupUid: backup.metadata.uid, attempt };
  const volumes = group.volumes.map((volume) => ({ ...volume, snapshotName: snapshotNameOf(names, volume.claimUid) }));
  const attemptFailure = isQuiesced ? await cutSnapshots({ backup, volumes, edge }, signal) : outage;
  const cut = rfc3339Micro(edge.clock.now());
  const post = await Promise.all(group.pods.map((pod) => runPostHooks(pod, edge, signal)));
  const isCut = isQuiesced && attemptFailure === undefined;
  return {
    volumes: isCut ? volumes : [],
    records: group.pods.map((pod, index) => ({
      pod: `${pod.namespace}/${pod.podName}`,
      preStart: pre[index]?.start ?? cut,
      preEnd: pre[index]?.end ?? cut,
      ...(isCut && { cut }),
      postStart: post[index]?.start ?? cut,
      postEnd: post[index]?.end ?? cut,
    })),
    frozen: group.pods.filter((_, index) => post[index]?.isStillFrozen),
    hooksAttempted: sum([...pre, ...post].map((outcome) => outcome.attempted)),
    hooksFailed: sum([...pre, ...post].map((outcome) => outcome.failed)),
    problems: [...pre, ...post].flatMap((outcome) => outcome.problems),
    hookFailure,
    attemptFailure,
  };
}

interface CutOptions {
  backup: Backup;
  volumes: VolumeRecord[];
  edge: QuiesceEdge;
}

/** Makes the snapshots and waits until the storage has cut each. Says why not, if it has not. */
async function cutSnapshots({ backup, volumes, edge }: CutOptions, signal: AbortSignal): Promise<string | undefined> {
  if (volumes.length === 0) return undefined;
  const { clock, quiesceLimitMs } = edge;
  try {
    return await clock
      .withTimeout(
        {
          what: `snapshots of ${volumes.map((volume) => volume.claimName).join(', ')}`,
          timeoutMs: quiesceLimitMs,
          signal,
        },
        async (bounded) => {
          await Promise.all(volumes.map((volume) => createSnapshot(backup, { volume, client: edge.client }, bounded)));
          return edge.snapshotChanges.until(() => resultOf(volumes, edge.snapshots)?.failure, bounded);
        },
      )
      .then((failure) => failure || undefined);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TimeoutError) return `the storage did not cut the snapshots within ${quiesceLimitMs} ms`;
    // The application is to be thawed first; the next attempt meets the same refusal, and then says so.
    if (error instanceof StatusError || error instanceof UnreachableError) return error.message;
    throw error;
  }
}

/** Undefined while some snapshot is neither cut nor failed; an empty failure when all are cut. */
function resultOf(volumes: VolumeRecord[], snapshots: Lister<VolumeSnapshot>): { failure: string } | undefined {
  const states = volumes.map((volume) => ({
    volume,
    status: snapshots.get(`${volume.namespace}/${volume.snapshotName}`)?.status,
  }));
  const failed = states.find(({ status }) => status?.error && !isCut(status));
  if (failed) {
    const { namespace, claimName } = failed.volume;
    return {
      failure: `snapshot of claim ${namespace}/${claimName} failed: ${failed.status?.error?.message ?? 'unknown error'}`,
    };
  }
  return states.every(({ status }) => isCut(status)) ? { failure: '' } : undefined;
}

/** The time of creation is set once the storage has answered; the copy may take longer to become usable. */
function isCut(status: VolumeSnapshot['status']): boolean {
  return status?.creationTime !== undefined || status?.readyToUse === true;
}

async function createSnapshot(
  backup: Backup,
  { volume, client }: { volume: VolumePlan & { snapshotName: string }; client: Client },
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.create(
      volumeSnapshots,
      {
        apiVersion: 'snapshot.storage.k8s.io/v1',
        kind: 'VolumeSnapshot',
        metadata: { name: volume.snapshotName, namespace: volume.namespace, labels: backupLabels(backup) },
        spec: {
          source: { persistentVolumeClaimName: volume.claimName },
          volumeSnapshotClassName: volume.snapshotClass,
        },
      },
      signal,
    );
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}

function messageOf(outcomes: PreHooksOutcome[]): string | undefined {
  if (outcomes.length === 0) return undefined;
  return outcomes.flatMap((outcome) => outcome.problems.map((problem) => problem.message)).join('; ');
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
