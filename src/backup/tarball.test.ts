// Does a tarball give back what was put in, and is damage noticed?

import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import type { BackupItem } from './items.ts';
import { readAll } from './object-store.ts';
import { readTarball, TarballError, writeTarball } from './tarball.ts';

function item(overrides: Partial<BackupItem> & { data?: unknown } = {}): BackupItem {
  const { groupResource = 'configmaps', version = 'v1', namespace, name = 'a', data } = overrides;
  return {
    groupResource,
    version,
    namespace,
    name,
    object: {
      apiVersion: version,
      kind: 'ConfigMap',
      metadata: {
        name,
        uid: 'u',
        resourceVersion: '1',
        creationTimestamp: '2026-01-01T00:00:00Z',
        ...(namespace !== undefined && { namespace }),
      },
      ...(data !== undefined && { data }),
    },
  };
}

async function* chunked(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

async function collect(bytes: Uint8Array): Promise<BackupItem[]> {
  const items: BackupItem[] = [];
  for await (const each of readTarball(chunked(bytes))) items.push(each);
  return items;
}

const dnsName = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,40}[a-z0-9])?$/);
const anyItem = fc.record({
  groupResource: fc.constantFrom('pods', 'configmaps', 'statefulsets.apps'),
  version: fc.constantFrom('v1', 'v2alpha1'),
  namespace: fc.option(dnsName, { nil: undefined }),
  name: dnsName,
  data: fc.dictionary(fc.string(), fc.string({ unit: 'binary', maxLength: 3000 })),
});

test('what is read is what was written, in its order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyItem, { maxLength: 20 }), async (records) => {
      const items = records.map((record) => item(record));
      const read = await collect(await readAll(writeTarball(items)));
      expect(read).toEqual(
        JSON.parse(JSON.stringify(items)).map((each: BackupItem) => ({ ...each, namespace: each.namespace })),
      );
    }),
    { numRuns: 50 },
  );
});

test('a tarball cut off anywhere is refused', async () => {
  const whole = await readAll(writeTarball([item({ namespace: 'shop', data: { key: 'x'.repeat(5000) } })]));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
      await expect(collect(whole.subarray(0, length))).rejects.toBeInstanceOf(TarballError);
    }),
    { numRuns: 50 },
  );
});

test('layout -> each object twice, and the format version first', async () => {
  const tar = gunzipSync(
    await readAll(writeTarball([item({ namespace: 'shop' }), item({ groupResource: 'widgets.example.io' })])),
  );
  const names = [...tar.toString('latin1').matchAll(/(metadata\/version|resources\/[a-z0-9./-]+\.json)/g)].map(
    ([name]) => name,
  );
  expect(names).toEqual([
    'metadata/version',
    'resources/configmaps/namespaces/shop/a.json',
    'resources/configmaps/v1-preferredversion/namespaces/shop/a.json',
    'resources/widgets.example.io/cluster/a.json',
    'resources/widgets.example.io/v1-preferredversion/cluster/a.json',
  ]);
});

async function tarOf(files: Record<string, string>): Promise<Uint8Array> {
  const archive = pack();
  for (const [name, text] of Object.entries(files)) archive.entry({ name }, text);
  archive.finalize();
  return gzipSync(await readAll(archive as AsyncIterable<Uint8Array>));
}

test.each<{ name: string; files: Record<string, string>; want: RegExp }>([
  { name: 'no resources folder -> refused', files: { 'metadata/version': '1.1.0\n' }, want: /no folder "resources"/ },
  { name: 'not JSON -> refused', files: { 'resources/pods/namespaces/a/b.json': '{' }, want: /is not JSON/ },
  {
    name: 'no object -> refused',
    files: { 'resources/pods/namespaces/a/b.json': '[]' },
    want: /not a Kubernetes object/,
  },
  {
    name: 'object of another name than its path -> refused',
    files: { 'resources/pods/cluster/b.json': '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"c"}}' },
    want: /holds another object/,
  },
])('readTarball: $name', async ({ files, want }) => {
  await expect(collect(await tarOf(files))).rejects.toThrow(want);
});

test('a source that fails while it is written -> the stream fails', async () => {
  async function* failing(): AsyncGenerator<BackupItem> {
    yield item();
    throw new Error('list failed');
  }
  await expect(readAll(writeTarball(failing()))).rejects.toThrow('list failed');
});

test('a reader that stops early -> nothing is left running', async () => {
  const items = Array.from({ length: 2000 }, (_, index) =>
    item({ name: `n${index}`, data: { key: 'x'.repeat(1000) } }),
  );
  for await (const chunk of writeTarball(items)) {
    expect(chunk.length).toBeGreaterThan(0);
    break;
  }
  for await (const read of readTarball(chunked(await readAll(writeTarball(items))))) {
    expect(read.name).toBe('n0');
    break;
  }
});
