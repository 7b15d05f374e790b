// How does a large cluster get into our API server quickly? Around it, before it starts, in the form that it stores.

import { encodeForStore } from '../../src/apiserver/cache/stored-object.ts';
import { silentLogger as log } from '../../src/base/log.ts';
import { kindRows } from '../../src/doctor/snapshot/kinds.ts';
import { openLmdbStore } from '../../src/kvstore/lmdb-store.ts';
import type { DataFolder } from '../../src/localcluster/data-folder.ts';
import type { healthyCluster } from './healthy-cluster.ts';

const pendingMax = 2_000;

export async function fillStore(folder: DataFolder, objects: ReturnType<typeof healthyCluster>): Promise<void> {
  const store = await openLmdbStore({ path: folder.state, log });
  const pending: Promise<unknown>[] = [];
  for (const { kind, object } of objects) {
    const { group, plural } = kindRows[kind].resource;
    const { namespace, name } = object.metadata;
    const key = `/registry/${group || 'core'}/${plural}/${namespace ? `${namespace}/` : ''}${name}`;
    pending.push(store.put(key, encodeForStore(object), 0));
    if (pending.length >= pendingMax) await Promise.all(pending.splice(0));
  }
  await Promise.all(pending);
  await store.close();
}
