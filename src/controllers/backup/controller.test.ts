// Does a backup end as it should, whatever fails, and whenever its controller dies?

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DraftMeta, Resource } from '../../apimachinery/meta.ts';
import { persistentVolumeClaims, pods } from '../../apis/resources.ts';
import { volumeSnapshotContents, volumeSnapshots } from '../../apis/snapshot/types.ts';
import { backupStorageLocations, backups, dataUploads } from '../../apis/velero/resources.ts';
import type { Backup } from '../../apis/velero/types.ts';
import { createFolderStore } from '../../backup/folder-store.ts';
import { backupKeys } from '../../backup/layout.ts';
import { hasBackupEnded } from '../../backup/phase.ts';
import { type QuiesceRecord, quiesceAnnotation } from '../../backup/progress.ts';
import { readTarball } from '../../backup/tarball.ts';
import { BackupWorld, type MakeControllers, worldResources } from '../../backup/testing/backup-world.ts';
import type { Crash } from '../../backup/testing/velero-transport.ts';
import { systemRandom } from '../../base/system-random.ts';
import { backupController } from './controller.ts';
import { dataUploadController } from './upload-controller.ts';

let world: BackupWorld;

beforeEach(() => {
  world = new BackupWorld();
});
afterEach(() => world.end());

const controllers: MakeControllers = (deps, openStore) => {
  const discovered = worldResources.map((resource) => ({ ...resource, verbs: ['create', 'list'] }));
  const discoverer = { discover: () => Promise.resolve(discovered) };
  return [
    backupController(deps, { discoverer, openStore, quiesceLimitMs: 2000 }),
    dataUploadController(deps, { openStore }),
  ];
};

function draft(
  spec: Backup['spec'] = {},
  metadata: DraftMeta = {},
): Omit<Backup, 'metadata'> & { metadata: DraftMeta } {
  return {
    metadata: { name: 'b1', namespace: 'velero', ...metadata },
    spec: { includedNamespaces: ['shop'], ...spec },
  };
}

async function ended(name = 'b1'): Promise<Backup> {
  return vi.waitFor(
    async () => {
      const backup = await world.find(backups, name, 'velero');
      expect(hasBackupEnded(backup?.status?.phase)).toBe(true);
      expect(backup?.metadata.finalizers ?? []).toEqual([]);
      if (!backup) throw new Error('gone');
      return backup;
    },
    { timeout: 60_000, interval: 5 },
  );
}

/** Nothing that a backup needs may stay when it has ended. */
async function expectTidy(): Promise<void> {
  await vi.waitFor(
    async () => {
      const names = async (resource: Resource): Promise<string[]> =>
        (await world.all(resource)).map(({ metadata }) => metadata.name);
      expect(await names(volumeSnapshots)).toEqual([]);
      expect((await names(volumeSnapshotContents)).filter((name) => !name.startsWith('snapcontent-'))).toEqual([]);
      expect((await names(pods)).filter((name) => name !== 'db-0')).toEqual([]);
      expect((await names(persistentVolumeClaims)).filter((name) => name !== 'data-db-0')).toEqual([]);
    },
    { timeout: 60_000, interval: 5 },
  );
  expect({ isFrozen: world.isFrozen, freezesOfFrozen: world.freezesOfFrozen }).toEqual({
    isFrozen: false,
    freezesOfFrozen: 0,
  });
}

test('a backup with hooks -> Completed, cut while quiesced, everything stored', async () => {
  await world.addShop();
  world.startProcess(controllers);
  await world.create(backups, draft());
  const backup = await ended();
  expect(backup.status).toMatchObject({
    phase: 'Completed',
    errors: 0,
    warnings: 0,
    hookStatus: { hooksAttempted: 2, hooksFailed: 0 },
  });
  expect([...world.cuts.values()]).toEqual([true]);
  expect(world.commands).toEqual(['freeze', 'thaw']);

  const [record] = JSON.parse(backup.metadata.annotations?.[quiesceAnnotation] ?? '[]') as QuiesceRecord[];
  const times = [record?.preStart, record?.preEnd, record?.cut, record?.postStart, record?.postEnd].map(String);
  expect(times).toEqual([...times].sort());

  const store = createFolderStore(world.folder, systemRandom);
  const items: string[] = [];
  for await (const item of readTarball(await store.get(backupKeys('b1').contents, world.signal))) {
    items.push(`${item.groupResource} ${item.namespace ?? ''}/${item.name}`);
  }
  const [upload] = await world.all(dataUploads);
  expect(items.sort()).toEqual([
    `datauploads.velero.io velero/${upload?.metadata.name}`,
    'namespaces /shop',
    'persistentvolumeclaims shop/data-db-0',
    'persistentvolumes /pv-1',
    'pods shop/db-0',
    'secrets shop/login',
    'statefulsets.apps shop/db',
    'storageclasses.storage.k8s.io /fast',
  ]);
  expect(upload?.status).toMatchObject({ phase: 'Completed', snapshotID: 'a'.repeat(64), progress: { totalBytes: 7 } });
  const metadata = JSON.parse(readFileSync(join(world.folder, backupKeys('b1').metadata), 'utf8')) as Backup;
  expect(metadata).toMatchObject({ kind: 'Backup', status: { phase: 'Completed', formatVersion: '1.1.0' } });
  await expectTidy();
});

