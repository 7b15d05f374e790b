// Is a location looked at when it is due, and are backups never forgotten by mistake?

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { namespaces } from '../../apis/resources.ts';
import { backupStorageLocations, backups } from '../../apis/velero/resources.ts';
import type { Backup } from '../../apis/velero/types.ts';
import { createFolderStore } from '../../backup/folder-store.ts';
import { backupKeys } from '../../backup/layout.ts';
import { BackupWorld, type MakeControllers } from '../../backup/testing/backup-world.ts';
import { systemRandom } from '../../base/system-random.ts';
import { backupLocationController } from './controller.ts';
import { ensureDefaultBackupLocation } from './default-location.ts';
import { type LocationView, planSync, reconcileLocation, type Step } from './reconcile.ts';

function view(overrides: Partial<LocationView> = {}): LocationView {
  return {
    isDeleting: false,
    phase: 'Available',
    sinceValidationMs: 10_000,
    sinceSyncMs: 20_000,
    validationFrequencyMs: 60_000,
    syncPeriodMs: 60_000,
    lacksAuthority: false,
    ...overrides,
  };
}

test.each<{ name: string; view: Partial<LocationView>; want: Step }>([
  {
    name: 'names no authority -> gets it before anything else',
    view: { lacksAuthority: true, phase: undefined, sinceValidationMs: undefined },
    want: { type: 'AddAuthority' },
  },
  { name: 'new -> validates', view: { sinceValidationMs: undefined, phase: undefined }, want: { type: 'Validate' } },
  { name: 'validated -> syncs', view: { sinceSyncMs: undefined }, want: { type: 'Sync' } },
  { name: 'both done -> waits for the earlier', view: {}, want: { type: 'Wait', retryAfterMs: 40_000 } },
  { name: 'a minute later -> validates', view: { sinceValidationMs: 60_000 }, want: { type: 'Validate' } },
  {
    name: 'unavailable -> does not sync',
    view: { phase: 'Unavailable', sinceSyncMs: undefined, sinceValidationMs: 1000 },
    want: { type: 'Wait', retryAfterMs: 4_000 },
  },
  {
    name: 'unavailable for five seconds -> validates',
    view: { phase: 'Unavailable', sinceValidationMs: 5_000 },
    want: { type: 'Validate' },
  },
  {
    name: 'unavailable, no periods -> settled',
    view: { phase: 'Unavailable', validationFrequencyMs: 0, syncPeriodMs: 0 },
    want: { type: 'Settled' },
  },
  {
    name: 'no periods -> looks once',
    view: { validationFrequencyMs: 0, syncPeriodMs: 0, sinceValidationMs: undefined },
    want: { type: 'Validate' },
  },
  {
    name: 'no periods, looked -> settled',
    view: { validationFrequencyMs: 0, syncPeriodMs: 0 },
    want: { type: 'Settled' },
  },
  { name: 'being deleted -> settled', view: { isDeleting: true }, want: { type: 'Settled' } },
])('reconcileLocation: $name', ({ view: overrides, want }) => {
  expect(reconcileLocation(view(overrides))).toEqual(want);
});

const backup = (name: string, phase: string): Backup => ({ metadata: { name }, status: { phase } }) as Backup;

test.each<{ name: string; stored: string[]; known: Backup[]; missing: string[]; vanished: string[] }>([
  { name: 'stored, unknown -> imported', stored: ['a'], known: [], missing: ['a'], vanished: [] },
  {
    name: 'known, not stored -> vanished',
    stored: ['a'],
    known: [backup('a', 'Completed'), backup('b', 'Completed')],
    missing: [],
    vanished: ['b'],
  },
  {
    name: 'running, not stored yet -> stays',
    stored: ['a'],
    known: [backup('a', 'Completed'), backup('b', 'InProgress')],
    missing: [],
    vanished: [],
  },
  {
    name: 'failed, never stored -> stays',
    stored: ['a'],
    known: [backup('a', 'Completed'), backup('b', 'Failed')],
    missing: [],
    vanished: [],
  },
  {
    name: 'empty folder -> nothing is forgotten',
    stored: [],
    known: [backup('a', 'Completed')],
    missing: [],
    vanished: [],
  },
])('planSync: $name', ({ stored, known, missing, vanished }) => {
  const plan = planSync(stored, known);
  expect({ missing: plan.missing, vanished: plan.vanished.map(({ metadata }) => metadata.name) }).toEqual({
    missing,
    vanished,
  });
});

let world: BackupWorld;
beforeEach(() => {
  world = new BackupWorld();
});
afterEach(() => world.end());

