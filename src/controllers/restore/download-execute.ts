// How is a step of a download carried out?

import { isStatus } from '../../apimachinery/status-error.ts';
import { pods, secrets } from '../../apis/resources.ts';
import type { DataDownload } from '../../apis/velero/data-types.ts';
import { dataDownloads } from '../../apis/velero/resources.ts';
import { type MovementStep, moverAttemptsMax } from '../../backup/movement.ts';
import { moverPod } from '../../backup/mover-pod.ts';
import { removeResults } from '../../backup/mover-state.ts';
import type { ObjectStore } from '../../backup/object-store.ts';
import { readPassword } from '../../backup/repository-password.ts';
import { type Clock, rfc3339 } from '../../base/clock.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { type Changes, patchSeen, withoutFinalizer } from '../../client/write-seen.ts';
import {
  attemptsAnnotation,
  downloadFinalizer,
  downloadLabel,
  moverPodName,
  passwordKeyField,
  rootField,
} from './download-draft.ts';

export interface DownloadRun {
  download: DataDownload;
  edge: { client: Client; clock: Clock; recorder: Recorder };
  /** The location's folder and its store; undefined if it has none. */
  locationPath: string | undefined;
  store: ObjectStore | undefined;
  /** Movers of this download that still exist. */
  moversLeft: number;
}

const now: Outcome = { requeue: 'now' };
const never: Outcome = { requeue: 'never' };
const passwordField = 'password';

/** Carries out one step. Rejects as Client does. */
export async function executeDownloadStep(step: MovementStep, run: DownloadRun, signal: AbortSignal): Promise<Outcome> {
  const { download, edge } = run;
  const time = rfc3339(edge.clock.now());
  switch (step.type) {
    case 'Settled':
      return never;
    case 'Wait':
      return { requeue: 'after', delayMs: step.retryAfterMs };
    case 'Accept':
      return setStatus(run, { phase: 'Accepted', acceptedTimestamp: time }, signal);
    case 'Expose':
      return expose(run, step.attempt, signal);
    case 'MarkRunning':
      return setStatus(
        run,
        { phase: 'InProgress', node: step.nodeName, startTimestamp: download.status?.startTimestamp ?? time },
        signal,
      );
    case 'Retry':
      edge.recorder.event(download, { type: 'Warning', reason: 'MoverFailed', message: step.why });
      return patch(run, { metadata: { annotations: { [attemptsAnnotation]: String(step.attempt) } } }, signal);
    case 'Finish': {
      const { bytes } = step.result;
      return setStatus(
        run,
        { phase: 'Completed', completionTimestamp: time, progress: { totalBytes: bytes, bytesDone: bytes } },
        signal,
      );
    }
    case 'Fail':
      edge.recorder.event(download, { type: 'Warning', reason: 'DataDownloadFailed', message: step.message });
      return setStatus(run, { phase: 'Failed', message: step.message, completionTimestamp: time }, signal);
    case 'Cancel':
      return setStatus(
        run,
        { phase: 'Canceled', message: 'The download was cancelled', completionTimestamp: time },
        signal,
      );
    case 'CleanUp':
      return cleanUp(run, signal);
    default:
      return step satisfies never;
  }
}

async function patch({ download, edge }: DownloadRun, changes: Changes, signal: AbortSignal): Promise<Outcome> {
  await patchSeen(edge.client, { resource: dataDownloads, seen: download, changes }, signal);
  return now;
}

async function setStatus(
  run: DownloadRun,
  status: NonNullable<DataDownload['status']>,
  signal: AbortSignal,
): Promise<Outcome> {
  return patch(run, { status: { ...status } }, signal);
}

/** Makes the mover in the claim's namespace, as the claim's first consumer, with a copy of the password beside it. */
async function expose(run: DownloadRun, attempt: number, signal: AbortSignal): Promise<Outcome> {
  const { download, edge } = run;
  const { spec, metadata } = download;
  if (!spec) return setStatus(run, { phase: 'Failed', message: 'The download has no spec' }, signal);
  const { namespace, pvc } = spec.targetVolume;
  let password: string;
  try {
    password = await readPassword(edge.client, spec.dataMoverConfig?.[passwordKeyField] ?? '', signal);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    return setStatus(
      run,
      { phase: 'Failed', message: error.message, completionTimestamp: rfc3339(edge.clock.now()) },
      signal,
    );
  }
  const labels = { [downloadLabel]: metadata.name };
  const secretMetadata = { name: metadata.name, namespace, labels };
  await ignoring(
    'AlreadyExists',
    edge.client.create(secrets, { metadata: secretMetadata, data: { [passwordField]: password } }, signal),
  );
  const mover = moverPod({
    name: moverPodName(download, attempt),
    namespace,
    labels,
    claimName: pvc,
    source: { namespace: spec.sourceNamespace, claimName: pvc },
    locationPath: run.locationPath ?? '',
    password: { secretName: metadata.name, key: passwordField },
    work: { type: 'download', snapshotId: spec.snapshotID, root: safeRoot(spec.dataMoverConfig?.[rootField]) },
  });
  await ignoring('AlreadyExists', edge.client.create(pods, mover, signal));
  // The mover's pod wakes this download.
  return never;
}

/** The mover splits it into words: only numbers may be in it. */
function safeRoot(root = ''): string {
  return /^[0-7]{1,4} \d+ \d+ \d+$/.test(root) ? root : '';
}

/** Lets go only when no mover is left: one that still runs would hold the volume. */
async function cleanUp(run: DownloadRun, signal: AbortSignal): Promise<Outcome> {
  const { download, edge } = run;
  const namespace = download.spec?.targetVolume.namespace ?? '';
  const podNames = Array.from({ length: moverAttemptsMax }, (_, attempt) => moverPodName(download, attempt));
  for (const podName of podNames) {
    await ignoring('NotFound', edge.client.delete(pods, { at: { namespace, name: podName } }, signal));
  }
  await removeResults(run.store, podNames, signal);
  await ignoring('NotFound', edge.client.delete(secrets, { at: { namespace, name: download.metadata.name } }, signal));
  if (run.moversLeft > 0) return never;
  return patch(run, { metadata: { finalizers: withoutFinalizer(download, downloadFinalizer) } }, signal);
}

async function ignoring(reason: 'AlreadyExists' | 'NotFound', call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isStatus(error, reason)) throw error;
  }
}
