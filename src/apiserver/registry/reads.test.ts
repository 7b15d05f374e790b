// Is an object read from the cache the one that the store has?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryStore } from '../../kvstore/memory-store.ts';
import type { RevisionStore } from '../../kvstore/types.ts';
import { configMap, paths, startTestServer, type TestServer } from '../testing.ts';

const key = (name: string): string => `/registry/core/configmaps/default/${name}`;
const names = ['a', 'b', 'c'];

interface Change {
  verb: 'POST' | 'PUT' | 'DELETE';
  name: string;
  value: number;
}

function change(server: TestServer, { verb, name, value }: Change) {
  const object = { ...configMap(name), data: { value: String(value) } };
  const path = verb === 'POST' ? paths.configMaps : `${paths.configMaps}/${name}`;
  return server.call(`${verb} ${path}`, verb === 'DELETE' ? undefined : object);
}

test('after any write, acknowledged or refused, a read shows what the store has', async () => {
  const server = await startTestServer();
  const anyChange = fc.record({
    verb: fc.constantFrom<Change['verb'][]>('POST', 'PUT', 'DELETE'),
    name: fc.constantFrom(...names),
    value: fc.nat(),
  });
  // Writes of one step are under way at once.
  const steps = fc.array(fc.array(anyChange, { minLength: 1, maxLength: 4 }), { maxLength: 10 });
  try {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        for (const step of all) {
          await Promise.all(step.map((each) => change(server, each)));
          for (const name of names) {
            const [{ status, json }, entry] = await Promise.all([
              server.call(`GET ${paths.configMaps}/${name}`),
              server.store.get(key(name)),
            ]);
            expect(status).toBe(entry ? 200 : 404);
            if (entry) expect(json.metadata.resourceVersion).toBe(String(entry.modRevision));
          }
        }
      }),
      { numRuns: 50 },
    );
  } finally {
    await server.stop();
  }
});

const value = (text: string): Buffer =>
  Buffer.from(
    JSON.stringify({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'x', namespace: 'default' },
      data: { text },
    }),
  );

test.each<{ name: string; around: (store: RevisionStore) => RevisionStore }>([
  {
    name: 'of its own',
    around: (store) => ({ ...deaf(store), isShared: false, currentRevision: () => store.currentRevision() }),
  },
  { name: 'that others write to', around: deaf },
])('a store $name has a write that the cache has not heard of -> the read shows it', async ({ around }) => {
  const inner = memoryStore();
  const server = await startTestServer({ store: around(inner) });
  const read = () => server.call(`GET ${paths.configMaps}/x`);
  const first = await inner.put(key('x'), value('first'), 0);
  expect((await read()).json).toMatchObject({ data: { text: 'first' } });
  await inner.put(key('x'), value('second'), first.ok ? first.revision : 0);
  expect((await read()).json).toMatchObject({ data: { text: 'second' } });
  await server.stop();
});

/** `store` as one that others write to; the cache hears of nothing that happens to ConfigMaps. */
function deaf(store: RevisionStore): RevisionStore {
  const known = store.currentRevision();
  return {
    isShared: true,
    currentRevision: () => known,
    latestRevision: () => store.latestRevision(),
    compactedRevision: () => store.compactedRevision(),
    sizeBytes: () => store.sizeBytes(),
    get: (of, options) => store.get(of, options),
    list: (options) => store.list(options),
    put: (of, bytes, expected) => store.put(of, bytes, expected),
    delete: (of, expected) => store.delete(of, expected),
    watch: (options) => store.watch({ ...options, prefix: '/registry/core/namespaces/' }),
    compact: (revision) => store.compact(revision),
    advanceTo: (revision) => store.advanceTo(revision),
    close: () => store.close(),
  };
}
