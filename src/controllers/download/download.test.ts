// Is a request for a file answered with its URL, and forgotten in time?

import { afterEach, beforeEach, expect, test } from 'vitest';
import { backupStorageLocations, backups, downloadRequests, restores } from '../../apis/velero/resources.ts';
import { veleroWorld } from '../../backup/testing/velero-world.ts';
import { epochMsOf } from '../../base/clock.ts';
import type { FakeWorld } from '../../client/fake-world.ts';
import { downloadController } from './controller.ts';
import { type DownloadView, reconcileDownload, type Step } from './reconcile.ts';
import { fileOf } from './target.ts';

test.each<{ name: string; view: Partial<DownloadView>; want: Step }>([
  { name: 'no phase -> answers', view: {}, want: { type: 'Answer' } },
  { name: 'New -> answers', view: { phase: 'New' }, want: { type: 'Answer' } },
  { name: 'New, expired -> removes it', view: { phase: 'New', leftMs: 0 }, want: { type: 'Remove' } },
  { name: 'Processed -> waits', view: { phase: 'Processed', leftMs: 5 }, want: { type: 'Wait', retryAfterMs: 5 } },
  { name: 'Failed -> waits', view: { phase: 'Failed', leftMs: 5 }, want: { type: 'Wait', retryAfterMs: 5 } },
  { name: 'Processed without a time -> answers', view: { phase: 'Processed' }, want: { type: 'Answer' } },
  { name: 'Processed, expired -> removes it', view: { phase: 'Processed', leftMs: -1 }, want: { type: 'Remove' } },
  { name: 'being deleted -> settled', view: { isDeleting: true, leftMs: -1 }, want: { type: 'Settled' } },
])('reconcileDownload: $name', ({ view, want }) => {
  expect(reconcileDownload({ phase: undefined, isDeleting: false, leftMs: undefined, ...view })).toEqual(want);
});

// Source: Velero's ObjectStoreLayout.
test.each([
  ['BackupLog', 'backups/x/x-logs.gz'],
  ['BackupContents', 'backups/x/x.tar.gz'],
  ['BackupVolumeSnapshots', 'backups/x/x-volumesnapshots.json.gz'],
  ['BackupItemOperations', 'backups/x/x-itemoperations.json.gz'],
  ['BackupResourceList', 'backups/x/x-resource-list.json.gz'],
  ['BackupResults', 'backups/x/x-results.gz'],
  ['BackupVolumeInfos', 'backups/x/x-volumeinfo.json.gz'],
  ['CSIBackupVolumeSnapshots', 'backups/x/x-csi-volumesnapshots.json.gz'],
  ['CSIBackupVolumeSnapshotContents', 'backups/x/x-csi-volumesnapshotcontents.json.gz'],
  ['RestoreLog', 'restores/x/restore-x-logs.gz'],
  ['RestoreResults', 'restores/x/restore-x-results.gz'],
  ['RestoreResourceList', 'restores/x/restore-x-resource-list.json.gz'],
  ['RestoreItemOperations', 'restores/x/restore-x-itemoperations.json.gz'],
  ['RestoreVolumeInfo', 'restores/x/x-volumeinfo.json.gz'],
])('fileOf: %s -> %s', (kind, key) => {
  expect(fileOf({ kind, name: 'x' })?.key).toBe(key);
});

test.each([
  ['BackupLog', '../../etc/passwd'],
  ['BackupLog', 'a/b'],
  ['BackupLog', ''],
  ['BackupMetadata', 'x'],
  ['constructor', 'x'],
])('fileOf: %s of %j -> none', (kind, name) => {
  expect(fileOf({ kind, name })).toBeUndefined();
});

let world: FakeWorld;
const made = { at: 0 };

beforeEach(async () => {
  world = veleroWorld();
  const linkTo = ({ folder, key }: { folder: string; key: string }, expiresMs: number): string => {
    made.at = expiresMs;
    return `https://x/${folder}/${key}`;
  };
  await world.start(downloadController(world.deps, { linkTo }));
  const namespace = 'velero';
  const objectStorage = { bucket: 'b', prefix: 'p' };
  const spec = { provider: 'amarre.io/filesystem', config: { path: '/srv' }, objectStorage };
  await world.create(backupStorageLocations, { metadata: { namespace, name: 'nas' }, spec });
  await world.create(backups, { metadata: { namespace, name: 'one' }, spec: { storageLocation: 'nas' } });
  await world.create(backups, { metadata: { namespace, name: 'lost' }, spec: { storageLocation: 'gone' } });
  await world.create(restores, { metadata: { namespace, name: 'two' }, spec: { backupName: 'one' } });
  await world.create(restores, { metadata: { namespace, name: 'orphan' }, spec: { backupName: 'none' } });
});
afterEach(() => world.end());

async function answer(kind: string, name: string) {
  await world.create(downloadRequests, {
    metadata: { namespace: 'velero', name: 'r' },
    spec: { target: { kind, name } },
  });
  await world.clock.advance(0);
  return (await world.find(downloadRequests, 'r', 'velero'))?.status;
}

test.each([
  ['BackupLog', 'one', 'https://x//srv/p/backups/one/one-logs.gz'],
  ['RestoreLog', 'two', 'https://x//srv/p/restores/two/restore-two-logs.gz'],
])('%s of %s -> Processed with its URL, which lives ten minutes', async (kind, name, downloadURL) => {
  const expiration = '2026-01-01T00:10:00Z';
  expect(await answer(kind, name)).toEqual({ phase: 'Processed', downloadURL, expiration });
  expect(made.at).toBe(epochMsOf(expiration));
  await world.clock.advance(599_000);
  expect(await world.find(downloadRequests, 'r', 'velero')).toBeDefined();
  await world.clock.advance(1_000);
  expect(await world.find(downloadRequests, 'r', 'velero')).toBeUndefined();
});

test.each([
  ['BackupLog', 'none', 'backup "none" not found'],
  ['RestoreLog', 'one', 'restore "one" not found'],
  ['RestoreLog', 'orphan', 'backup "none" not found'],
  ['BackupLog', 'lost', 'backup storage location "gone" not found'],
  ['BackupLog', '../one', 'There is no file of kind "BackupLog" and name "../one"'],
])('%s of %s -> Failed: %s', async (kind, name, message) => {
  expect(await answer(kind, name)).toEqual({ phase: 'Failed', message, expiration: '2026-01-01T00:10:00Z' });
});
