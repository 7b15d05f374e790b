// What do the commands about the state do? They work on the store itself, around the API server.

import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { registryPrefix } from '../apiserver/cache/watch-cache.ts';
import { silentLogger as log } from '../base/log.ts';
import { systemClock as clock } from '../base/system-clock.ts';
import { systemRandomBytes } from '../base/system-random.ts';
import type { Actions } from '../cli/actions.ts';
import { entryPages } from '../kvstore/all-entries.ts';
import { copyState } from '../kvstore/copy-state.ts';
import { encryptedStore } from '../kvstore/encrypted-store.ts';
import { DecryptionError } from '../kvstore/encryption.ts';
import { parseEncryptionConfig } from '../kvstore/encryption-config.ts';
import { copyLmdbStore } from '../kvstore/lmdb-copy.ts';
import { dataFileOf } from '../kvstore/lmdb-open.ts';
import { openLmdbStore } from '../kvstore/lmdb-store.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import { type ClusterSpec, type DataFolder, DataFolderError, writeClusterSpec } from '../localcluster/data-folder.ts';
import { isLocked } from '../localcluster/lock.ts';
import { encryptionKeysPath } from '../localcluster/pki.ts';
import { openStore } from './open-store.ts';

/** Above any number of writes that a backup may lack. Source: etcd's advice for `snapshot restore --bump-revision`. */
const revisionsAhead = 1_000_000_000;

interface Cluster {
  folder: DataFolder;
  spec: ClusterSpec;
}

type Find = (dataDir: string) => Promise<Cluster>;

/** `find` gives the cluster of a data folder. */
export function stateActions(find: Find): Pick<Actions, 'backupState' | 'restoreState' | 'copyState'> {
  return {
    async backupState({ dataDir, file }) {
      const cluster = await find(dataDir);
      const target = resolve(file);
      if (existsSync(target)) throw new Error(`Cannot write the backup: ${file} exists. Give the name of a new file.`);
      return withWorkFolder(dirname(target), async (work) => {
        if (cluster.spec.etcd) await copyOut(cluster, work);
        else await copyLmdbStore(cluster.folder.state, work);
        const revision = await withStore(openLmdbStore({ path: work, log }), (store) => store.latestRevision());
        await rename(dataFileOf(work), target);
        return { revision };
      });
    },

    async restoreState({ dataDir, file }) {
      const { folder, spec } = await stopped(await find(dataDir), 'restore the state');
      if (spec.etcd) {
        throw new DataFolderError(
          'Cannot restore into etcd: move the state to the data folder with `amarre state copy --to lmdb`, restore, and copy it to an empty etcd.',
        );
      }
      if (!existsSync(file)) throw new Error(`Cannot restore the state: there is no file ${file}`);
      return withWorkFolder(folder.root, async (work) => {
        await copyFile(file, dataFileOf(work));
        const before = existsSync(dataFileOf(folder.state))
          ? await withStore(openLmdbStore({ path: folder.state, log }), (store) => store.latestRevision()).catch(
              () => 0,
            )
          : 0;
        const revision = await withStore(openLmdbStore({ path: work, log }), async (store) => {
          await assertReadable(folder, store);
          await store.advanceTo(Math.max(before, store.currentRevision()) + revisionsAhead);
          return store.currentRevision();
        });
        return { revision, keptIn: await putInPlace(folder, work, revision) };
      });
    },

    async copyState({ dataDir, to, etcd }) {
      const { folder, spec } = await stopped(await find(dataDir), 'copy the state');
      if (to === 'etcd' && !etcd) throw new Error('Cannot copy the state to etcd: give --etcd-endpoints');
      if (Boolean(spec.etcd) === (to === 'etcd'))
        throw new DataFolderError(`Cannot copy the state to ${to}: it is there already.`);
      const { etcd: _old, ...rest } = spec;
      const copyTo = (opening: Promise<RevisionStore>) =>
        withStore(openStore({ folder, spec }, { clock, log }), (source) =>
          withStore(opening, (target) => copyState(source, target, { prefix: registryPrefix })),
        );
      if (to === 'etcd') {
        const moved: ClusterSpec = { ...rest, ...(etcd && { etcd }) };
        const report = await copyTo(openStore({ folder, spec: moved }, { clock, log }));
        await writeClusterSpec(folder, moved);
        return { ...report, keptIn: undefined };
      }
      return withWorkFolder(folder.root, async (work) => {
        const report = await copyTo(openLmdbStore({ path: work, log }));
        // What the data folder holds from before the state went to etcd is older than this, and may still be wanted.
        const keptIn = await putInPlace(folder, work, report.revision);
        await writeClusterSpec(folder, rest);
        return { ...report, keptIn };
      });
    },
  };
}

/** Makes the data file in `work` the state of the data folder. Resolves with where the one before is now, if there was one. */
async function putInPlace(folder: DataFolder, work: string, revision: number): Promise<string | undefined> {
  const keptIn = existsSync(folder.state) ? `${folder.state}.before-${revision}` : undefined;
  if (keptIn) await rename(folder.state, keptIn);
  await mkdir(folder.state, { mode: 0o700 });
  await rename(dataFileOf(work), dataFileOf(folder.state));
  return keptIn;
}

/** Rejects with a sentence for the user if there are values that the keys at hand can't decrypt: a rotation has removed theirs. */
async function assertReadable(folder: DataFolder, store: RevisionStore): Promise<void> {
  const path = encryptionKeysPath(folder);
  const config = parseEncryptionConfig(await readFile(path, 'utf8'), path);
  const encrypted = encryptedStore(store, { config: () => config, randomBytes: systemRandomBytes });
  try {
    for await (const _page of entryPages(encrypted, { prefix: registryPrefix }));
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    throw new DataFolderError(
      `Cannot restore the state: ${error.message} Restore with ${path} as it was when the backup was written, the newer keys in front, and rotate the key afterwards.`,
      { cause: error },
    );
  }
}

async function copyOut(cluster: Cluster, work: string): Promise<void> {
  await withStore(openStore(cluster, { clock, log }), (source) =>
    withStore(openLmdbStore({ path: work, log }), (target) => copyState(source, target, { prefix: registryPrefix })),
  );
}

async function stopped(cluster: Cluster, what: string): Promise<Cluster> {
  const { root } = cluster.folder;
  if (await isLocked(root, 'apiserver')) {
    throw new DataFolderError(
      `Cannot ${what} of ${root}: its API server runs. Stop it with \`amarre down --data-dir ${root}\`.`,
    );
  }
  return cluster;
}

async function withStore<T>(opening: Promise<RevisionStore>, use: (store: RevisionStore) => Promise<T>): Promise<T> {
  const store = await opening;
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** A folder on the same file system as what comes of it, so that a rename finishes the work. */
async function withWorkFolder<T>(parent: string, use: (work: string) => Promise<T>): Promise<T> {
  const work = await mkdtemp(join(parent, '.amarre-state-'));
  try {
    return await use(work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
