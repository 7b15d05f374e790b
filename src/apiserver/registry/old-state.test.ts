// What becomes of a write whose server has not heard yet of another server's write to the same object?

import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { memoryStore } from '../../kvstore/memory-store.ts';
import type { RevisionStore, StoreEvent } from '../../kvstore/types.ts';
import { configMap, mergePatch, paths, startTestServer, type TestServer } from '../testing.ts';

const path = `${paths.configMaps}/a`;

/** The same state as another server shares it, from which this one hears nothing any more once it is `cut`. */
function sharedStore(inner: RevisionStore): { store: RevisionStore; cut: () => void; reads: () => number } {
  let isCut = false;
  let reads = 0;
  async function* watch(options: Parameters<RevisionStore['watch']>[0]): AsyncGenerator<StoreEvent[]> {
    for await (const batch of inner.watch(options)) if (!isCut) yield batch;
  }
  const store: RevisionStore = {
    isShared: true,
    currentRevision: () => inner.currentRevision(),
    latestRevision: () => inner.latestRevision(),
    compactedRevision: () => inner.compactedRevision(),
    sizeBytes: () => inner.sizeBytes(),
    get: (...args) => {
      reads += 1;
      return inner.get(...args);
    },
    list: (options) => inner.list(options),
    put: (...args) => inner.put(...args),
    delete: (...args) => inner.delete(...args),
    watch,
    compact: (revision) => inner.compact(revision),
    advanceTo: (revision) => inner.advanceTo(revision),
    close: () => inner.close(),
  };
  return { store, cut: () => void (isCut = true), reads: () => reads };
}

let other: TestServer;
let behind: TestServer;
let shared: ReturnType<typeof sharedStore>;
beforeEach(async () => {
  const state = memoryStore();
  other = await startTestServer({ store: state });
  shared = sharedStore(state);
  behind = await startTestServer({ store: shared.store });
});
afterEach(async () => {
  await behind.stop();
  await other.stop();
});

interface Case {
  name: string;
  /** What the other server does that this one does not hear of; `first` is the object that both know. */
  elsewhere: (first: KubeObject) => Promise<unknown>;
  write: (first: KubeObject, newest: KubeObject) => ReturnType<TestServer['call']>;
  want: { status: number; data?: object; changes?: boolean };
}

const putElsewhere = (): Promise<unknown> => other.call(`PUT ${path}`, { ...configMap('a'), data: { a: '2' } });

test.each<Case>([
  {
    name: 'PATCH -> on top of the newest state',
    elsewhere: () => other.call(`PATCH ${path}`, { metadata: { labels: { by: 'other' } } }, mergePatch),
    write: () => behind.call(`PATCH ${path}`, { data: { b: '3' } }, mergePatch),
    want: { status: 200, data: { a: '1', b: '3' }, changes: true },
  },
  {
    name: 'PUT with the newest resourceVersion -> written',
    elsewhere: putElsewhere,
    write: (_first, newest) => behind.call(`PUT ${path}`, { ...newest, data: { a: '3' } }),
    want: { status: 200, data: { a: '3' }, changes: true },
  },
  {
    name: 'PUT with the old resourceVersion -> Conflict',
    elsewhere: putElsewhere,
    write: (first) => behind.call(`PUT ${path}`, { ...first, data: { a: '3' } }),
    want: { status: 409 },
  },
  {
    name: 'PUT of what the old state was -> written all the same',
    elsewhere: putElsewhere,
    write: () => behind.call(`PUT ${path}`, configMap('a')),
    want: { status: 200, data: { a: '1' }, changes: true },
  },
  {
    name: 'PUT of what the newest state is -> no new revision',
    elsewhere: putElsewhere,
    write: () => behind.call(`PUT ${path}`, { ...configMap('a'), data: { a: '2' } }),
    want: { status: 200, data: { a: '2' }, changes: false },
  },
  {
    name: 'PUT that only the old state forbids -> written',
    elsewhere: async (first) => {
      await other.call(`DELETE ${path}`);
      return other.create(paths.configMaps, {
        ...configMap('a'),
        metadata: { name: 'a', labels: first.metadata.labels },
      });
    },
    write: (_first, newest) =>
      behind.call(`PUT ${path}`, {
        ...configMap('a'),
        metadata: { name: 'a', uid: newest.metadata.uid },
        data: { a: '3' },
      }),
    want: { status: 200, data: { a: '3' }, changes: true },
  },
  {
    name: 'PUT to what is gone -> NotFound',
    elsewhere: () => other.call(`DELETE ${path}`),
    write: () => behind.call(`PUT ${path}`, { ...configMap('a'), data: { a: '3' } }),
    want: { status: 404 },
  },
  {
    name: 'DELETE with the newest resourceVersion as its precondition -> deleted',
    elsewhere: putElsewhere,
    write: (_first, { metadata: { resourceVersion } }) =>
      behind.call(`DELETE ${path}`, { preconditions: { resourceVersion } }),
    want: { status: 200 },
  },
])('$name', async ({ elsewhere, write, want }) => {
  const first = await other.create(paths.configMaps, configMap('a'));
  // The consistent list waits until this server knows the object.
  expect((await behind.call(`GET ${paths.configMaps}`)).json.items).toHaveLength(1);
  shared.cut();
  await elsewhere(first);
  const { json: newest } = await other.call(`GET ${path}`);
  const { status, json } = await write(first, newest);
  expect(status).toBe(want.status);
  if (want.data) {
    expect(json['data']).toEqual(want.data);
    expect((await other.call(`GET ${path}`)).json['data']).toEqual(want.data);
  }
  if (want.changes !== undefined)
    expect(json.metadata.resourceVersion !== newest.metadata.resourceVersion).toBe(want.changes);
});

test('what the server knows is the newest -> written without asking the store first', async () => {
  const first = await behind.create(paths.configMaps, configMap('a'));
  expect((await behind.call(`GET ${paths.configMaps}`)).json.items).toHaveLength(1);
  const before = shared.reads();
  expect((await behind.call(`PUT ${path}`, { ...first, data: { a: '2' } })).status).toBe(200);
  expect(shared.reads()).toBe(before);
});
