// What do the commands about the state do? They work on the store itself, around the API server.

import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { registryPrefix } from '../apiserver/cache/watch-cache.ts';
import { silentLogger as log } from '../base/log.ts';
import { systemClock as clock } from '../base/system-clock.ts';
import type { Actions } from '../cli/actions.ts';
import { copyState } from '../kvstore/copy-state.ts';
import { copyLmdbStore } from '../kvstore/lmdb-copy.ts';
import { dataFileOf } from '../kvstore/lmdb-open.ts';
import { openLmdbStore } from '../kvstore/lmdb-store.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import { type ClusterSpec, type DataFolder, DataFolderError, writeClusterSpec } from '../localcluster/data-folder.ts';
import { isLocked } from '../localcluster/lock.ts';
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
          await store.advanceTo(Math.max(before, store.currentRevision()) + revisionsAhead);
          return store.currentRevision();
        });
        const keptIn = existsSync(folder.state) ? `${folder.state}.before-${revision}` : undefined;
        if (keptIn) await rename(folder.state, keptIn);
        await mkdir(folder.state, { mode: 0o700 });
        await rename(dataFileOf(work), dataFileOf(folder.state));
        return { revision, keptIn };
      });
    },

    async copyState({ dataDir, to, etcd }) {
      const { folder, spec } = await stopped(await find(dataDir), 'copy the state');
      if (to === 'etcd' && !etcd) throw new Error('Cannot copy the state to etcd: give --etcd-endpoints');
      if (Boolean(spec.etcd) === (to === 'etcd'))
        throw new DataFolderError(`Cannot copy the state to ${to}: it is there already.`);
      const { etcd: _old, ...rest } = spec;
      const moved: ClusterSpec = to === 'etcd' && etcd ? { ...rest, etcd } : rest;
      const report = await withStore(openStore({ folder, spec }, { clock, log }), (source) =>
        withStore(openStore({ folder, spec: moved }, { clock, log }), (target) =>
          copyState(source, target, { prefix: registryPrefix }),
        ),
      );
      await writeClusterSpec(folder, moved);
      return report;
    },
  };
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
