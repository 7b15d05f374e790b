// What do the commands about the state do? They work on the store itself, around the API server.

import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { registryPrefix } from '../apiserver/cache/watch-cache.ts';
import { silentLogger as log } from '../base/log.ts';
import { systemClock as clock } from '../base/system-clock.ts';
import { systemRandom as random, systemRandomBytes } from '../base/system-random.ts';
import type { Actions } from '../cli/actions.ts';
import { entryPages } from '../kvstore/all-entries.ts';
import { type CopyReport, copyState } from '../kvstore/copy-state.ts';
import { encryptedStore } from '../kvstore/encrypted-store.ts';
import { DecryptionError } from '../kvstore/encryption.ts';
import { parseEncryptionConfig } from '../kvstore/encryption-config.ts';
import { copyLmdbStore } from '../kvstore/lmdb-copy.ts';
import { dataFileOf } from '../kvstore/lmdb-open.ts';
import { openLmdbStore } from '../kvstore/lmdb-store.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import { controlPlanes } from '../localcluster/control-planes.ts';
import {
  type ClusterSpec,
  type DataFolder,
  DataFolderError,
  dataFolder,
  writeClusterSpec,
} from '../localcluster/data-folder.ts';
import { planOwnEtcd, withOwnEtcd } from '../localcluster/etcd.ts';
import { isLocked } from '../localcluster/lock.ts';
import { createEtcdPki, encryptionKeysPath } from '../localcluster/pki.ts';
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
    async backupState({ dataDir, file }, signal) {
      const cluster = await find(dataDir);
      const target = resolve(file);
      if (existsSync(target)) throw new Error(`Cannot write the backup: ${file} exists. Give the name of a new file.`);
      return withWorkFolder(dirname(target), async (work) => {
        if (cluster.spec.etcd) await withState(cluster, (source) => copyIntoLmdb(source, work), signal);
        else await copyLmdbStore(cluster.folder.state, work);
        const revision = await withStore(openLmdbStore({ path: work, log }), (store) => store.latestRevision());
        await rename(dataFileOf(work), target);
        return { revision };
      });
    },

    async restoreState({ dataDir, file }, signal) {
      const cluster = await stopped(await find(dataDir), 'restore the state');
      const { folder, spec } = cluster;
      if (spec.etcd && !spec.etcd.own) {
        throw new DataFolderError(
          'Cannot restore into etcd: move the state to the data folder with `amarre state copy --to lmdb`, restore, and copy it to an empty etcd.',
        );
      }
      if (!existsSync(file)) throw new Error(`Cannot restore the state: there is no file ${file}`);
      return withWorkFolder(folder.root, async (work) => {
        await copyFile(file, dataFileOf(work));
        const before = await revisionBefore(cluster, signal);
        const filled = await withStore(openLmdbStore({ path: work, log }), async (store) => {
          await assertReadable(folder, store);
          await store.advanceTo(Math.max(before, store.currentRevision()) + revisionsAhead);
          if (spec.etcd) return fillOwnEtcd(store, { work, cluster }, signal);
          return { revision: store.currentRevision() };
        });
        const { revision } = filled;
        return { revision, keptIn: await (spec.etcd ? putEtcdInPlace : putLmdbInPlace)(folder, work, revision) };
      });
    },

    async copyState({ dataDir, to, etcd }, signal) {
      const cluster = await stopped(await find(dataDir), 'copy the state');
      const { folder, spec } = cluster;
      if (Boolean(spec.etcd) === (to === 'etcd'))
        throw new DataFolderError(`Cannot copy the state to ${to}: it is there already.`);
      const { etcd: _old, ...rest } = spec;
      const moved: ClusterSpec = to === 'lmdb' ? rest : { ...rest, etcd: etcd ?? (await planOwnEtcd(signal)) };
      const target: Cluster = { folder, spec: moved };
      return withWorkFolder(folder.root, async (work) => {
        const { keptIn, ...report } = await withState<Moved>(
          cluster,
          async (source) => {
            if (moved.etcd && !moved.etcd.own)
              return { ...(await withState(target, copyFrom(source), signal)), keptIn: undefined };
            const copied = await (moved.etcd
              ? fillOwnEtcd(source, { work, cluster: target }, signal)
              : copyIntoLmdb(source, work));
            // What is there from before is older than this, and may still be wanted.
            return {
              ...copied,
              keptIn: await (moved.etcd ? putEtcdInPlace : putLmdbInPlace)(folder, work, copied.revision),
            };
          },
          signal,
        );
        await writeClusterSpec(folder, moved);
        return { ...report, keptIn };
      });
    },
  };
}

interface Moved extends CopyReport {
  keptIn: string | undefined;
}

/** The newest revision of the state that a restore replaces; 0 if it can't be read any more. */
async function revisionBefore(cluster: Cluster, signal: AbortSignal): Promise<number> {
  const { folder, spec } = cluster;
  if (!existsSync(spec.etcd ? folder.etcd : dataFileOf(folder.state))) return 0;
  return withState(cluster, (store) => store.latestRevision(), signal).catch(() => 0);
}

/** Fills a new etcd of the cluster's own, whose data is made in `work`. */
async function fillOwnEtcd(
  source: RevisionStore,
  { work, cluster: { folder, spec } }: { work: string; cluster: Cluster },
  signal: AbortSignal,
): Promise<CopyReport> {
  await createEtcdPki(folder, spec, { nowMs: clock.now(), random });
  const made = { ...dataFolder(work), pki: folder.pki, log: folder.log };
  return withState({ folder: made, spec }, copyFrom(source), signal);
}

const copyFrom = (source: RevisionStore) => (target: RevisionStore) =>
  copyState(source, target, { prefix: registryPrefix });

function copyIntoLmdb(source: RevisionStore, work: string): Promise<CopyReport> {
  return withStore(openLmdbStore({ path: work, log }), copyFrom(source));
}

/** Makes the data file in `work` the state of the data folder. Resolves with where the one before is now, if there was one. */
async function putLmdbInPlace(folder: DataFolder, work: string, revision: number): Promise<string | undefined> {
  const keptIn = await keepAside(folder.state, revision);
  await mkdir(folder.state, { mode: 0o700 });
  await rename(dataFileOf(work), dataFileOf(folder.state));
  return keptIn;
}

/** The same for the data of an etcd that was made in `work`. */
async function putEtcdInPlace(folder: DataFolder, work: string, revision: number): Promise<string | undefined> {
  const keptIn = await keepAside(folder.etcd, revision);
  await rename(dataFolder(work).etcd, folder.etcd);
  return keptIn;
}

async function keepAside(path: string, revision: number): Promise<string | undefined> {
  if (!existsSync(path)) return undefined;
  const keptIn = `${path}.before-${revision}`;
  await rename(path, keptIn);
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

/** Uses the state of a cluster, with its etcd started for it where nobody else does so. */
function withState<T>(
  { folder, spec }: Cluster,
  use: (store: RevisionStore) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return withOwnEtcd(
    { folder, spec, clock },
    () => withStore(openStore({ folder, spec }, { clock, log }), use),
    signal,
  );
}

async function stopped(cluster: Cluster, what: string): Promise<Cluster> {
  const { root } = cluster.folder;
  const names = controlPlanes(cluster.spec).map(({ apiServer }) => apiServer);
  if ((await Promise.all(names.map((name) => isLocked(root, name)))).includes(true)) {
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
