// Do the files of a restore say what it did? Read as the velero command reads them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configMaps, namespaces } from '../../apis/resources.ts';
import type { DataDownload } from '../../apis/velero/data-types.ts';
import type { Restore } from '../../apis/velero/types.ts';
import { createFolderStore } from '../../backup/folder-store.ts';
import { itemOf } from '../../backup/items.ts';
import { restoreKeys } from '../../backup/layout.ts';
import { type ObjectStore, ObjectStoreError } from '../../backup/object-store.ts';
import { readJson, readText } from '../../backup/testing/read-file.ts';
import { epochMsOf } from '../../base/clock.ts';
import { systemRandom } from '../../base/system-random.ts';
import { recordFailedRestore, recordRestore } from './record.ts';

const { signal } = new AbortController();
let root: string;
let store: ObjectStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'amarre-record-'));
  store = createFolderStore(root, systemRandom);
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const now = '2026-01-01T00:00:06Z';
const metadata = { name: 'r1', namespace: 'velero', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const restore: Restore = {
  metadata,
  spec: { backupName: 'b1', namespaceMapping: { shop: 'market' } },
  status: { startTimestamp: '2026-01-01T00:00:00Z' },
};
const download: DataDownload = {
  metadata: { ...metadata, name: 'r1-x', creationTimestamp: '2026-01-01T00:00:01Z' },
  spec: {
    targetVolume: { namespace: 'market', pvc: 'data', pv: '' },
    backupStorageLocation: 'nas',
    snapshotID: 'abc',
    sourceNamespace: 'shop',
    operationTimeout: '4h',
  },
  status: {
    phase: 'Completed',
    node: 'n1',
    startTimestamp: '2026-01-01T00:00:02Z',
    completionTimestamp: '2026-01-01T00:00:03Z',
    progress: { totalBytes: 7, bytesDone: 7 },
  },
};
const prices = itemOf(configMaps, { metadata: { ...metadata, name: 'prices', namespace: 'shop' } });
const shop = itemOf(namespaces, { metadata: { ...metadata, name: 'shop' } });
const keys = restoreKeys('r1');

const record = (errors: { namespace: string; message: string }[] = []) =>
  recordRestore(
    {
      restore,
      store,
      applied: [
        { item: shop, outcome: 'created' },
        { item: prices, outcome: 'skipped', warning: 'it is there' },
      ],
      downloads: [download],
      errors,
      nowMs: epochMsOf(now),
    },
    signal,
  );

test('a restore into another namespace -> files that name where things are now', async () => {
  expect(await record()).toEqual({
    phase: 'Completed',
    completionTimestamp: now,
    errors: 0,
    warnings: 1,
    progress: { totalItems: 2, itemsRestored: 2 },
    restoreItemOperationsAttempted: 1,
    restoreItemOperationsCompleted: 1,
    restoreItemOperationsFailed: 0,
  });
  expect(await readText(store, keys.logs, signal)).toBe(`\
time="2026-01-01T00:00:00Z" level=info msg="Restore r1 of backup b1 started"
time="2026-01-01T00:00:02Z" level=info msg="Restoring the data of claim market/data on node n1 (DataDownload r1-x)"
time="2026-01-01T00:00:03Z" level=info msg="Restored 7 bytes of claim market/data from restic snapshot abc"
time="2026-01-01T00:00:06Z" level=info msg="Namespace market: created"
time="2026-01-01T00:00:06Z" level=info msg="ConfigMap market/prices: skipped"
time="2026-01-01T00:00:06Z" level=warning msg="it is there"
time="2026-01-01T00:00:06Z" level=info msg="Restore r1 ended Completed with 2 items"
`);
  expect(await readJson(store, keys.resourceList, signal)).toEqual({
    'v1/ConfigMap': ['market/prices(skipped)'],
    'v1/Namespace': ['market(created)'],
  });
  expect(await readJson(store, keys.volumeInfo, signal)).toMatchObject([
    {
      pvcNamespace: 'market',
      pvcName: 'data',
      restoreMethod: 'CSISnapshot',
      snapshotDataMoved: true,
      snapshotDataMovementInfo: { operationID: 'r1-x', snapshotHandle: 'abc', size: 7, Phase: 'Completed' },
    },
  ]);
  expect(await readJson(store, keys.itemOperations, signal)).toMatchObject([
    {
      spec: {
        restoreName: 'r1',
        restoreUID: 'u',
        restoreItemAction: 'amarre.io/data-download',
        resourceIdentifier: { Group: '', Resource: 'persistentvolumeclaims', Namespace: 'market', Name: 'data' },
      },
      status: { phase: 'Completed', nCompleted: 7, nTotal: 7, operationUnits: 'Bytes' },
    },
  ]);
});

test('an error about a namespace of the backup -> is told about the one it was restored to', async () => {
  expect(await record([{ namespace: 'shop', message: 'half the data' }])).toMatchObject({ phase: 'PartiallyFailed' });
  expect(await readJson(store, keys.results, signal)).toEqual({
    errors: { namespaces: { market: ['half the data'] } },
    warnings: { namespaces: { market: ['it is there'] } },
  });
});

test('a restore that failed -> log and results say why', async () => {
  await recordFailedRestore({ restore, store, now, message: 'the tarball is damaged' }, signal);
  expect(await readText(store, keys.logs, signal)).toContain('level=error msg="the tarball is damaged"');
  expect(await readJson(store, keys.results, signal)).toEqual({
    errors: { velero: ['the tarball is damaged'] },
    warnings: {},
  });
});

test('a store that takes no record -> a warning, and the restore stands', async () => {
  store.put = () => Promise.reject(new ObjectStoreError('ReadOnly', 'read-only'));
  expect(await record()).toMatchObject({ phase: 'Completed', warnings: 2 });
  await recordFailedRestore({ restore, store, now, message: 'x' }, signal);
});
