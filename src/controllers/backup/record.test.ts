// Do the files of a backup say what it did? Read as the velero command reads them.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configMaps } from '../../apis/resources.ts';
import type { DataUpload } from '../../apis/velero/data-types.ts';
import type { Backup } from '../../apis/velero/types.ts';
import { createFolderStore } from '../../backup/folder-store.ts';
import { itemOf } from '../../backup/items.ts';
import { backupKeys } from '../../backup/layout.ts';
import type { ObjectStore } from '../../backup/object-store.ts';
import { type BackupProgress, progressOf, quiesceAnnotation } from '../../backup/progress.ts';
import { readJson, readText } from '../../backup/testing/read-file.ts';
import { systemRandom } from '../../base/system-random.ts';
import { recordFailure, stageItems, storeBackup } from './finish.ts';

const { signal } = new AbortController();
const folder = (): string => mkdtempSync(join(tmpdir(), 'amarre-record-'));
let root: string;
let store: ObjectStore;
beforeEach(() => {
  root = folder();
  store = createFolderStore(root, systemRandom);
});
afterEach(() => rmSync(root, { recursive: true }));

const metadata = { name: 'b1', namespace: 'velero', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const quiesced = [
  {
    pod: 'shop/db-0',
    preStart: '2026-01-01T00:00:01.100000Z',
    cut: '2026-01-01T00:00:01.300000Z',
    postEnd: '2026-01-01T00:00:01.400000Z',
  },
];
const backup: Backup = {
  metadata: { ...metadata, annotations: { [quiesceAnnotation]: JSON.stringify(quiesced) } },
  spec: { storageLocation: 'nas' },
  status: { startTimestamp: '2026-01-01T00:00:00Z' },
};
const progress: BackupProgress = {
  ...progressOf({ metadata }),
  isCut: true,
  isStaged: true,
  stagedAt: '2026-01-01T00:00:02Z',
  totalItems: 1,
  warnings: [{ namespace: 'shop', message: 'odd' }],
  volumes: [
    {
      namespace: 'shop',
      claimName: 'data',
      claimUid: 'c',
      volumeName: 'pv-1',
      driver: 'd',
      storageClass: 'fast',
      snapshotClass: 's',
      capacity: '1Gi',
      fsType: 'xfs',
      snapshotName: 'snap-1',
    },
  ],
};

function upload(status: NonNullable<DataUpload['status']>): DataUpload {
  return {
    metadata: {
      ...metadata,
      name: 'b1-x',
      labels: { 'velero.io/pvc-uid': 'c' },
      creationTimestamp: '2026-01-01T00:00:03Z',
    },
    spec: {
      snapshotType: 'CSI',
      sourceNamespace: 'shop',
      sourcePVC: 'data',
      backupStorageLocation: 'nas',
      operationTimeout: '4h',
    },
    status: {
      node: 'n1',
      startTimestamp: '2026-01-01T00:00:04Z',
      completionTimestamp: '2026-01-01T00:00:05Z',
      ...status,
    },
  };
}

const whole = upload({ phase: 'Completed', snapshotID: 'abc', progress: { totalBytes: 7, bytesDone: 7 } });
const broken = upload({ phase: 'Failed', message: 'the disk is full' });
const now = '2026-01-01T00:00:06Z';
const keys = backupKeys('b1');

async function stored(uploads: DataUpload[]) {
  const object = { metadata: { ...metadata, name: 'prices', namespace: 'shop' }, data: {} };
  await stageItems({ backup, items: [itemOf(configMaps, object)], store }, signal);
  return storeBackup({ backup, progress, uploads, store, now }, signal);
}

test('a whole backup -> a log of what was done, in its order', async () => {
  expect((await stored([whole])).phase).toBe('Completed');
  expect(await readText(store, keys.logs, signal)).toBe(`\
time="2026-01-01T00:00:00Z" level=info msg="Backup b1 to location nas started"
time="2026-01-01T00:00:00Z" level=warning msg="odd"
time="2026-01-01T00:00:01.100000Z" level=info msg="Quiescing pod shop/db-0"
time="2026-01-01T00:00:01.300000Z" level=info msg="Snapshot snap-1 shows volume pv-1 of claim shop/data"
time="2026-01-01T00:00:01.400000Z" level=info msg="Pod shop/db-0 runs on"
time="2026-01-01T00:00:02Z" level=info msg="Backed up ConfigMap shop/prices"
time="2026-01-01T00:00:02Z" level=info msg="Backed up DataUpload velero/b1-x"
time="2026-01-01T00:00:04Z" level=info msg="Storing the data of claim shop/data on node n1 (DataUpload b1-x)"
time="2026-01-01T00:00:05Z" level=info msg="Stored 7 bytes of claim shop/data as restic snapshot abc"
time="2026-01-01T00:00:06Z" level=info msg="Backup b1 ended Completed with 1 items"
`);
});

test.each([
  { name: 'stored', uploads: [whole], result: 'succeeded', phase: 'Completed', bytes: 7, errors: {} },
  {
    name: 'not stored',
    uploads: [broken],
    result: 'failed',
    phase: 'Failed',
    bytes: 0,
    errors: { namespaces: { shop: ['The data of claim shop/data was not stored: the disk is full'] } },
  },
])('a volume that was $name -> so in its info, its operation and the results', async (want) => {
  await stored(want.uploads);
  expect(await readJson(store, keys.volumeInfo, signal)).toMatchObject([
    {
      pvcNamespace: 'shop',
      pvcName: 'data',
      backupMethod: 'CSISnapshot',
      result: want.result,
      snapshotDataMovementInfo: { operationID: 'b1-x', uploaderType: 'restic', size: want.bytes, Phase: want.phase },
    },
  ]);
  expect(await readJson(store, keys.itemOperations, signal)).toEqual([
    {
      spec: {
        backupName: 'b1',
        backupUID: 'u',
        backupItemAction: 'amarre.io/data-upload',
        resourceIdentifier: { Group: '', Resource: 'persistentvolumeclaims', Namespace: 'shop', Name: 'data' },
        operationID: 'b1-x',
      },
      status: {
        phase: want.phase,
        ...(want.phase === 'Failed' && { error: 'the disk is full' }),
        nCompleted: want.bytes,
        nTotal: want.bytes,
        operationUnits: 'Bytes',
        created: '2026-01-01T00:00:03Z',
        started: '2026-01-01T00:00:04Z',
        updated: '2026-01-01T00:00:05Z',
      },
    },
  ]);
  expect(await readJson(store, keys.results, signal)).toEqual({
    errors: want.errors,
    warnings: { namespaces: { shop: ['odd'] } },
  });
});

test('a failed backup -> log and results stay; neither tarball nor metadata do', async () => {
  await stored([whole]);
  await recordFailure({ backup, progress, uploads: [], store, now, message: 'no snapshot class' }, signal);
  expect(await store.list(keys.folder, signal)).toEqual(['b1-logs.gz', 'b1-results.gz']);
  expect(await readText(store, keys.logs, signal)).toMatch(
    /level=info msg="Backup b1 ended Failed with 1 items"\ntime="2026-01-01T00:00:06Z" level=error msg="no snapshot class"\n$/,
  );
  expect(await readJson(store, keys.results, signal)).toMatchObject({ errors: { velero: ['no snapshot class'] } });
});

test('a backup of nothing -> Completed, and it can be read', async () => {
  const empty = {
    backup,
    progress: { ...progress, volumes: [], totalItems: 0, warnings: [] },
    uploads: [],
    store,
    now,
  };
  await stageItems({ backup, items: [], store }, signal);
  expect((await storeBackup(empty, signal)).phase).toBe('Completed');
  expect(await readJson(store, keys.resourceList, signal)).toEqual({});
});
