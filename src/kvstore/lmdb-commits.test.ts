// What if a piece is taken over twice? A thread that ends after its commit has told nobody of it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DirectCommits } from './lmdb-commits.ts';
import { openTables } from './lmdb-open.ts';
import { LmdbReader } from './lmdb-reader.ts';
import { bytes } from './model.ts';
import type { Entry, StoreEvent } from './types.ts';
import { encodeBatch } from './write-log-records.ts';

const entry = (revision: number): Entry => ({
  key: '/a',
  value: bytes(`${revision}`),
  createRevision: 1,
  modRevision: revision,
});
const history: StoreEvent[] = [
  { type: 'put', entry: entry(1), previous: undefined },
  { type: 'put', entry: entry(2), previous: entry(1) },
  { type: 'delete', key: '/a', revision: 3, previous: entry(2) },
];

test('the same piece again, alone or before others -> history has it once', async () => {
  const path = mkdtempSync(join(tmpdir(), 'amarre-commits-'));
  const { root, tables } = await openTables(path);
  try {
    const commits = new DirectCommits({ path, root, tables });
    const takeOver = (...events: StoreEvent[]): Promise<void> =>
      commits.takeOver({ records: events.map((event) => encodeBatch(7, [event])), forgotten: undefined });
    const [first, second, third] = history as [StoreEvent, StoreEvent, StoreEvent];
    await takeOver(first, second);
    await takeOver(first, second);
    await takeOver(second, third);
    await takeOver(third);
    const reader = new LmdbReader(tables);
    expect(reader.eventsAfter({ revision: 0, limit: 9, upTo: 3 })).toEqual(history);
    expect([reader.revision(), reader.get('/a')]).toEqual([3, undefined]);
  } finally {
    await root.close();
    rmSync(path, { recursive: true, force: true });
  }
});
