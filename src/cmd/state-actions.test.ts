// Do the commands about the state lose nothing, go nowhere back, and refuse what they can't do?

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger as log } from '../base/log.ts';
import { systemClock as clock } from '../base/system-clock.ts';
import { systemRandomBytes } from '../base/system-random.ts';
import type { Actions } from '../cli/actions.ts';
import { encryptedStore } from '../kvstore/encrypted-store.ts';
import { parseEncryptionConfig } from '../kvstore/encryption-config.ts';
import { type EtcdProcess, startEtcd } from '../kvstore/etcd-testing.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import { type ClusterSpec, type DataFolder, dataFolder, readClusterSpec } from '../localcluster/data-folder.ts';
import { withOwnEtcd } from '../localcluster/etcd.ts';
import { tryLock } from '../localcluster/lock.ts';
import { encryptionKeysPath } from '../localcluster/pki.ts';
import { findProcesses } from '../localcluster/processes.ts';
import { withNewKey } from '../localcluster/rotate-keys.ts';
import { openStore } from './open-store.ts';
import { stateActions } from './state-actions.ts';

const signal = new AbortController().signal;
let folder: DataFolder;
let actions: Pick<Actions, 'backupState' | 'restoreState' | 'copyState'>;
const emptyFile = { resources: ['secrets'], keys: [] };

beforeEach(async () => {
  folder = dataFolder(await mkdtemp(join(tmpdir(), 'amarre-state-')));
  await mkdir(folder.pki);
  await writeKeys(withNewKey(emptyFile, systemRandomBytes));
  await writeFile(folder.clusterFile, JSON.stringify({ formatVersion: 1, clusterId: 'a1b2c3', nodes: [] }));
  actions = stateActions(async () => ({ folder, spec: await spec() }));
});
afterEach(() => rm(folder.root, { recursive: true, force: true }));

const spec = async (): Promise<ClusterSpec> => (await readClusterSpec(folder)) as ClusterSpec;
const writeKeys = (file: object): Promise<void> => writeFile(encryptionKeysPath(folder), JSON.stringify(file));
const readKeys = async () => JSON.parse(await readFile(encryptionKeysPath(folder), 'utf8'));
const dataDir = '';

/** The state as the API server opens it. */
async function withState<T>(use: (store: RevisionStore) => Promise<T>): Promise<T> {
  const path = encryptionKeysPath(folder);
  const config = parseEncryptionConfig(await readFile(path, 'utf8'), path);
  const cluster = { folder, spec: await spec(), clock };
  const used = async (): Promise<T> => {
    const inner = await openStore(cluster, { clock, log });
    try {
      return await use(encryptedStore(inner, { config: () => config, randomBytes: systemRandomBytes }));
    } finally {
      await inner.close();
    }
  };
  return withOwnEtcd(cluster, used, signal);
}

const put = (key: string, value: string): Promise<number> =>
  withState(async (store) => {
    const current = await store.get(`/registry/core/${key}`);
    const result = await store.put(`/registry/core/${key}`, Buffer.from(value), current?.modRevision ?? 0);
    return result.ok ? result.revision : Number.NaN;
  });
const contents = (): Promise<string[]> =>
  withState(async (store) =>
    (await store.list({ prefix: '/registry/' })).entries.map(({ key, value }) => `${key}=${Buffer.from(value)}`),
  );

test('backup, more writes, restore -> as it was, with revisions beyond every one handed out', async () => {
  await put('secrets/shop/a', '1');
  const file = join(folder.root, 'backup');
  await actions.backupState({ dataDir, file }, signal);
  await put('secrets/shop/b', '1');
  const last = await put('secrets/shop/a', '2');
  const { keptIn } = await actions.restoreState({ dataDir, file }, signal);
  expect(await contents()).toEqual(['/registry/core/secrets/shop/a=1']);
  expect(await put('secrets/shop/a', '3')).toBeGreaterThan(last);
  expect(await readdir(folder.root)).toContain(keptIn?.slice(folder.root.length + 1));
});

