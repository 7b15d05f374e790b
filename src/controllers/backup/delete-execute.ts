// How is a step of deleting a backup carried out?

import { isStatus } from '../../apimachinery/status-error.ts';
import { pods } from '../../apis/resources.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import { backups, dataUploads, deleteBackupRequests, restores } from '../../apis/velero/resources.ts';
import { type Backup, type DeleteBackupRequest, type Restore, veleroKeys } from '../../apis/velero/types.ts';
import { backupKeys, restoreKeys } from '../../backup/layout.ts';
import { type ForgetPodOptions, forgetPod } from '../../backup/mover-pod.ts';
import { removeResults } from '../../backup/mover-state.ts';
import { type ObjectStore, ObjectStoreError } from '../../backup/object-store.ts';
import { credentialsSecret, passwordKey } from '../../backup/repository-password.ts';
import { labelValueOf } from '../../backup/rewrite.ts';
import { readTarball, TarballError } from '../../backup/tarball.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client } from '../../client/types.ts';
import { deleteSeen, patchSeen } from '../../client/write-seen.ts';
import type { DeleteStep } from './delete-reconcile.ts';
import { discardBackup } from './finish.ts';

/** Label of the pods that forget data: the request's name. */
const deleteLabel = 'amarre.io/delete-backup-request';

export interface DeleteRun {
  request: DeleteBackupRequest;
  backup: Backup | undefined;
  /** Restores of the backup, and its uploads. */
  restoresOf: Restore[];
  uploadsOf: DataUpload[];
  /** The backup's location; undefined if it has none any more. */
  location: { path: string; store: ObjectStore } | undefined;
  client: Client;
}

const now: Outcome = { requeue: 'now' };
const never: Outcome = { requeue: 'never' };

/** Name of the pod that forgets the data of a backup. */
export function forgetPodName({ metadata }: DeleteBackupRequest): string {
  return `forget-${metadata.uid}`;
}

/** Carries out one step. Rejects as Client does; a store that refuses is an error of the request. */
export async function executeDeleteStep(step: DeleteStep, run: DeleteRun, signal: AbortSignal): Promise<Outcome> {
  switch (step.type) {
    case 'Settled':
      return never;
    case 'Wait':
      return { requeue: 'after', delayMs: step.retryAfterMs };
    case 'Accept':
      return accept(run, signal);
    case 'Reject':
      await removePod(run, signal);
      return setStatus(run, { phase: 'Processed', errors: step.errors }, signal);
    case 'Forget':
      return reporting(run, () => forget(run, signal), signal);
    case 'RemoveBackup':
      return reporting(run, () => removeBackup(run, signal), signal);
    case 'RemoveRequest':
      await deleteSeen(run.client, { resource: deleteBackupRequests, seen: run.request }, signal);
      return never;
    default:
      return step satisfies never;
  }
}

async function accept({ request, backup, client }: DeleteRun, signal: AbortSignal): Promise<Outcome> {
  const labels = {
    [veleroKeys.backupName]: labelValueOf(request.spec?.backupName ?? ''),
    [veleroKeys.backupUid]: backup?.metadata.uid ?? '',
  };
  const changes = { metadata: { labels }, status: { phase: 'InProgress' } };
  await patchSeen(client, { resource: deleteBackupRequests, seen: request, changes }, signal);
  return now;
}

async function setStatus(
  { request, client }: DeleteRun,
  status: NonNullable<DeleteBackupRequest['status']>,
  signal: AbortSignal,
): Promise<Outcome> {
  await patchSeen(
    client,
    { resource: deleteBackupRequests, seen: request, changes: { status: { ...status } } },
    signal,
  );
  return now;
}

async function reporting(run: DeleteRun, work: () => Promise<Outcome>, signal: AbortSignal): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    return setStatus(run, { phase: 'Processed', errors: [error.message] }, signal);
  }
}

async function forget(run: DeleteRun, signal: AbortSignal): Promise<Outcome> {
  const { request, location, client } = run;
  const repositories = location ? await repositoriesOf(run, location.store, signal) : [];
  if (repositories.length === 0 || !location) return removeBackup(run, signal);
  const { name, namespace = '', uid } = request.metadata;
  const pod = forgetPod({
    name: forgetPodName(request),
    namespace,
    owner: { apiVersion: 'velero.io/v1', kind: 'DeleteBackupRequest', name, uid, controller: true },
    labels: { [deleteLabel]: labelValueOf(name) },
    locationPath: location.path,
    secretName: credentialsSecret,
    repositories,
  });
  try {
    await client.create(pods, pod, signal);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
  // The pod wakes this request.
  return never;
}

/** Where the backup's data is: read from the uploads in its tarball. A damaged one names nothing. */
async function repositoriesOf(
  { request }: DeleteRun,
  store: ObjectStore,
  signal: AbortSignal,
): Promise<ForgetPodOptions['repositories']> {
  const found = new Map<string, ForgetPodOptions['repositories'][number]>();
  try {
    const contents = await store.get(backupKeys(request.spec?.backupName ?? '').contents, signal);
    for await (const item of readTarball(contents)) {
      if (item.groupResource !== 'datauploads.velero.io') continue;
      const { spec, status } = item.object as DataUpload;
      if (!spec || !status?.snapshotID) continue;
      const key = passwordKey({ location: spec.backupStorageLocation, namespace: spec.sourceNamespace });
      const repository = found.get(key) ?? { namespace: spec.sourceNamespace, passwordKey: key, snapshotIds: [] };
      found.set(key, { ...repository, snapshotIds: [...repository.snapshotIds, status.snapshotID] });
    }
  } catch (error) {
    const isGone = error instanceof ObjectStoreError && error.kind === 'NotFound';
    if (!isGone && !(error instanceof TarballError)) throw error;
  }
  return [...found.values()];
}

async function removeBackup(run: DeleteRun, signal: AbortSignal): Promise<Outcome> {
  const { request, backup, location, restoresOf, uploadsOf, client } = run;
  if (location) {
    await discardBackup(location.store, request.spec?.backupName ?? '', signal);
    for (const { metadata } of restoresOf) await location.store.remove(restoreKeys(metadata.name).folder, signal);
  }
  for (const restore of restoresOf) await deleteSeen(client, { resource: restores, seen: restore }, signal);
  for (const upload of uploadsOf) await deleteSeen(client, { resource: dataUploads, seen: upload }, signal);
  if (backup) await deleteSeen(client, { resource: backups, seen: backup }, signal);
  await removePod(run, signal);
  return setStatus(run, { phase: 'Processed' }, signal);
}

async function removePod({ request, location, client }: DeleteRun, signal: AbortSignal): Promise<void> {
  const name = forgetPodName(request);
  try {
    const pod = await client.get(pods, { namespace: request.metadata.namespace, name }, signal);
    await deleteSeen(client, { resource: pods, seen: pod }, signal);
    await removeResults(
      location?.store,
      pod.spec?.containers.map((container) => `${name}.${container.name}`) ?? [],
      signal,
    );
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
