// Which change wakes which backup? Makes Backups: quiesces, snapshots, thaws, and stores what they hold.

import type { Resource } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { volumeSnapshots } from '../../apis/snapshot/types.ts';
import { backupStorageLocations, backups, dataUploads } from '../../apis/velero/resources.ts';
import { createChangeWaiter } from '../../backup/change-waiter.ts';
import type { OpenStore } from '../../backup/location.ts';
import { hasBackupEnded } from '../../backup/phase.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import type { Discoverer } from '../../client/discovery.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { type BackupEdge, executeStep } from './execute.ts';
import { reconcileBackup } from './reconcile.ts';
import { type BackupCaches, backupView } from './view.ts';

export interface BackupControllerOptions {
  discoverer: Discoverer;
  openStore: OpenStore;
  /** Longest time that an application may stand still for its snapshots, in milliseconds; 10 s unless told otherwise. */
  quiesceLimitMs?: number;
}

/** Serves Backups, one at a time. Its DataUploads are served by dataUploadController. */
export function backupController(
  deps: ControllerDeps,
  { discoverer, openStore, quiesceLimitMs = 10_000 }: BackupControllerOptions,
): Controller {
  const caches: BackupCaches = {
    backups: deps.informers.of(backups),
    locations: deps.informers.of(backupStorageLocations),
    snapshots: deps.informers.of(volumeSnapshots),
    uploads: deps.informers.of(dataUploads),
  };
  const edge: BackupEdge = {
    ...deps,
    caches,
    openStore,
    quiesceLimitMs,
    recorder: deps.recorder('backup'),
    snapshots: caches.snapshots,
    snapshotChanges: createChangeWaiter(caches.snapshots),
    resources: (signal) => listableResources(discoverer, signal),
  };
  return keyedController(
    {
      name: 'backup',
      watch: (enqueue) => watch(caches, enqueue),
      reconcileKey: async (key, signal) => {
        const backup = caches.backups.get(key);
        if (!backup) return { requeue: 'never' };
        const view = await backupView(backup, { caches, openStore }, signal);
        return executeStep(reconcileBackup(view), { backup, edge }, signal);
      },
    },
    deps,
  );
}

async function listableResources(discoverer: Discoverer, signal: AbortSignal): Promise<Resource[]> {
  const found = await discoverer.discover(signal);
  return found.filter(({ verbs }) => verbs.includes('list') && verbs.includes('create'));
}

function watch({ backups: all, locations, snapshots, uploads }: BackupCaches, enqueue: (key: string) => void): void {
  const wakeUnfinished = (): void => {
    for (const backup of all.list()) if (!hasBackupEnded(backup.status?.phase)) enqueue(keyOf(backup));
  };
  all.onChange(({ object, type }) => {
    enqueue(keyOf(object));
    // Whoever waits for its turn has it when another one ends.
    if (type === 'deleted' || hasBackupEnded(object.status?.phase)) wakeUnfinished();
  });
  locations.onChange(wakeUnfinished);
  uploads.onChange(({ object }) => {
    const owner = object.metadata.ownerReferences?.find((reference) => reference.kind === 'Backup');
    if (owner) enqueue(`${object.metadata.namespace}/${owner.name}`);
  });
  snapshots.onChange(({ type }) => {
    if (type === 'deleted') for (const backup of all.list()) enqueue(keyOf(backup));
  });
}
