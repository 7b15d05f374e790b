// Which change wakes which download? Brings the data of claims back from their repositories.

import { keyOf } from '../../apimachinery/meta.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { pods } from '../../apis/resources.ts';
import type { DataDownload } from '../../apis/velero/data-types.ts';
import { backupStorageLocations, dataDownloads } from '../../apis/velero/resources.ts';
import { type BackupStorageLocation, veleroNamespace } from '../../apis/velero/types.ts';
import type { OpenStore } from '../../backup/location.ts';
import { reconcileMovement } from '../../backup/movement.ts';
import { executeMovementStep } from '../../backup/movement-execute.ts';
import { failedAttemptsOf, folderOfMove, movementView, moverName, moverPodName } from '../../backup/movement-object.ts';
import { readMoverState } from '../../backup/mover-state.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Informer } from '../../client/types.ts';
import { downloadFinalizer, downloadLabel } from './download-draft.ts';
import { downloadWay } from './download-execute.ts';

interface DownloadCaches {
  downloads: Informer<DataDownload>;
  pods: Informer<Pod>;
  locations: Informer<BackupStorageLocation>;
}

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
        const folder = folderOfMove(download, caches.locations.list(download.metadata.namespace));
        const store = 'path' in folder ? openStore(folder.path) : undefined;
        const view = movementView(download, {
          mover: await readMoverState(currentMover(download, caches), store, signal),
          obstacle: 'error' in folder ? folder.error : undefined,
          finalizer: downloadFinalizer,
          nowMs: deps.clock.now(),
        });
        const locationPath = 'path' in folder ? folder.path : undefined;
        const edge = { ...deps, recorder };
        const way = downloadWay({ download, edge, locationPath, moversLeft: moversOf(download, caches).length });
        const run = { move: download, edge, way, moverNamespace: download.spec.targetVolume.namespace, store };
        return executeMovementStep(reconcileMovement(view), run, signal);
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
