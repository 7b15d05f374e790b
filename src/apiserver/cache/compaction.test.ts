// What becomes of the watch cache, and of those who watch, when history is compacted under it?

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger as log } from '../../base/log.ts';
import { systemClock as clock } from '../../base/system-clock.ts';
import { openEtcdStore } from '../../kvstore/etcd-store.ts';
import { startEtcd } from '../../kvstore/etcd-testing.ts';
import { openLmdbStore } from '../../kvstore/lmdb-store.ts';
import { memoryStore } from '../../kvstore/memory-store.ts';
import type { RevisionStore, StoreEvent, WatchOptions } from '../../kvstore/types.ts';
import { revisionOf } from '../../kvstore/watch.ts';
import { configMap, mergePatch, paths, startTestServer, type TestServer } from '../testing.ts';
import { withResolvers } from '../with-resolvers.ts';

/** A store whose watches stand still on demand, and go on as after a lost connection. */
class LaggingStore {
  readonly store: RevisionStore;
  #held: ReturnType<typeof withResolvers> | undefined;

  constructor(inner: RevisionStore) {
    this.store = new Proxy(inner, {
      get: (target, name) => {
        if (name === 'watch') return (options: WatchOptions) => this.#watch(target, options);
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  hold(): void {
    this.#held = withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  async *#watch(inner: RevisionStore, options: WatchOptions): AsyncGenerator<StoreEvent[]> {
    let position = options.afterRevision;
    while (!options.signal.aborted) {
      for await (const batch of inner.watch({ ...options, afterRevision: position })) {
        if (this.#held) {
          await this.#held.promise;
          break;
        }
        yield batch;
        position = revisionOf(batch.at(-1) as StoreEvent);
      }
    }
  }
}

async function lmdb(): Promise<RevisionStore> {
  const path = mkdtempSync(join(tmpdir(), 'amarre-compaction-'));
  const store = await openLmdbStore({ path, log });
  onTestFinished(async () => {
    await store.close();
    rmSync(path, { recursive: true, force: true });
  });
  return store;
}

async function etcd(): Promise<RevisionStore> {
  const process = await startEtcd({ args: ['--unsafe-no-fsync'] });
  const store = await openEtcdStore({ endpoints: [process.endpoint], clock, log });
  onTestFinished(async () => {
    await store.close();
    await process.remove();
  });
  return store;
}

const version = async (server: TestServer, name: string): Promise<string> =>
  (await server.call(`GET ${paths.configMaps}/${name}`)).json.metadata.resourceVersion;

test.each([
  ['memory', async () => memoryStore()],
  ['lmdb', lmdb],
  ['etcd', etcd],
])('%s: the server lists anew and goes on; watches end, and come back to 410', async (_name, open) => {
  const lagging = new LaggingStore(await open());
  const server = await startTestServer({ store: lagging.store });
  onTestFinished(() => server.stop());
  await server.create(paths.configMaps, configMap('stays'));
  await server.create(paths.configMaps, configMap('goes'));
  const before = await version(server, 'stays');
  const watching = server.watch(`${paths.configMaps}?watch=true&resourceVersion=${before}`, 100);

  lagging.hold();
  const written = await lagging.store.latestRevision();
  // Past the server, as another one over the same store would.
  const place = '/registry/core/configmaps/default';
  const { entries } = await lagging.store.list({ prefix: `${place}/` });
  const [goes, stays] = entries;
  const other = Buffer.from(
    Buffer.from(stays?.value ?? [])
      .toString()
      .replace('"stays"', '"new"'),
  );
  await lagging.store.put(`${place}/new`, other, 0);
  await lagging.store.delete(`${place}/goes`, goes?.modRevision ?? 0);
  await lagging.store.compact(await lagging.store.latestRevision());
  lagging.release();

  const names = async (): Promise<string[]> =>
    (await server.call(`GET ${paths.configMaps}`)).json.items.map(({ metadata }) => metadata.name);
  expect(await names()).toEqual(['new', 'stays']);
  expect((await watching).map(({ object }) => object.metadata.name)).toEqual(['goes']);
  const [gone] = await server.watch(`${paths.configMaps}?watch=true&resourceVersion=${written}`, 1);
  expect(gone).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });

  const list = await server.call(`GET ${paths.configMaps}`);
  const again = server.watch(`${paths.configMaps}?watch=true&resourceVersion=${list.json.metadata.resourceVersion}`, 1);
  await server.call(`PATCH ${paths.configMaps}/stays`, { data: { b: '2' } }, mergePatch);
  expect(await again).toMatchObject([{ type: 'MODIFIED', object: { data: { a: '1', b: '2' } } }]);
});
