// Which change wakes which request for a file of a backup? The velero command makes one for each file that it shows.

import { type KubeObject, keyOf, type Resource } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import { backupStorageLocations, backups, downloadRequests, restores } from '../../apis/velero/resources.ts';
import type { DownloadRequest } from '../../apis/velero/types.ts';
import type { DownloadFile } from '../../backup/download-link.ts';
import { folderOf, locationNamed } from '../../backup/location.ts';
import { epochMsOf, rfc3339 } from '../../base/clock.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Client } from '../../client/types.ts';
import { deleteSeen, patchSeen } from '../../client/write-seen.ts';
import { linkLifetimeMs, reconcileDownload, type Step } from './reconcile.ts';
import { fileOf } from './target.ts';

export interface DownloadControllerOptions {
  /** The URL of a file until a time in milliseconds since the Unix epoch. */
  linkTo: (file: DownloadFile, expiresMs: number) => string;
}

/** Serves DownloadRequests. */
export function downloadController(deps: ControllerDeps, { linkTo }: DownloadControllerOptions): Controller {
  const { client, clock } = deps;
  const requests = deps.informers.of(downloadRequests);
  const execute = async (step: Step, seen: DownloadRequest, signal: AbortSignal): Promise<Outcome> => {
    switch (step.type) {
      case 'Settled':
        return { requeue: 'never' };
      case 'Wait':
        return { requeue: 'after', delayMs: step.retryAfterMs };
      case 'Answer': {
        const found = await findFile(seen, client, signal);
        const expiresMs = clock.now() + linkLifetimeMs;
        const answer =
          'file' in found
            ? { phase: 'Processed', downloadURL: linkTo(found.file, expiresMs) }
            : { phase: 'Failed', message: found.error };
        const status = { ...answer, expiration: rfc3339(expiresMs) };
        await patchSeen(client, { resource: downloadRequests, seen, changes: { status } }, signal);
        return { requeue: 'now' };
      }
      case 'Remove':
        await deleteSeen(client, { resource: downloadRequests, seen }, signal);
        return { requeue: 'never' };
      default:
        return step satisfies never;
    }
  };
  return keyedController(
    {
      name: 'download',
      concurrency: 4,
      watch: (enqueue) => requests.onChange(({ object }) => enqueue(keyOf(object))),
      reconcileKey: async (key, signal) => {
        const request = requests.get(key);
        if (!request) return { requeue: 'never' };
        const { phase, expiration } = request.status ?? {};
        const step = reconcileDownload({
          phase,
          isDeleting: request.metadata.deletionTimestamp !== undefined,
          leftMs: expiration ? epochMsOf(expiration) - clock.now() : undefined,
        });
        return execute(step, request, signal);
      },
    },
    deps,
  );
}

/** The file that is asked for, whether it exists or not, or why there can be none. Asks the API: a cache may be behind. */
async function findFile(
  { metadata, spec }: DownloadRequest,
  client: Client,
  signal: AbortSignal,
): Promise<{ file: DownloadFile } | { error: string }> {
  const { namespace = '' } = metadata;
  const { kind = '', name = '' } = spec?.target ?? {};
  const find = <T extends KubeObject>(resource: Resource<T>, wanted: string): Promise<T | undefined> =>
    findOne(client, { resource, at: { namespace, name: wanted } }, signal);
  const wanted = fileOf({ kind, name });
  if (!wanted) return { error: `There is no file of kind ${JSON.stringify(kind)} and name ${JSON.stringify(name)}` };

  const restore = wanted.of === 'restore' ? await find(restores, name) : undefined;
  if (wanted.of === 'restore' && !restore) return { error: `restore "${name}" not found` };
  const backupName = restore ? (restore.spec?.backupName ?? '') : name;
  const backup = backupName ? await find(backups, backupName) : undefined;
  if (!backup) return { error: `backup "${backupName}" not found` };

  const locations = await client.list(backupStorageLocations, { namespace }, signal);
  const location = locationNamed(backup.spec?.storageLocation, locations.items);
  if (!location) return { error: `backup storage location "${backup.spec?.storageLocation ?? ''}" not found` };
  const folder = folderOf(location);
  if ('error' in folder) return folder;
  return { file: { namespace, location: location.metadata.name, folder: folder.path, key: wanted.key } };
}

async function findOne<T extends KubeObject>(
  client: Client,
  { resource, at }: { resource: Resource<T>; at: { namespace: string; name: string } },
  signal: AbortSignal,
): Promise<T | undefined> {
  try {
    return await client.get(resource, at, signal);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}