const controllers: MakeControllers = (deps, openStore) => [backupLocationController(deps, { openStore })];
const locationStatus = async () => (await world.find(backupStorageLocations, 'default', 'velero'))?.status;

test('fresh cluster over an old folder -> Available, and its backups are known', async () => {
  const store = createFolderStore(world.folder, systemRandom);
  const old = {
    apiVersion: 'velero.io/v1',
    kind: 'Backup',
    metadata: { name: 'old', uid: 'x', resourceVersion: '7' },
    status: { phase: 'Completed' },
  };
  await store.put(backupKeys('old').metadata, Buffer.from(JSON.stringify(old)), world.signal);
  await store.put(backupKeys('half').contents, Buffer.from('x'), world.signal);
  await store.put(backupKeys('broken').metadata, Buffer.from('{'), world.signal);
  world.startProcess(controllers);
  await ensureDefaultBackupLocation(world.client, world.folder, world.signal);
  await ensureDefaultBackupLocation(world.client, world.folder, world.signal);
  await vi.waitFor(async () => expect((await locationStatus())?.lastSyncedTime).toBeDefined(), {
    timeout: 60_000,
    interval: 5,
  });
  expect((await locationStatus())?.phase).toBe('Available');
  expect(
    (await world.all(backups)).map(({ metadata, spec, status }) => [
      metadata.name,
      spec?.storageLocation,
      status?.phase,
    ]),
  ).toEqual([['old', 'default', 'Completed']]);
  expect(await world.find(namespaces, 'velero')).toBeDefined();
});

test.each<{ name: string; path: (folder: string) => string; message: RegExp }>([
  {
    name: 'parent of the folder is missing',
    path: (folder) => join(folder, 'a/b'),
    message: /there is no such file \(ENOENT\)/,
  },
  { name: 'a file instead of a folder', path: (folder) => join(folder, 'file'), message: /ENOTDIR/ },
  { name: 'a relative path', path: () => 'backups', message: /must be an absolute path, found "backups"/ },
  {
    name: 'a folder with other things in it',
    path: (folder) => join(folder, 'home'),
    message: /no part of a backup location: photos/,
  },
])('$name -> Unavailable, says why', async ({ path, message }) => {
  writeFileSync(join(world.folder, 'file'), '');
  mkdirSync(join(world.folder, 'home/photos'), { recursive: true });
  world.startProcess(controllers);
  await ensureDefaultBackupLocation(world.client, path(world.folder), world.signal);
  await vi.waitFor(async () => expect((await locationStatus())?.phase).toBe('Unavailable'), {
    timeout: 60_000,
    interval: 5,
  });
  expect((await locationStatus())?.message).toMatch(message);
});

test('location that names no authority gets ours; one that names its own keeps it', async () => {
  world.startProcess((deps, openStore) => [backupLocationController(deps, { openStore, authority: 'PEM' })]);
  await ensureDefaultBackupLocation(world.client, join(world.folder, 'default'), world.signal);
  const own = { provider: 'amarre.io/filesystem', objectStorage: { bucket: 'x', caCert: 'b3du' } };
  const spec = { ...own, config: { path: join(world.folder, 'own') } };
  await world.create(backupStorageLocations, { metadata: { name: 'own', namespace: 'velero' }, spec });
  const location = async (name: string) => world.find(backupStorageLocations, name, 'velero');
  await vi.waitFor(
    async () => {
      expect((await location('default'))?.status?.phase).toBe('Available');
      expect((await location('own'))?.status?.phase).toBe('Available');
    },
    { timeout: 60_000, interval: 5 },
  );
  const caCert = Buffer.from('PEM').toString('base64');
  expect((await location('default'))?.spec?.objectStorage).toEqual({ bucket: 'default', caCert });
  expect((await location('own'))?.spec?.objectStorage.caCert).toBe('b3du');
});

test('spec is corrected -> looked at again at once', async () => {
  world.startProcess(controllers);
  await ensureDefaultBackupLocation(world.client, 'relative', world.signal);
  await vi.waitFor(async () => expect((await locationStatus())?.phase).toBe('Unavailable'), {
    timeout: 60_000,
    interval: 5,
  });
  const at = { name: 'default', namespace: 'velero' };
  await world.client.patch(
    backupStorageLocations,
    { at, body: { spec: { config: { path: world.folder } } } },
    world.signal,
  );
  await vi.waitFor(async () => expect((await locationStatus())?.phase).toBe('Available'), {
    timeout: 60_000,
    interval: 5,
  });
  expect(existsSync(world.folder)).toBe(true);
});
