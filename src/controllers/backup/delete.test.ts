// Is a backup deleted with all that it stored, and is nothing deleted by mistake?

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pods, secrets } from '../../apis/resources.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import { backupStorageLocations, backups, dataUploads, deleteBackupRequests } from '../../apis/velero/resources.ts';
import type { BackupPhase, DeleteBackupRequest } from '../../apis/velero/types.ts';
import { createFolderStore } from '../../backup/folder-store.ts';
import { itemOf } from '../../backup/items.ts';
import { backupKeys } from '../../backup/layout.ts';
import { writeTarball } from '../../backup/tarball.ts';
import { BackupWorld, type MakeControllers } from '../../backup/testing/backup-world.ts';
import { systemRandom } from '../../base/system-random.ts';
import { backupExpirationController, deleteBackupController } from './delete-controller.ts';
import { type DeleteStep, type DeleteView, reconcileDelete, requestRetentionMs } from './delete-reconcile.ts';

function view(overrides: Partial<DeleteView> = {}): DeleteView {
  return { phase: 'InProgress', isDeleting: false, obstacle: undefined, forgetting: undefined, ageMs: 0, ...overrides };
}

test.each<{ name: string; view: Partial<DeleteView>; want: DeleteStep }>([
  { name: 'new -> accepted', view: { phase: undefined }, want: { type: 'Accept' } },
  {
    name: 'no such backup -> processed with an error',
    view: { phase: 'New', obstacle: 'no' },
    want: { type: 'Reject', errors: ['no'] },
  },
  { name: 'accepted -> forgets the data', view: {}, want: { type: 'Forget' } },
  {
    name: 'forgetting -> waits',
    view: { forgetting: { type: 'Running' } },
    want: { type: 'Wait', retryAfterMs: requestRetentionMs },
  },
  {
    name: 'could not forget -> the backup stays',
    view: { forgetting: { type: 'Ended', errors: ['locked'] } },
    want: { type: 'Reject', errors: ['locked'] },
  },
  {
    name: 'forgotten -> removes the backup',
    view: { forgetting: { type: 'Ended', errors: [] } },
    want: { type: 'RemoveBackup' },
  },
  {
    name: 'processed -> kept for a day',
    view: { phase: 'Processed', ageMs: 1 },
    want: { type: 'Wait', retryAfterMs: requestRetentionMs - 1 },
  },
  {
    name: 'processed yesterday -> removed',
    view: { phase: 'Processed', ageMs: requestRetentionMs },
    want: { type: 'RemoveRequest' },
  },
  { name: 'request deleted -> settled', view: { isDeleting: true }, want: { type: 'Settled' } },
])('reconcileDelete: $name', ({ view: overrides, want }) => {
  expect(reconcileDelete(view(overrides))).toEqual(want);
});

let world: BackupWorld;
const controllers: MakeControllers = (deps, openStore) => [
  deleteBackupController(deps, { openStore }),
  backupExpirationController(deps),
];

beforeEach(async () => {
  world = new BackupWorld();
  await world.create(backupStorageLocations, {
    metadata: { name: 'default', namespace: 'velero' },
    spec: { provider: 'amarre.io/filesystem', config: { path: world.folder }, objectStorage: { bucket: 'default' } },
  });
  await world.create(secrets, {
    metadata: { name: 'velero-repo-credentials', namespace: 'velero' },
    data: { 'default.shop': 'cHc=' },
  });
});
afterEach(() => world.end());