test('a backup from before a rotation -> refused until its key is back, and then read', async () => {
  await put('secrets/shop/a', '1');
  const file = join(folder.root, 'backup');
  await actions.backupState({ dataDir, file }, signal);
  const old = await readKeys();
  const both = withNewKey(old, systemRandomBytes);
  await writeKeys({ ...both, keys: both.keys.slice(0, 1) });

  const refused = actions.restoreState({ dataDir, file }, signal);
  await expect(refused).rejects.toThrow(/^Cannot restore the state: .*it was encrypted with the key "key1"/);
  expect((await readdir(folder.root)).filter((name) => name.startsWith('state'))).toEqual(['state']);

  await writeKeys(both);
  await actions.restoreState({ dataDir, file }, signal);
  expect(await contents()).toEqual(['/registry/core/secrets/shop/a=1']);
});

test('a running API server -> neither restored nor copied', async () => {
  await put('secrets/shop/a', '1');
  const lock = await tryLock(folder.root, 'apiserver');
  await expect(actions.restoreState({ dataDir, file: 'x' }, signal)).rejects.toThrow('its API server runs');
  await expect(actions.copyState({ dataDir, to: 'etcd', etcd: undefined }, signal)).rejects.toThrow(
    'its API server runs',
  );
  lock?.release();
});

test('LMDB to etcd, back, and a backup of each -> the same objects, and revisions that only grow', async () => {
  const etcd: EtcdProcess = await startEtcd({ args: ['--unsafe-no-fsync'] });
  try {
    const spec1 = { endpoints: [etcd.endpoint] };
    const revisions = [await put('secrets/shop/a', '1')];
    await actions.copyState({ dataDir, to: 'etcd', etcd: spec1 }, signal);
    expect((await spec()).etcd).toEqual(spec1);
    revisions.push(await put('configmaps/shop/b', '1'));
    await actions.backupState({ dataDir, file: join(folder.root, 'of-etcd') }, signal);
    await expect(actions.copyState({ dataDir, to: 'etcd', etcd: spec1 }, signal)).rejects.toThrow(
      'it is there already',
    );

    const { keptIn } = await actions.copyState({ dataDir, to: 'lmdb', etcd: undefined }, signal);
    expect(keptIn).toContain('/state.before-');
    expect((await spec()).etcd).toBeUndefined();
    revisions.push(await put('configmaps/shop/c', '1'));
    const all = ['configmaps/shop/b', 'configmaps/shop/c', 'secrets/shop/a'].map((key) => `/registry/core/${key}=1`);
    expect(await contents()).toEqual(all);

    // What etcd holds is of the past: it must not mix with what comes.
    const again = actions.copyState({ dataDir, to: 'etcd', etcd: spec1 }, signal);
    await expect(again).rejects.toThrow('the target holds objects already');
    expect((await spec()).etcd).toBeUndefined();

    await actions.restoreState({ dataDir, file: join(folder.root, 'of-etcd') }, signal);
    expect(await contents()).toEqual([all[0], all[2]]);
    revisions.push(await put('secrets/shop/a', '2'));
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    expect(new Set(revisions).size).toBe(4);
  } finally {
    await etcd.remove();
  }
});

test('LMDB to an etcd of its own, a restore there, and back -> the same objects, revisions that only grow, nothing left running', async () => {
  const revisions = [await put('secrets/shop/a', '1')];
  await actions.copyState({ dataDir, to: 'etcd', etcd: undefined }, signal);
  expect((await spec()).etcd?.own).toBeDefined();
  expect(await readdir(folder.pki)).toContain('etcd-ca.key');
  revisions.push(await put('configmaps/shop/b', '1'));
  const file = join(folder.root, 'of-etcd');
  await actions.backupState({ dataDir, file }, signal);
  revisions.push(await put('secrets/shop/a', '2'));

  const { keptIn } = await actions.restoreState({ dataDir, file }, signal);
  expect(keptIn).toContain('/etcd.before-');
  const all = ['configmaps/shop/b', 'secrets/shop/a'].map((key) => `/registry/core/${key}=1`);
  expect(await contents()).toEqual(all);
  revisions.push(await put('secrets/shop/a', '1'));

  await actions.copyState({ dataDir, to: 'lmdb', etcd: undefined }, signal);
  expect((await spec()).etcd).toBeUndefined();
  revisions.push(await put('secrets/shop/a', '1'));
  expect(await contents()).toEqual(all);
  expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
  expect(new Set(revisions).size).toBe(5);
  expect(await findProcesses(folder.root)).toEqual([]);
});
