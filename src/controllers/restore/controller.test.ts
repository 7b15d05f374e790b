// Does a restore bring back what the backup held, in a safe order, and whenever its controller dies?

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import {
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  secrets,
  statefulSets,
} from '../../apis/resources.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import { backups, dataDownloads, dataUploads, restores } from '../../apis/velero/resources.ts';
import type { Restore, RestoreSpec } from '../../apis/velero/types.ts';
import { createFolderStore } from '../../backup/folder-store.ts';
import { type BackupItem, itemOf } from '../../backup/items.ts';
import { backupKeys } from '../../backup/layout.ts';
import { writeTarball } from '../../backup/tarball.ts';
import { BackupWorld, type MakeControllers, worldResources } from '../../backup/testing/backup-world.ts';
import { systemRandom } from '../../base/system-random.ts';
import { restoreController } from './controller.ts';
import { dataDownloadController } from './download-controller.ts';
import { isTerminal } from './reconcile.ts';

let world: BackupWorld;

beforeEach(async () => {
  world = new BackupWorld();
  await world.addShop();
  await world.create(secrets, {
    metadata: { name: 'velero-repo-credentials', namespace: 'velero' },
    data: { 'default.shop': 'cHc=' },
  });
  await storeBackup('Completed');
});
afterEach(() => world.end());

const controllers: MakeControllers = (deps, openStore) => {
  const discovered = worldResources.map((resource) => ({ ...resource, verbs: ['create', 'list'] }));
  const discoverer = { discover: () => Promise.resolve(discovered) };
  return [restoreController(deps, { discoverer, openStore }), dataDownloadController(deps, { openStore })];
};