const hooks = (pre: string, post: string, extra: Record<string, string> = {}): Record<string, string> => ({
  'pre.hook.backup.velero.io/command': pre,
  'post.hook.backup.velero.io/command': post,
  ...extra,
});

test.each<{ name: string; annotations: Record<string, string>; phase: string; reason?: RegExp; commands: string[] }>([
  {
    name: 'pre hook that does not exist -> Failed, thawed, no snapshot',
    annotations: hooks('["missing"]', '["thaw"]'),
    phase: 'Failed',
    reason: /pre hook \["missing"\].*exit code 127: no such file/,
    commands: ['missing', 'thaw'],
  },
  {
    name: 'pre hook that hangs -> Failed after its time, thawed',
    annotations: hooks('["hang"]', '["thaw"]', { 'pre.hook.backup.velero.io/timeout': '100ms' }),
    phase: 'Failed',
    reason: /did not end within 100 ms/,
    commands: ['hang', 'thaw'],
  },
  {
    name: 'pre hook that fails and may -> goes on, PartiallyFailed',
    annotations: hooks('["missing"]', '["thaw"]', { 'pre.hook.backup.velero.io/on-error': 'Continue' }),
    phase: 'PartiallyFailed',
    commands: ['missing', 'thaw'],
  },
  {
    name: 'post hook that fails each time -> PartiallyFailed after three tries',
    annotations: hooks('["true"]', '["missing"]'),
    phase: 'PartiallyFailed',
    commands: ['true', 'missing', 'missing', 'missing'],
  },
])('$name', async ({ annotations, phase, reason, commands }) => {
  await world.addShop(annotations);
  world.startProcess(controllers);
  await world.create(backups, draft());
  const backup = await ended();
  expect(backup.status?.phase).toBe(phase);
  if (reason) expect(backup.status?.failureReason).toMatch(reason);
  expect(world.commands).toEqual(commands);
  if (phase === 'Failed') expect(world.cuts.size).toBe(0);
  await expectTidy();
});

test("snapshots that fail each time -> thawed each time, Failed with the storage's words", async () => {
  await world.addShop();
  world.snapshotError = 'pool is full';
  world.startProcess(controllers);
  await world.create(backups, draft());
  expect((await ended()).status?.failureReason).toMatch(/Gave up after 3 attempts.*pool is full/);
  expect(world.commands).toEqual(['freeze', 'thaw', 'freeze', 'thaw', 'freeze', 'thaw']);
  await expectTidy();
});

test('repository folder full -> PartiallyFailed, names the folder', async () => {
  await world.addShop();
  world.moverMessage = () => ({
    exitCode: 22,
    message: 'error Full\nCannot write to repository folder /b: the disk is full',
  });
  world.startProcess(controllers);
  await world.create(backups, draft());
  expect((await ended()).status).toMatchObject({ phase: 'PartiallyFailed', errors: 1, backupItemOperationsFailed: 1 });
  expect((await world.all(dataUploads))[0]?.status?.message).toBe(
    'Cannot write to repository folder /b: the disk is full',
  );
  await expectTidy();
});

