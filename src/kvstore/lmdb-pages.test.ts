import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { silentLogger as log } from '../base/log.ts';
import { openLmdbStore } from './lmdb-store.ts';

const mebibyte = 1024 * 1024;

/** Bytes of the file's mappings that count as this process's own. */
function residentBytes(file: string): number {
  let isOfFile = false;
  let kibibytes = 0;
  for (const line of readFileSync('/proc/self/smaps', 'utf8').split('\n')) {
    if (/^[0-9a-f]+-/.test(line)) isOfFile = line.endsWith(` ${file}`);
    const [, resident = '0'] = /^Rss: +(\d+) kB/.exec(line) ?? [];
    if (isOfFile) kibibytes += Number(resident);
  }
  return kibibytes * 1024;
}

test('a store of 96 MiB is read -> its pages do not stay in memory, and read the same again', async () => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'amarre-kvstore-')));
  const before = await openLmdbStore({ path, log });
  await Promise.all(Array.from({ length: 96 }, (_, i) => before.put(`/k/${i}`, Buffer.alloc(mebibyte, i), 0)));
  await before.close();
  const store = await openLmdbStore({ path, log });
  try {
    const first = await store.list({ prefix: '/k/' });
    expect(first.entries).toHaveLength(96);
    expect(residentBytes(join(path, 'data.mdb'))).toBeLessThan(16 * mebibyte);
    const second = await store.list({ prefix: '/k/' });
    expect(second.entries.every(({ value }, i) => Buffer.from(value).equals(first.entries[i]?.value ?? value))).toBe(
      true,
    );
    await store.put('/k/0', Buffer.from('changed'), first.entries[0]?.modRevision ?? 0);
    expect(Buffer.from((await store.get('/k/0'))?.value ?? []).toString()).toBe('changed');
  } finally {
    await store.close();
    rmSync(path, { recursive: true, force: true });
  }
});
