// Which change wakes which restore? Brings backups back: claims, their data, and only then what runs on it.

import { keyOf } from '../../apimachinery/meta.ts';
import { backupStorageLocations, backups, dataDownloads, restores } from '../../apis/velero/resources.ts';
import type { OpenStore } from '../../backup/location.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import type { Discoverer } from '../../client/discovery.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { executeStep, type RestoreEdge } from './execute.ts';
import { isTerminal, reconcileRestore } from './reconcile.ts';
import { type RestoreCaches, restoreView } from './view.ts';

export interface RestoreControllerOptions {
  discoverer: Discoverer;
  openStore: OpenStore;
}

/** Serves Restores. Its DataDownloads are served by dataDownloadController. */
export function restoreController(
  deps: ControllerDeps,
  { discoverer, openStore }: RestoreControllerOptions,
): Controller {
  const caches: RestoreCaches = {
    restores: deps.informers.of(restores),
    backups: deps.informers.of(backups),
    locations: deps.informers.of(backupStorageLocations),
    downloads: deps.informers.of(dataDownloads),
  };
  const edge: RestoreEdge = {
    ...deps,
    caches,
    openStore,
    recorder: deps.recorder('restore'),
    resources: async (signal) => (await discoverer.discover(signal)).filter(({ verbs }) => verbs.includes('create')),
  };
  return keyedController(
    {
      name: 'restore',
      watch: (enqueue) => watch(caches, enqueue),
      reconcileKey: async (key, signal) => {
        const restore = caches.restores.get(key);
        if (!restore) return { requeue: 'never' };
        return executeStep(reconcileRestore(restoreView(restore, caches)), { restore, edge }, signal);
      },
    },
    deps,
  );
}

function watch({ restores: all, locations, downloads }: RestoreCaches, enqueue: (key: string) => void): void {
  all.onChange(({ object }) => enqueue(keyOf(object)));
  locations.onChange(() => {
    for (const restore of all.list()) if (!isTerminal(restore.status?.phase)) enqueue(keyOf(restore));
  });
  downloads.onChange(({ object }) => {
    const owner = object.metadata.ownerReferences?.find((reference) => reference.kind === 'Restore');
    if (owner) enqueue(`${object.metadata.namespace}/${owner.name}`);
  });
}
