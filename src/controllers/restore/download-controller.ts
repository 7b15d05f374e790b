// Which change wakes which download? Brings the data of claims back from their repositories.

import { keyOf } from '../../apimachinery/meta.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { pods } from '../../apis/resources.ts';
import type { DataDownload } from '../../apis/velero/data-types.ts';
import { backupStorageLocations, dataDownloads } from '../../apis/velero/resources.ts';
import { type BackupStorageLocation, veleroNamespace } from '../../apis/velero/types.ts';
import { goDurationOr } from '../../backup/duration.ts';
import { folderOf, locationNamed, type OpenStore } from '../../backup/location.ts';
import { type MovementView, reconcileMovement } from '../../backup/movement.ts';
import { type MoverState, readMoverState } from '../../backup/mover-state.ts';
import { type Clock, epochMsOf } from '../../base/clock.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Informer } from '../../client/types.ts';
import { attemptsAnnotation, downloadFinalizer, downloadLabel, moverName, moverPodName } from './download-draft.ts';
import { executeDownloadStep } from './download-execute.ts';

interface DownloadCaches {
  downloads: Informer<DataDownload>;
  pods: Informer<Pod>;
  locations: Informer<BackupStorageLocation>;
}

const defaultTimeoutMs = 4 * 3_600_000;

/** Serves DataDownloads whose mover is `amarre.io/restic`. */
export function dataDownloadController(deps: ControllerDeps, { openStore }: { openStore: OpenStore }): Controller {
  const caches: DownloadCaches = {
    downloads: deps.informers.of(dataDownloads),
    pods: deps.informers.of(pods),
    locations: deps.informers.of(backupStorageLocations),
  };
  const recorder = deps.recorder('data-download');
  return keyedController(
    {
      name: 'data-download',
      concurrency: 4,
      watch: (enqueue) => {
        caches.downloads.onChange(({ object }) => enqueue(keyOf(object)));
        caches.pods.onChange(({ object }) => {
          const name = object.metadata.labels?.[downloadLabel];
          if (name) enqueue(`${veleroNamespace}/${name}`);
        });
      },
      reconcileKey: async (key, signal) => {
        const download = caches.downloads.get(key);
        if (!download || download.spec?.datamover !== moverName) return { requeue: 'never' };
        const folder = folderOfDownload(download, caches);
        const store = 'path' in folder ? openStore(folder.path) : undefined;
        const mover = await readMoverState(currentMover(download, caches), store, signal);
        const view = downloadView(download, {
          mover,
          clock: deps.clock,
          obstacle: 'error' in folder ? folder.error : undefined,
        });
        const run = {
          download,
          edge: { ...deps, recorder },
          locationPath: 'path' in folder ? folder.path : undefined,
          store,
          moversLeft: moversOf(download, caches).length,
        };
        return executeDownloadStep(reconcileMovement(view), run, signal);
      },
    },
    deps,
  );
}

function moversOf({ metadata, spec }: DataDownload, caches: DownloadCaches): Pod[] {
  return caches.pods
    .list(spec?.targetVolume.namespace)
    .filter((pod) => pod.metadata.labels?.[downloadLabel] === metadata.name);
}

function currentMover(download: DataDownload, caches: DownloadCaches): Pod | undefined {
  return caches.pods.get(
    `${download.spec?.targetVolume.namespace}/${moverPodName(download, failedAttemptsOf(download))}`,
  );
}

function failedAttemptsOf({ metadata }: DataDownload): number {
  return Number(metadata.annotations?.[attemptsAnnotation] ?? 0);
}

function downloadView(
  download: DataDownload,
  { mover, clock, obstacle }: { mover: MoverState | undefined; clock: Clock; obstacle: string | undefined },
): MovementView {
  const { metadata, spec, status } = download;
  const acceptedMs = epochMsOf(status?.acceptedTimestamp ?? metadata.creationTimestamp);
  return {
    phase: status?.phase,
    isDeleting: metadata.deletionTimestamp !== undefined,
    isCancelled: spec?.cancel === true,
    hasFinalizer: metadata.finalizers?.includes(downloadFinalizer) ?? false,
    failedAttempts: failedAttemptsOf(download),
    mover,
    obstacle,
    elapsedMs: clock.now() - acceptedMs,
    timeoutMs: goDurationOr(spec?.operationTimeout, defaultTimeoutMs),
  };
}

function folderOfDownload(
  { metadata, spec }: DataDownload,
  { locations }: DownloadCaches,
): { path: string } | { error: string } {
  const name = spec?.backupStorageLocation ?? '';
  const location = locationNamed(name || undefined, locations.list(metadata.namespace));
  return location ? folderOf(location) : { error: `backup storage location "${name}" not found` };
}
