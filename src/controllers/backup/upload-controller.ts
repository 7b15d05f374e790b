// Which change wakes which upload? Moves the volume snapshots of backups into their repositories.

import { keyOf } from '../../apimachinery/meta.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { pods } from '../../apis/resources.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import { backupStorageLocations, dataUploads } from '../../apis/velero/resources.ts';
import type { BackupStorageLocation } from '../../apis/velero/types.ts';
import type { OpenStore } from '../../backup/location.ts';
import { reconcileMovement } from '../../backup/movement.ts';
import { executeMovementStep } from '../../backup/movement-execute.ts';
import { failedAttemptsOf, folderOfMove, movementView, moverName, moverPodName } from '../../backup/movement-object.ts';
import { readMoverState } from '../../backup/mover-state.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Informer } from '../../client/types.ts';
import { uploadFinalizer, uploadLabel } from './upload-draft.ts';
import { uploadWay } from './upload-execute.ts';

interface UploadCaches {
  uploads: Informer<DataUpload>;
  pods: Informer<Pod>;
  locations: Informer<BackupStorageLocation>;
}

/** Serves DataUploads whose mover is `amarre.io/restic`. */
export function dataUploadController(deps: ControllerDeps, { openStore }: { openStore: OpenStore }): Controller {
  const caches: UploadCaches = {
    uploads: deps.informers.of(dataUploads),
    pods: deps.informers.of(pods),
    locations: deps.informers.of(backupStorageLocations),
  };
  const recorder = deps.recorder('data-upload');
  return keyedController(
    {
      name: 'data-upload',
      concurrency: 4,
      watch: (enqueue) => {
        caches.uploads.onChange(({ object }) => enqueue(keyOf(object)));
        caches.pods.onChange(({ object }) => {
          const name = object.metadata.labels?.[uploadLabel];
          if (name) enqueue(`${object.metadata.namespace}/${name}`);
        });
      },
      reconcileKey: async (key, signal) => {
        const upload = caches.uploads.get(key);
        if (!upload || upload.spec?.datamover !== moverName) return { requeue: 'never' };
        const folder = folderOfMove(upload, caches.locations.list(upload.metadata.namespace));
        const store = 'path' in folder ? openStore(folder.path) : undefined;
        const view = movementView(upload, {
          mover: await readMoverState(currentMover(upload, caches), store, signal),
          obstacle: 'error' in folder ? folder.error : undefined,
          finalizer: uploadFinalizer,
          nowMs: deps.clock.now(),
        });
        const locationPath = 'path' in folder ? folder.path : undefined;
        const edge = { ...deps, recorder };
        const way = uploadWay({ upload, edge, locationPath });
        const run = { move: upload, edge, way, moverNamespace: upload.metadata.namespace ?? '', store };
        return executeMovementStep(reconcileMovement(view), run, signal);
      },
    },
    deps,
  );
}

function currentMover(upload: DataUpload, caches: UploadCaches): Pod | undefined {
  return caches.pods.get(`${upload.metadata.namespace}/${moverPodName(upload, failedAttemptsOf(upload))}`);
}
