// What happens on a full disk? Real file systems of a few megabytes tell.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestServer } from '../apiserver/testing.ts';
import { silentLogger as log } from '../base/log.ts';
import { StoreFullError } from './errors.ts';
import { checkDataFile } from './lmdb-check.ts';
import { openLmdbStore } from './lmdb-store.ts';
import { buildStateWriter } from './testing/state-writer.ts';
import type { RevisionStore } from './types.ts';

const canMount = process.getuid?.() === 0;
let mountPoint: string;
let path: string;
let store: RevisionStore | undefined;
const writer = buildStateWriter();
afterAll(() => writer.remove());

beforeEach(() => {
  mountPoint = mkdtempSync(join(tmpdir(), 'amarre-full-'));
  path = join(mountPoint, 'state');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'amarre-full-disk', mountPoint]);
});
afterEach(async () => {
  try {
    await store?.close();
  } finally {
    execFileSync('umount', ['--lazy', mountPoint]);
    rmSync(mountPoint, { recursive: true });
  }
});

/** Writes until the disk is full. Gives the keys that were acknowledged, and the first refusal. */
async function fill(store: RevisionStore): Promise<{ acknowledged: string[]; refusal: unknown }> {
  const acknowledged: string[] = [];
  for (let round = 0; ; round++) {
    const keys = Array.from({ length: 64 }, (_, i) => `/k/${round}-${i}`);
    const results = await Promise.allSettled(keys.map((key) => store.put(key, Buffer.alloc(2000, 7), 0)));
    for (const [i, result] of results.entries()) if (result.status === 'fulfilled') acknowledged.push(keys[i] ?? '');
    const refused = results.find((result) => result.status === 'rejected');
    if (refused) return { acknowledged, refusal: refused.reason };
  }
}

describe.runIf(canMount)('a full disk', () => {
  test.each([
    ['this thread', {}],
    ['a thread of its own', { writer: writer.program }],
  ])('%s writes -> refused, nothing is lost or corrupt; with room again they go on', async (_who, options) => {
    const ballast = join(mountPoint, 'ballast');
    writeFileSync(ballast, Buffer.alloc(6 * 1024 * 1024));
    store = await openLmdbStore({ path, log, ...options });
    const { acknowledged, refusal } = await fill(store);
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(refusal).toBeInstanceOf(StoreFullError);
    expect((refusal as Error).message).toMatch(/^no space left on device: .* KiB are free\. Free some space there/);
    const revision = store.currentRevision();
    expect(revision).toBe(acknowledged.length);

    expect((await store.list({ prefix: '/' })).entries.map(({ key }) => key)).toEqual(acknowledged.toSorted());
    expect(store.currentRevision()).toBe(revision);

    // A start needs no room.
    await expect(store.close()).rejects.toBeInstanceOf(StoreFullError);
    store = await openLmdbStore({ path, log, ...options });
    expect((await store.list({ prefix: '/' })).entries.map(({ key }) => key)).toEqual(acknowledged.toSorted());

    rmSync(ballast);
    expect(await store.put('/more', Buffer.alloc(2000), 0)).toEqual({ ok: true, revision: revision + 1 });
    await store.close();
    checkDataFile(join(path, 'data.mdb'));
    store = await openLmdbStore({ path, log, ...options });
    expect(store.currentRevision()).toBe(revision + 1);
    expect((await store.list({ prefix: '/k/' })).entries).toHaveLength(acknowledged.length);
  });

  test('at the API -> 500 InternalError that says what to do, reads go on, then writes too', async () => {
    const ballast = join(mountPoint, 'ballast');
    store = await openLmdbStore({ path, log });
    const server = await startTestServer({ store });
    const object = (name: string): object => ({ metadata: { name }, data: { a: 'x'.repeat(20_000) } });
    await server.create('/api/v1/namespaces/default/configmaps', object('before'));
    const create = (name: string) => server.call('POST /api/v1/namespaces/default/configmaps', object(name));
    writeFileSync(ballast, Buffer.alloc(12 * 1024 * 1024));
    let answer = await create('full-0');
    for (let i = 1; answer.status === 201; i++) answer = await create(`full-${i}`);
    expect(answer.json).toMatchObject({ kind: 'Status', code: 500, reason: 'InternalError' });
    expect(answer.json.message).toMatch(/^Internal error occurred: no space left on device: /);
    expect((await server.call('GET /api/v1/namespaces/default/configmaps/before')).status).toBe(200);
    rmSync(ballast);
    expect((await create('after')).status).toBe(201);
    await server.stop();
  });
});
