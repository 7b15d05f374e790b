// Which change wakes which request to delete a backup? Also makes requests for backups that have expired.

import { keyOf } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { pods } from '../../apis/resources.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import {
  backupStorageLocations,
  backups,
  dataUploads,
  deleteBackupRequests,
  restores,
} from '../../apis/velero/resources.ts';
import {
  type Backup,
  type BackupStorageLocation,
  type DeleteBackupRequest,
  type Restore,
} from '../../apis/velero/types.ts';
import { folderOf, locationNamed, type OpenStore } from '../../backup/location.ts';
import { parseMoverResult } from '../../backup/mover-result.ts';
import { hasBackupEnded } from '../../backup/phase.ts';
import { epochMsOf } from '../../base/clock.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Informer } from '../../client/types.ts';
import { executeDeleteStep, forgetPodName } from './delete-execute.ts';
import { type DeleteView, type ForgetState, reconcileDelete } from './delete-reconcile.ts';
import { uploadsOf } from './view.ts';

interface DeleteCaches {
  requests: Informer<DeleteBackupRequest>;
  backups: Informer<Backup>;
  restores: Informer<Restore>;
  uploads: Informer<DataUpload>;
  locations: Informer<BackupStorageLocation>;
  pods: Informer<Pod>;
}

const never: Outcome = { requeue: 'never' };
/** Longest sleep until an expiration is looked at again: clocks may be set. Velero: hourly. */
const lookAgainMs = 3_600_000;

/** Serves DeleteBackupRequests. */
export function deleteBackupController(deps: ControllerDeps, { openStore }: { openStore: OpenStore }): Controller {
  const caches: DeleteCaches = {
    requests: deps.informers.of(deleteBackupRequests),
    backups: deps.informers.of(backups),
    restores: deps.informers.of(restores),
    uploads: deps.informers.of(dataUploads),
    locations: deps.informers.of(backupStorageLocations),
    pods: deps.informers.of(pods),
  };
  return keyedController(
    {
      name: 'backup-deletion',
      watch: (enqueue) => {
        caches.requests.onChange(({ object }) => enqueue(keyOf(object)));
        caches.pods.onChange(({ object }) => {
          const owner = object.metadata.ownerReferences?.find((reference) => reference.kind === 'DeleteBackupRequest');
          if (owner) enqueue(`${object.metadata.namespace}/${owner.name}`);
        });
      },
      reconcileKey: async (key, signal) => {
        const request = caches.requests.get(key);
        if (!request) return never;
        const { namespace } = request.metadata;
        const backup = caches.backups.get(`${namespace}/${request.spec?.backupName}`);
        const location = locationOf(backup, caches);
        const step = reconcileDelete(deleteView(request, { caches, backup, location, nowMs: deps.clock.now() }));
        const restoresOf = caches.restores
          .list(namespace)
          .filter(({ spec }) => spec?.backupName === request.spec?.backupName);
        const opened =
          location && 'path' in location ? { path: location.path, store: openStore(location.path) } : undefined;
        return executeDeleteStep(
          step,
          {
            request,
            backup,
            restoresOf,
            uploadsOf: backup ? uploadsOf(backup, caches) : [],
            location: opened,
            client: deps.client,
          },
          signal,
        );
      },
    },
    deps,
  );
}

/** Makes a DeleteBackupRequest for each backup whose `status.expiration` has passed. */
export function backupExpirationController(deps: ControllerDeps): Controller {
  const all = deps.informers.of(backups);
  return keyedController(
    {
      name: 'backup-expiration',
      watch: (enqueue) => all.onChange(({ object }) => enqueue(keyOf(object))),
      reconcileKey: async (key, signal) => {
        const backup = all.get(key);
        const expiration = backup?.status?.expiration;
        if (!backup || !expiration || !hasBackupEnded(backup.status?.phase) || backup.metadata.deletionTimestamp)
          return never;
        const leftMs = epochMsOf(expiration) - deps.clock.now();
        if (leftMs > 0) return { requeue: 'after', delayMs: Math.min(leftMs, lookAgainMs) };
        await requestDeletion(backup, deps, signal);
        return { requeue: 'after', delayMs: lookAgainMs };
      },
    },
    deps,
  );
}

async function requestDeletion({ metadata }: Backup, { client }: ControllerDeps, signal: AbortSignal): Promise<void> {
  try {
    // A request that has failed is kept for a day, and then made again.
    await client.create(
      deleteBackupRequests,
      {
        apiVersion: 'velero.io/v1',
        kind: 'DeleteBackupRequest',
        metadata: { name: `${metadata.name}-expired`, namespace: metadata.namespace ?? '' },
        spec: { backupName: metadata.name },
      },
      signal,
    );
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}

function locationOf(
  backup: Backup | undefined,
  { locations }: DeleteCaches,
): { path: string } | { error: string } | undefined {
  const location = backup && locationNamed(backup.spec?.storageLocation, locations.list(backup.metadata.namespace));
  return location && folderOf(location);
}

interface ViewOptions {
  caches: DeleteCaches;
  backup: Backup | undefined;
  location: { path: string } | { error: string } | undefined;
  nowMs: number;
}

function deleteView(request: DeleteBackupRequest, { caches, backup, location, nowMs }: ViewOptions): DeleteView {
  const { metadata, spec, status } = request;
  return {
    phase: status?.phase,
    isDeleting: metadata.deletionTimestamp !== undefined,
    obstacle: obstacleOf(spec?.backupName ?? '', { caches, backup, location, nowMs }),
    forgetting: forgetStateOf(caches.pods.get(`${metadata.namespace}/${forgetPodName(request)}`)),
    ageMs: nowMs - epochMsOf(metadata.creationTimestamp),
  };
}

function obstacleOf(name: string, { caches, backup, location }: ViewOptions): string | undefined {
  if (!backup) return `backup "${name}" not found`;
  const { phase } = backup.status ?? {};
  if (!hasBackupEnded(phase)) return 'backup is still in progress';
  // A backup that failed may have left nothing, wherever that would have been.
  if (phase === 'FailedValidation' || phase === 'Failed') return undefined;
  if (!location) return `backup storage location "${backup.spec?.storageLocation}" not found`;
  if ('error' in location) return location.error;
  const found = locationNamed(backup.spec?.storageLocation, caches.locations.list(backup.metadata.namespace));
  if (found?.spec?.accessMode === 'ReadOnly') {
    return `cannot delete backup because backup storage location ${found.metadata.name} is currently in read-only mode`;
  }
  return undefined;
}

function forgetStateOf(pod: Pod | undefined): ForgetState | undefined {
  if (!pod) return undefined;
  const ended = (pod.status?.containerStatuses ?? []).flatMap(({ state }) =>
    state?.terminated ? [state.terminated] : [],
  );
  if (ended.length < (pod.spec?.containers.length ?? 0)) return { type: 'Running' };
  const errors = ended
    .filter(({ exitCode }) => exitCode !== 0)
    .map(({ exitCode, message }) => parseMoverResult(exitCode, message ?? ''))
    .flatMap((result) => (result.succeeded ? [] : [result.message]));
  return { type: 'Ended', errors };
}
