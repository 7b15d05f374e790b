// Which change wakes which upload? Moves the volume snapshots of backups into their repositories.

import { keyOf } from '../../apimachinery/meta.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { pods } from '../../apis/resources.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import { backupStorageLocations, dataUploads } from '../../apis/velero/resources.ts';
import type { BackupStorageLocation } from '../../apis/velero/types.ts';
import { goDurationOr } from '../../backup/duration.ts';
import { folderOf, locationNamed, type OpenStore } from '../../backup/location.ts';
import { type MovementView, reconcileMovement } from '../../backup/movement.ts';
import { type MoverState, readMoverState } from '../../backup/mover-state.ts';
import { type Clock, epochMsOf } from '../../base/clock.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Informer } from '../../client/types.ts';
import { attemptsAnnotation, moverName, moverPodName, uploadFinalizer, uploadLabel } from './upload-draft.ts';
import { executeUploadStep } from './upload-execute.ts';

interface UploadCaches {
  uploads: Informer<DataUpload>;
  pods: Informer<Pod>;
  locations: Informer<BackupStorageLocation>;
}

const defaultTimeoutMs = 4 * 3_600_000;

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
        const folder = folderOfUpload(upload, caches);
        const store = 'path' in folder ? openStore(folder.path) : undefined;
        const mover = await readMoverState(currentMover(upload, caches), store, signal);
        const view = uploadView(upload, {
          mover,
          clock: deps.clock,
          obstacle: 'error' in folder ? folder.error : undefined,
        });
        const run = {
          upload,
          edge: { ...deps, recorder },
          locationPath: 'path' in folder ? folder.path : undefined,
          store,
        };
        return executeUploadStep(reconcileMovement(view), run, signal);
      },
    },
    deps,
  );
}

function currentMover(upload: DataUpload, caches: UploadCaches): Pod | undefined {
  return caches.pods.get(`${upload.metadata.namespace}/${moverPodName(upload, failedAttemptsOf(upload))}`);
}

function failedAttemptsOf({ metadata }: DataUpload): number {
  return Number(metadata.annotations?.[attemptsAnnotation] ?? 0);
}

function uploadView(
  upload: DataUpload,
  { mover, clock, obstacle }: { mover: MoverState | undefined; clock: Clock; obstacle: string | undefined },
): MovementView {
  const { metadata, spec, status } = upload;
  const acceptedMs = epochMsOf(status?.acceptedTimestamp ?? metadata.creationTimestamp);
  return {
    phase: status?.phase,
    isDeleting: metadata.deletionTimestamp !== undefined,
    isCancelled: spec?.cancel === true,
    hasFinalizer: metadata.finalizers?.includes(uploadFinalizer) ?? false,
    failedAttempts: failedAttemptsOf(upload),
    mover,
    obstacle,
    elapsedMs: clock.now() - acceptedMs,
    timeoutMs: goDurationOr(spec?.operationTimeout, defaultTimeoutMs),
  };
}

function folderOfUpload(
  { metadata, spec }: DataUpload,
  { locations }: UploadCaches,
): { path: string } | { error: string } {
  const name = spec?.backupStorageLocation ?? '';
  const location = locationNamed(name || undefined, locations.list(metadata.namespace));
  return location ? folderOf(location) : { error: `backup storage location "${name}" not found` };
}