/** A backup of the shop as the store keeps it; `phase` is that of its upload. */
async function storeBackup(phase: 'Completed' | 'Failed'): Promise<void> {
  const items: BackupItem[] = [];
  for (const resource of worldResources) {
    const isOfShop = ({ metadata }: KubeObject): boolean =>
      metadata.name !== 'velero' && metadata.namespace !== 'velero';
    items.push(...(await world.all(resource)).filter(isOfShop).map((object) => itemOf(resource, object)));
  }
  const upload: DataUpload = {
    metadata: { name: 'b1-x', namespace: 'velero', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
    spec: {
      snapshotType: 'CSI',
      sourceNamespace: 'shop',
      sourcePVC: 'data-db-0',
      backupStorageLocation: 'default',
      operationTimeout: '1h',
    },
    status: { phase, snapshotID: 'abc', progress: { totalBytes: 7 } },
  };
  const store = createFolderStore(world.folder, systemRandom);
  await store.put(backupKeys('b1').contents, writeTarball([...items, itemOf(dataUploads, upload)]), world.signal);
  if (await world.find(backups, 'b1', 'velero')) return;
  await world.create(backups, {
    metadata: { name: 'b1', namespace: 'velero' },
    spec: { storageLocation: 'default' },
    status: { phase: 'Completed' },
  });
}

async function restore(spec: RestoreSpec = {}, name = 'r1'): Promise<void> {
  await world.create(restores, { metadata: { name, namespace: 'velero' }, spec: { backupName: 'b1', ...spec } });
}

async function ended(name = 'r1'): Promise<Restore> {
  return vi.waitFor(
    async () => {
      const found = await world.find(restores, name, 'velero');
      expect(isTerminal(found?.status?.phase)).toBe(true);
      if (!found) throw new Error('gone');
      return found;
    },
    { timeout: 60_000, interval: 5 },
  );
}

const toOther: RestoreSpec = { namespaceMapping: { shop: 'other' } };

test('restore into another namespace -> claim with room and data, then the workload; no pod of the set', async () => {
  world.startProcess(controllers);
  await restore(toOther);
  expect((await ended()).status).toMatchObject({ phase: 'Completed', errors: 0, warnings: 0 });
  const claim = await world.find(persistentVolumeClaims, 'data-db-0', 'other');
  expect(claim?.spec).toMatchObject({ storageClassName: 'fast', resources: { requests: { storage: '2Gi' } } });
  expect(claim?.spec?.volumeName).toBeUndefined();
  const [download] = await world.all(dataDownloads);
  expect(download).toMatchObject({
    spec: { snapshotID: 'abc', targetVolume: { namespace: 'other', pvc: 'data-db-0' } },
    status: { phase: 'Completed' },
  });
  expect(await world.find(statefulSets, 'db', 'other')).toBeDefined();
  expect((await world.find(secrets, 'login', 'other'))?.data).toEqual({ password: 'eA==' });
  expect((await world.find(namespaces, 'other'))?.metadata.labels).toMatchObject({
    team: 'a',
    'velero.io/restore-name': 'r1',
  });
  // No mover, no copy of the password, no pod that the StatefulSet will make.
  expect((await world.all(pods)).filter(({ metadata }) => metadata.namespace === 'other')).toEqual([]);
  expect((await world.all(secrets)).filter(({ metadata }) => metadata.namespace === 'other')).toHaveLength(1);
  const writes = world.api.writes.filter((write) => write.includes('/other/'));
  expect(writes.findIndex((write) => write.endsWith('/pods'))).toBeLessThan(
    writes.findIndex((write) => write.endsWith('/statefulsets')),
  );
});

test('data that cannot be brought back -> PartiallyFailed, and nothing is started on an empty volume', async () => {
  world.moverMessage = () => ({ exitCode: 25, message: 'error Damaged\nno such blob' });
  world.startProcess(controllers);
  await restore(toOther);
  expect((await ended()).status).toMatchObject({ phase: 'PartiallyFailed', errors: 2 });
  expect(await world.find(statefulSets, 'db', 'other')).toBeUndefined();
  expect(await world.find(secrets, 'login', 'other')).toBeDefined();
});

test('backup without the data of a claim -> PartiallyFailed, and nothing is started', async () => {
  await storeBackup('Failed');
  world.startProcess(controllers);
  await restore(toOther);
  expect((await ended()).status?.phase).toBe('PartiallyFailed');
  expect(await world.find(statefulSets, 'db', 'other')).toBeUndefined();
});

test('restore over the living namespace -> nothing is overwritten, no data is moved, differences are warned of', async () => {
  await world.client.patch(
    secrets,
    { at: { name: 'login', namespace: 'shop' }, body: { data: { password: 'bmV3' } } },
    world.signal,
  );
  world.startProcess(controllers);
  await restore();
  expect((await ended()).status).toMatchObject({ phase: 'Completed', errors: 0 });
  expect((await world.find(secrets, 'login', 'shop'))?.data).toEqual({ password: 'bmV3' });
  expect(await world.all(dataDownloads)).toEqual([]);
  expect((await ended()).status?.warnings).toBeGreaterThan(0);
});

test('a second restore of the same name over restored claims -> their data is not overwritten', async () => {
  world.startProcess(controllers);
  await restore(toOther);
  await ended();
  await world.client.delete(restores, { at: { name: 'r1', namespace: 'velero' } }, world.signal);
  for (const { metadata } of await world.all(dataDownloads)) {
    await world.client.delete(dataDownloads, { at: { name: metadata.name, namespace: 'velero' } }, world.signal);
  }
  await restore(toOther);
  await ended();
  expect(await world.all(dataDownloads)).toEqual([]);
});

test('existingResourcePolicy update -> changed objects are put back', async () => {
  await world.client.patch(
    secrets,
    { at: { name: 'login', namespace: 'shop' }, body: { data: { password: 'bmV3' } } },
    world.signal,
  );
  world.startProcess(controllers);
  await restore({ existingResourcePolicy: 'update', includedResources: ['secrets'] });
  expect((await ended()).status?.phase).toBe('Completed');
  expect((await world.find(secrets, 'login', 'shop'))?.data).toEqual({ password: 'eA==' });
});

test('retained volume without data in the backup -> comes back by name with its claim', async () => {
  await world.client.patch(
    persistentVolumes,
    {
      at: { name: 'pv-1' },
      body: {
        spec: { persistentVolumeReclaimPolicy: 'Retain', claimRef: { namespace: 'shop', name: 'data-db-0', uid: 'x' } },
      },
    },
    world.signal,
  );
  const store = createFolderStore(world.folder, systemRandom);
  const items = await Promise.all(
    ([namespaces, persistentVolumes, persistentVolumeClaims] as const).map(async (resource) =>
      (await world.all<KubeObject>(resource))
        .filter(({ metadata }) => metadata.name !== 'velero')
        .map((object) => itemOf(resource, object)),
    ),
  );
  await store.put(backupKeys('b1').contents, writeTarball(items.flat()), world.signal);
  await world.client.delete(persistentVolumes, { at: { name: 'pv-1' } }, world.signal);
  world.startProcess(controllers);
  await restore(toOther);
  await ended();
  expect((await world.find(persistentVolumes, 'pv-1'))?.spec?.claimRef).toEqual({
    namespace: 'other',
    name: 'data-db-0',
  });
  expect((await world.find(persistentVolumeClaims, 'data-db-0', 'other'))?.spec?.volumeName).toBe('pv-1');
});

test.each<{ name: string; spec: RestoreSpec; want: RegExp }>([
  { name: 'unknown backup', spec: { backupName: 'x' }, want: /backup "x" not found/ },
  { name: 'backup and schedule', spec: { scheduleName: 's' }, want: /not both/ },
  { name: 'nodes', spec: { includedResources: ['nodes'] }, want: /nodes are non-restorable/ },
  { name: 'unknown policy', spec: { existingResourcePolicy: 'replace' as 'update' }, want: /found "replace"/ },
])('$name -> FailedValidation', async ({ spec, want }) => {
  world.startProcess(controllers);
  await restore(spec);
  const { status } = await ended();
  expect(status?.phase).toBe('FailedValidation');
  expect(status?.validationErrors?.join()).toMatch(want);
});

test('damaged tarball -> Failed, says so', async () => {
  writeFileSync(join(world.folder, backupKeys('b1').contents), 'garbage');
  world.startProcess(controllers);
  await restore(toOther);
  expect((await ended()).status).toMatchObject({
    phase: 'Failed',
    failureReason: 'Cannot read the backup: the tarball is damaged',
  });
});

test('password lost -> PartiallyFailed, names the key', async () => {
  await world.client.delete(secrets, { at: { name: 'velero-repo-credentials', namespace: 'velero' } }, world.signal);
  world.startProcess(controllers);
  await restore(toOther);
  expect((await ended()).status?.phase).toBe('PartiallyFailed');
  expect((await world.all(dataDownloads))[0]?.status?.message).toMatch(/velero-repo-credentials/);
});

test('the controller dies after any call -> the next one finishes the restore', async () => {
  const first = world.startProcess(controllers);
  await restore(toOther, 'whole');
  await ended('whole');
  const calls = first.calls();
  await first.stop();
  for (let atCall = 1; atCall <= calls; atCall += 1) {
    const name = `r-${atCall}`;
    const process = world.startProcess(controllers, { atCall, when: 'after' });
    await restore({ namespaceMapping: { shop: `n-${atCall}` } }, name);
    await Promise.race([process.died, ended(name)]);
    await process.stop();
    const next = world.startProcess(controllers);
    expect((await ended(name)).status, `crash after call ${atCall}`).toMatchObject({
      phase: 'Completed',
      errors: 0,
      warnings: 0,
    });
    const claim: PersistentVolumeClaim | undefined = await world.find(
      persistentVolumeClaims,
      'data-db-0',
      `n-${atCall}`,
    );
    expect(claim).toBeDefined();
    const downloads = (await world.all(dataDownloads)).filter(
      ({ spec }) => spec?.targetVolume.namespace === `n-${atCall}`,
    );
    expect(downloads.map(({ status }) => status?.phase)).toEqual(['Completed']);
    expect(await world.find(statefulSets, 'db', `n-${atCall}`)).toBeDefined();
    expect((await world.all(pods)).filter(({ metadata }) => metadata.namespace === `n-${atCall}`)).toEqual([]);
    await next.stop();
  }
}, 120_000);
