// How do many objects get into a store quickly? Around the API server, before it starts, in the form that it stores.

import type { KubeObject } from '../../src/apimachinery/meta.ts';
import { encodeForStore } from '../../src/apiserver/cache/stored-object.ts';
import { silentLogger as log } from '../../src/base/log.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { systemRandom } from '../../src/base/system-random.ts';
import { openEtcdStore } from '../../src/kvstore/etcd-store.ts';
import { openLmdbStore } from '../../src/kvstore/lmdb-store.ts';
import type { RevisionStore } from '../../src/kvstore/types.ts';
import type { DataFolder } from '../../src/localcluster/data-folder.ts';
import { configMap } from './objects.ts';

/** Names of ConfigMaps by namespace. */
export type Contents = Record<string, string[]>;

export async function fillLmdb(folder: DataFolder, contents: Contents): Promise<void> {
  await fill(await openLmdbStore({ path: folder.state, log }), contents);
}

export async function fillEtcd(endpoint: string, contents: Contents): Promise<void> {
  await fill(await openEtcdStore({ endpoints: [endpoint], clock, log }), contents);
}

async function fill(store: RevisionStore, contents: Contents): Promise<void> {
  const pending: Promise<unknown>[] = [];
  for (const [namespace, names] of Object.entries(contents)) {
    for (const name of names) {
      // No measured write has this sequence: it would change nothing, and so be no write.
      const object = configMap(name, -1, namespace);
      const metadata = {
        ...(object['metadata'] as object),
        uid: systemRandom.uuid(),
        creationTimestamp: '2026-01-01T00:00:00Z',
      };
      const value = encodeForStore({ ...object, metadata } as KubeObject);
      pending.push(store.put(`/registry/core/configmaps/${namespace}/${name}`, value, 0));
      if (pending.length >= 2_000) await Promise.all(pending.splice(0));
    }
  }
  await Promise.all(pending);
  await store.close();
}
