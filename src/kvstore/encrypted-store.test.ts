import { randomFillSync } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../base/log.ts';
import { describeRevisionStore, testBoundedHistory } from './conformance.ts';
import { encryptedStore } from './encrypted-store.ts';
import { keyNameOf } from './encryption.ts';
import { isEncrypted, parseEncryptionConfig } from './encryption-config.ts';
import { openLmdbStore } from './lmdb-store.ts';
import { memoryStore } from './memory-store.ts';
import { CompactedError } from './types.ts';

const randomBytes = (count: number): Uint8Array => randomFillSync(new Uint8Array(count));
const secretOf = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const configText = (names: string[], resources = ['secrets']): string =>
  JSON.stringify({ resources, keys: names.map((name) => ({ name, secret: secretOf(name.charCodeAt(3)) })) });
const configOf = (...args: Parameters<typeof configText>) => parseEncryptionConfig(configText(...args), 'keys.json');
const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string => Buffer.from(value ?? []).toString();
const secretKey = '/registry/core/secrets/shop/db';

const open = async (options: { keepRevisions?: number }) => {
  // Everything that the suite writes, whatever its keys: they are not those of the registry.
  const config = { ...configOf(['key1']), resources: { some: () => true } as unknown as string[] };
  const store = encryptedStore(memoryStore(options), { config: () => config, randomBytes });
  return { store, close: () => store.close() };
};
describeRevisionStore('encryptedStore', open);
testBoundedHistory(open);

test('a secret -> not to be found in the files of the store; another resource is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'amarre-encryption-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const lmdb = await openLmdbStore({ path: folder, log: silentLogger });
  const store = encryptedStore(lmdb, { config: () => configOf(['key1']), randomBytes });
  await store.put(secretKey, bytes('{"password":"correct-horse-battery"}'), 0);
  await store.put('/registry/core/configmaps/shop/c', bytes('{"plain":"staple-in-the-open"}'), 0);
  expect(text((await store.get(secretKey))?.value)).toContain('correct-horse-battery');
  await store.close();
  const files = await Promise.all(
    (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => readFile(join(folder, entry.name))),
  );
  const all = Buffer.concat(files);
  expect(all.includes('staple-in-the-open')).toBe(true);
  expect(all.includes('correct-horse-battery')).toBe(false);
});

test('two writes of one value -> look different', async () => {
  const memory = memoryStore();
  const store = encryptedStore(memory, { config: () => configOf(['key1']), randomBytes });
  await store.put(`${secretKey}1`, bytes('same'), 0);
  await store.put(`${secretKey}2`, bytes('same'), 0);
  const [first, second] = (await memory.list({ prefix: secretKey })).entries;
  expect(first?.value).not.toEqual(second?.value);
});

test('a rotation -> old values are read, a rewrite moves them to the new key, the old key may go', async () => {
  const memory = memoryStore();
  let config = configOf(['key1']);
  const store = encryptedStore(memory, { config: () => config, randomBytes });
  const { signal } = new AbortController();
  await memory.put(`${secretKey}0`, bytes('written in plain before'), 0);
  await store.put(secretKey, bytes('a'), 0);
  config = configOf(['key2', 'key1']);
  expect(text((await store.get(secretKey))?.value)).toBe('a');
  expect(await store.rewrite(signal)).toEqual({ written: 2, use: { key2: 2 } });
  expect(await store.rewrite(signal)).toEqual({ written: 0, use: { key2: 2 } });
  config = configOf(['key2']);
  expect(text((await store.get(`${secretKey}0`))?.value)).toBe('written in plain before');

  config = configOf(['key2'], ['configmaps']);
  expect(await store.rewrite(signal)).toEqual({ written: 2, use: {} });
  expect(keyNameOf((await memory.get(secretKey))?.value ?? new Uint8Array())).toBeUndefined();
});

test('history under a key that is gone -> compacted to those who ask for it', async () => {
  const memory = memoryStore();
  let config = configOf(['key1']);
  const store = encryptedStore(memory, { config: () => config, randomBytes });
  const { signal } = new AbortController();
  await store.put(secretKey, bytes('a'), 0);
  const revision = store.currentRevision();
  config = configOf(['key2', 'key1']);
  await store.rewrite(signal);
  config = configOf(['key2']);
  await expect(store.list({ prefix: secretKey, revision })).rejects.toThrow(CompactedError);
  const events = store.watch({ prefix: secretKey, afterRevision: revision - 1, signal })[Symbol.asyncIterator]();
  await expect(events.next()).rejects.toThrow(CompactedError);
  expect(text((await store.get(secretKey))?.value)).toBe('a');
});

test.each<{ name: string; spoil: (value: Uint8Array) => Uint8Array; key?: string; names?: string[]; why: string }>([
  {
    name: 'altered',
    spoil: (value) => Buffer.concat([value.subarray(0, -1), Buffer.from([(value.at(-1) ?? 0) ^ 1])]),
    why: 'the value was altered',
  },
  {
    name: 'moved to another key of the store',
    spoil: (value) => value,
    key: '/registry/core/secrets/shop/other',
    why: 'altered or belongs to another key',
  },
  {
    name: 'of a key that is gone',
    spoil: (value) => value,
    names: ['key2'],
    why: 'it was encrypted with the key "key1"',
  },
])('a value $name -> refused', async ({ spoil, key = secretKey, names = ['key1'], why }) => {
  const memory = memoryStore();
  let config = configOf(['key1']);
  const store = encryptedStore(memory, { config: () => config, randomBytes });
  await store.put(secretKey, bytes('a'), 0);
  const stored = (await memory.get(secretKey)) ?? { value: new Uint8Array(), modRevision: 0 };
  await memory.put(key, spoil(stored.value), key === secretKey ? stored.modRevision : 0);
  config = configOf(names);
  await expect(store.get(key)).rejects.toThrow(why);
});

test.each([
  { file: '{', why: 'it is not valid JSON' },
  { file: '{"keys":[]}', why: '"resources" must be' },
  { file: '{"resources":[],"keys":[]}', why: 'at least one key' },
  { file: '{"resources":[],"keys":[{"name":"a b","secret":""}]}', why: 'the name of key 1' },
  { file: '{"resources":[],"keys":[{"name":"a","secret":"AAAA"}]}', why: 'must be 32 bytes in base64, and has 3' },
  { file: configText(['key1', 'key1']), why: 'two keys have the same name' },
])('parseEncryptionConfig: $file -> $why', ({ file, why }) => {
  expect(() => parseEncryptionConfig(file, 'keys.json')).toThrow(why);
});

test.each([
  { key: '/registry/core/secrets/shop/db', want: true },
  { key: '/registry/core/secretsx/shop/db', want: false },
  { key: '/registry/velero.io/backups/velero/b', want: true },
  { key: '/registry/core/backups/velero/b', want: false },
  { key: '/leases/secrets', want: false },
])('isEncrypted: $key -> $want', ({ key, want }) => {
  expect(isEncrypted(configOf(['key1'], ['secrets', 'backups.velero.io']), key)).toBe(want);
});