test.each<{ name: string; prepare: () => Promise<void>; spec: Backup['spec']; want: RegExp }>([
  { name: 'unknown location', prepare: async () => {}, spec: { storageLocation: 'x' }, want: /"x" not found/ },
  {
    name: 'unavailable location',
    prepare: async () => {
      const at = { name: 'default', namespace: 'velero' };
      await world.client.patch(
        backupStorageLocations,
        { at, body: { status: { phase: 'Unavailable', message: 'read-only' } } },
        world.signal,
      );
    },
    spec: {},
    want: /in Unavailable status: read-only/,
  },
  {
    name: 'folder that broke after it was looked at',
    prepare: async () => {
      rmSync(world.folder, { recursive: true });
      writeFileSync(world.folder, '');
    },
    spec: {},
    want: /backup can't be created: Cannot use folder .* \(ENOTDIR\)/,
  },
  {
    name: 'label selectors of both kinds',
    prepare: async () => {},
    spec: { labelSelector: {}, orLabelSelectors: [{}] },
    want: /only one can be specified/,
  },
  { name: 'ttl that is none', prepare: async () => {}, spec: { ttl: 'long' }, want: /spec\.ttl: found "long"/ },
])('$name -> FailedValidation', async ({ prepare, spec, want }) => {
  await world.addShop();
  await prepare();
  world.startProcess(controllers);
  await world.create(backups, draft(spec));
  const backup = await ended();
  expect(backup.status?.phase).toBe('FailedValidation');
  expect(backup.status?.validationErrors?.join()).toMatch(want);
  expect(world.commands).toEqual([]);
});

test('snapshotVolumes false -> objects only; a second backup of a name that is stored -> refused', async () => {
  await world.addShop();
  world.startProcess(controllers);
  await world.create(backups, draft({ snapshotVolumes: false }));
  expect((await ended()).status).toMatchObject({ phase: 'Completed', csiVolumeSnapshotsAttempted: 0 });
  expect(world.cuts.size).toBe(0);
  await world.client.delete(backups, { at: { name: 'b1', namespace: 'velero' } }, world.signal);
  await world.create(backups, draft());
  expect((await ended()).status).toMatchObject({
    phase: 'FailedValidation',
    validationErrors: ['backup already exists in object storage'],
  });
});

test('two backups at once -> one after the other', async () => {
  await world.addShop();
  world.startProcess(controllers);
  await world.create(backups, draft({}, { name: 'b2' }));
  await world.create(backups, draft());
  await Promise.all([ended('b1'), ended('b2')]);
  expect(world.commands).toEqual(['freeze', 'thaw', 'freeze', 'thaw']);
  await expectTidy();
});

test('no snapshot class -> Failed, says what to create', async () => {
  await world.addShop();
  await world.client.delete(
    {
      group: 'snapshot.storage.k8s.io',
      version: 'v1',
      plural: 'volumesnapshotclasses',
      kind: 'VolumeSnapshotClass',
      namespaced: false,
    },
    { at: { name: 'snap' } },
    world.signal,
  );
  world.startProcess(controllers);
  await world.create(backups, draft());
  expect((await ended()).status?.failureReason).toMatch(/Cannot snapshot volumes of driver "driver".*Create one/);
  expect(world.commands).toEqual([]);
});

test('the controller dies at any call -> the next one thaws, and the backup ends whole or failed', async () => {
  await world.addShop();
  const first = world.startProcess(controllers);
  await world.create(backups, draft({}, { name: 'whole' }));
  await ended('whole');
  const calls = first.calls();
  await first.stop();
  // To die before a call is to die after the one before it.
  for (let atCall = 1; atCall <= calls; atCall += 1) {
    const name = `b-${atCall}`;
    const crash: Crash = { atCall, when: 'after' };
    const process = world.startProcess(controllers, crash);
    await world.create(backups, draft({}, { name }));
    // A run need not make as many calls as another: the crash may never come.
    await Promise.race([process.died, ended(name)]);
    await process.stop();
    const next = world.startProcess(controllers);
    const backup = await ended(name);
    await expectTidy();
    expect(backup.status, `crash after call ${atCall}`).toMatchObject({
      phase: 'Completed',
      csiVolumeSnapshotsAttempted: 1,
    });
    expect(await createFolderStore(world.folder, systemRandom).exists(backupKeys(name).metadata, world.signal)).toBe(
      true,
    );
    await next.stop();
    for (const upload of await world.all(dataUploads)) {
      // The upload's snapshot is one that was cut while the database stood still.
      expect(world.cuts.get(upload.spec?.csiSnapshot?.volumeSnapshot ?? '')).toBe(true);
      await world.client.delete(dataUploads, { at: { name: upload.metadata.name, namespace: 'velero' } }, world.signal);
    }
  }
}, 120_000);