async function addBackup(phase: BackupPhase = 'Completed', expiration?: string): Promise<void> {
  const upload: DataUpload = {
    metadata: { name: 'u', namespace: 'velero', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: {
      snapshotType: 'CSI',
      sourceNamespace: 'shop',
      sourcePVC: 'data',
      backupStorageLocation: 'default',
      operationTimeout: '1h',
    },
    status: { phase: 'Completed', snapshotID: 'abc' },
  };
  const store = createFolderStore(world.folder, systemRandom);
  await store.put(backupKeys('b1').contents, writeTarball([itemOf(dataUploads, upload)]), world.signal);
  await store.put(backupKeys('b1').metadata, Buffer.from('{}'), world.signal);
  const { metadata } = await world.create(backups, {
    metadata: { name: 'b1', namespace: 'velero' },
    spec: { storageLocation: 'default' },
    status: { phase, ...(expiration && { expiration }) },
  });
  await world.create(dataUploads, {
    ...upload,
    metadata: { name: 'u', namespace: 'velero', labels: { 'velero.io/backup-uid': metadata.uid } },
  });
}

async function processed(name: string): Promise<DeleteBackupRequest['status']> {
  return vi.waitFor(
    async () => {
      const status = (await world.find(deleteBackupRequests, name, 'velero'))?.status;
      expect(status?.phase).toBe('Processed');
      return status;
    },
    { timeout: 60_000, interval: 5 },
  );
}

const request = (backupName = 'b1') =>
  world.create(deleteBackupRequests, { metadata: { name: 'd1', namespace: 'velero' }, spec: { backupName } });

/** Plays the node: the forgetting pod ends with `exitCode`. */
async function endForgetting(exitCode: number): Promise<void> {
  const pod = await vi.waitFor(
    async () => {
      const [found] = await world.all(pods);
      if (!found) throw new Error('no pod yet');
      return found;
    },
    { timeout: 60_000, interval: 5 },
  );
  expect(
    pod.spec?.containers.map((container) => container.env?.find(({ name }) => name === 'SNAPSHOTS')?.value),
  ).toEqual(['abc']);
  const containerStatuses = [{ name: 'forget-0', state: { terminated: { exitCode } } }];
  await world.client.patch(
    pods,
    {
      at: { name: pod.metadata.name, namespace: 'velero' },
      body: { status: { containerStatuses } },
      subresource: 'status',
    },
    world.signal,
  );
}

const isStored = (): Promise<boolean> =>
  createFolderStore(world.folder, systemRandom).exists(backupKeys('b1').metadata, world.signal);

test('request -> data, files and object are gone', async () => {
  await addBackup();
  world.startProcess(controllers);
  await request();
  await endForgetting(0);
  expect((await processed('d1'))?.errors).toBeUndefined();
  expect(await isStored()).toBe(false);
  expect([await world.all(backups), await world.all(dataUploads), await world.all(pods)]).toEqual([[], [], []]);
});

test('data that cannot be forgotten -> the backup stays, and the request says why', async () => {
  await addBackup();
  world.startProcess(controllers);
  await request();
  await endForgetting(21);
  expect((await processed('d1'))?.errors).toEqual(['Cannot write to the repository folder: it is read-only']);
  expect(await isStored()).toBe(true);
  expect(await world.all(backups)).toHaveLength(1);
});

test.each<{ name: string; backup: BackupPhase | undefined; want: string }>([
  { name: 'no such backup', backup: undefined, want: 'backup "b1" not found' },
  { name: 'running backup', backup: 'InProgress', want: 'backup is still in progress' },
])('$name -> processed with an error', async ({ backup, want }) => {
  if (backup) await addBackup(backup);
  world.startProcess(controllers);
  await request();
  expect((await processed('d1'))?.errors).toEqual([want]);
});

test('expired backup -> deleted; one that has not expired, or runs -> stays', async () => {
  await addBackup('Completed', '2020-01-01T00:00:00Z');
  await world.create(backups, {
    metadata: { name: 'young', namespace: 'velero' },
    status: { phase: 'Completed', expiration: '2999-01-01T00:00:00Z' },
  });
  await world.create(backups, {
    metadata: { name: 'busy', namespace: 'velero' },
    status: { phase: 'InProgress', expiration: '2020-01-01T00:00:00Z' },
  });
  world.startProcess(controllers);
  await endForgetting(0);
  await processed('b1-expired');
  expect((await world.all(backups)).map(({ metadata }) => metadata.name)).toEqual(['busy', 'young']);
});
