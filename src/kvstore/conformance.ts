// Does a store keep its contract? One suite for every implementation.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pollUntil } from '../base/poll.ts';
import { systemClock as clock } from '../base/system-clock.ts';
import { agrees, anyWrite, brief, briefEvent, bytes, rebased, type StoreUnderTest, take, text } from './model.ts';
import { CompactedError, type RevisionStore } from './types.ts';
import { revisionOf } from './watch.ts';

/** Defines the suite for one implementation; `open` gives a store without keys, whatever its revision. */
export function describeRevisionStore(
  name: string,
  open: (options: { keepRevisions?: number }) => Promise<StoreUnderTest>,
): void {
  describe(name, () => {
    let under: StoreUnderTest;
    let store: RevisionStore;

    beforeEach(async () => {
      await reopen();
    });
    const reopen = async (): Promise<void> => {
      under = await open({});
      store = rebased(under.store, under.store.currentRevision());
    };
    afterEach(() => under.close());

    test.each<{
      name: string;
      before: [string, string, number][];
      write: [string, string | undefined, number];
      want: string;
    }>([
      { name: 'new key, expects none -> first revision', before: [], write: ['/a', '1', 0], want: 'ok 1' },
      {
        name: 'existing key, expects none -> refused with it',
        before: [['/a', '1', 0]],
        write: ['/a', '2', 0],
        want: 'has /a=1 c1 m1',
      },
      {
        name: 'existing key, right revision -> next revision',
        before: [['/a', '1', 0]],
        write: ['/a', '2', 1],
        want: 'ok 2',
      },
      {
        name: 'existing key, stale revision -> refused with the newest',
        before: [
          ['/a', '1', 0],
          ['/a', '2', 1],
        ],
        write: ['/a', '3', 1],
        want: 'has /a=2 c1 m2',
      },
      {
        name: 'missing key, expects one -> refused with none',
        before: [],
        write: ['/a', '1', 7],
        want: 'has undefined',
      },
      {
        name: 'delete, right revision -> next revision',
        before: [['/a', '1', 0]],
        write: ['/a', undefined, 1],
        want: 'ok 2',
      },
      {
        name: 'delete, stale revision -> refused',
        before: [
          ['/a', '1', 0],
          ['/a', '2', 1],
        ],
        write: ['/a', undefined, 1],
        want: 'has /a=2 c1 m2',
      },
      { name: 'delete of a missing key -> refused', before: [], write: ['/a', undefined, 0], want: 'has undefined' },
      { name: 'empty value -> stored', before: [], write: ['/a', '', 0], want: 'ok 1' },
    ])('compare-and-swap: $name', async ({ before, write: [key, value, expected], want }) => {
      for (const [k, v, revision] of before) await store.put(k, bytes(v), revision);
      const result =
        value === undefined ? await store.delete(key, expected) : await store.put(key, bytes(value), expected);
      expect(result.ok ? `ok ${result.revision}` : `has ${brief(result.current)}`).toBe(want);
      expect(store.currentRevision()).toBe(before.length + (result.ok ? 1 : 0));
    });

    test('the size of a store that has files -> grows with what is written', async () => {
      const before = await store.sizeBytes();
      if (before === undefined) return;
      for (let i = 0; i < 64; i += 1) await store.put(`/large/${i}`, Buffer.alloc(64 * 1024, i), 0);
      // etcd takes room when it commits, which it does ten times a second.
      const isGrown = async (): Promise<boolean> => ((await store.sizeBytes()) ?? 0) > before;
      await pollUntil(isGrown, { clock, signal: new AbortController().signal, intervalMs: 20 });
    });

    test('a key created again -> new createRevision, no previous', async () => {
      await store.put('/a', bytes('1'), 0);
      await store.delete('/a', 1);
      await store.put('/a', bytes('2'), 0);
      expect(brief(await store.get('/a'))).toBe('/a=2 c3 m3');
      expect((await take(store, { prefix: '/', afterRevision: 0, count: 3 })).map(briefEvent)).toEqual([
        'put /a=1 c1 m1 was undefined',
        'delete /a r2 was /a=1 c1 m1',
        'put /a=2 c3 m3 was undefined',
      ]);
    });

    test('concurrent writers of one key -> exactly one wins', async () => {
      const results = await Promise.all(Array.from({ length: 50 }, (_, i) => store.put('/a', bytes(`${i}`), 0)));
      expect(results.filter(({ ok }) => ok)).toHaveLength(1);
      expect(store.currentRevision()).toBe(1);
      expect(await store.latestRevision()).toBe(1);
    });

    test('concurrent writers of many keys -> every revision once', async () => {
      const results = await Promise.all(Array.from({ length: 1200 }, (_, i) => store.put(`/k/${i}`, bytes(`${i}`), 0)));
      const revisions = results.map((result) => (result.ok ? result.revision : 0)).sort((a, b) => a - b);
      expect(revisions).toEqual(Array.from({ length: 1200 }, (_, i) => i + 1));
    });

    test.each<{ name: string; list: Parameters<RevisionStore['list']>[0]; want: string[]; more: boolean }>([
      { name: 'prefix -> only below it', list: { prefix: '/p/' }, want: ['/p/a', '/p/b', '/p/c'], more: false },
      {
        name: 'empty prefix -> all in key order',
        list: { prefix: '' },
        want: ['/o', '/p/a', '/p/b', '/p/c', '/q'],
        more: false,
      },
      {
        name: 'limit -> says that there is more',
        list: { prefix: '/p/', limit: 2 },
        want: ['/p/a', '/p/b'],
        more: true,
      },
      {
        name: 'limit equals what is there -> no more',
        list: { prefix: '/p/', limit: 3 },
        want: ['/p/a', '/p/b', '/p/c'],
        more: false,
      },
      {
        name: 'startAfter -> the next page',
        list: { prefix: '/p/', startAfter: '/p/a', limit: 1 },
        want: ['/p/b'],
        more: true,
      },
      {
        name: 'older revision -> as it was',
        list: { prefix: '/p/', revision: 3 },
        want: ['/p/a', '/p/c', '/p/d'],
        more: false,
      },
      {
        name: 'older revision, page -> as it was',
        list: { prefix: '/p/', revision: 3, startAfter: '/p/a', limit: 1 },
        want: ['/p/c'],
        more: true,
      },
    ])('list: $name', async ({ list, want, more }) => {
      for (const key of ['/p/d', '/p/a', '/p/c', '/p/b', '/o', '/q']) await store.put(key, bytes('1'), 0);
      await store.delete('/p/d', 1);
      const result = await store.list(list);
      expect(result.entries.map(({ key }) => key)).toEqual(want);
      expect(result.more).toBe(more);
      expect(result.revision).toBe(list.revision ?? 7);
    });

    test.each([3_000, 70_000])(
      'names of %i characters, of which there are none -> nothing is found',
      async (length) => {
        for (const key of ['/p/a', '/p/b', '/p/yy']) await store.put(key, bytes('1'), 0);
        await store.put('/p/a', bytes('2'), 1);
        const long = `/p/${'x'.repeat(length)}`;
        for (const revision of [undefined, 3]) {
          const at = revision === undefined ? {} : { revision };
          expect(await store.get(long, at)).toBeUndefined();
          expect((await store.list({ prefix: long, ...at })).entries).toEqual([]);
          const after = await store.list({ prefix: '/p/', startAfter: long, ...at });
          expect(after.entries.map(({ key }) => key)).toEqual(['/p/yy']);
        }
      },
    );

    test('compacted history -> Expired for older revisions, newest values stay', async () => {
      await store.put('/a', bytes('1'), 0);
      await store.put('/a', bytes('2'), 1);
      await store.put('/b', bytes('3'), 0);
      await store.put('/a', bytes('4'), 2);
      await store.compact(3);
      expect(store.compactedRevision()).toBe(3);
      await expect(store.list({ prefix: '/', revision: 2 })).rejects.toBeInstanceOf(CompactedError);
      await expect(store.get('/a', { revision: 2 })).rejects.toBeInstanceOf(CompactedError);
      await expect(take(store, { prefix: '/', afterRevision: 2, count: 1 })).rejects.toBeInstanceOf(CompactedError);
      expect((await store.list({ prefix: '/', revision: 3 })).entries.map(brief)).toEqual(['/a=2 c1 m2', '/b=3 c3 m3']);
      expect((await take(store, { prefix: '/', afterRevision: 3, count: 1 })).map(briefEvent)).toEqual([
        'put /a=4 c1 m4 was /a=2 c1 m2',
      ]);
      await store.compact(2);
      expect(store.compactedRevision()).toBe(3);
    });

    test('advanced to a revision -> later writes lie beyond it, what is older is Expired, entries stay', async () => {
      const at = await under.store.latestRevision();
      await under.store.put('/a', bytes('1'), 0);
      await under.store.advanceTo(at + 1_000_000);
      const list = await under.store.list({ prefix: '/' });
      expect(list.entries.map(({ key, value }) => `${key}=${text(value)}`)).toContain('/a=1');
      expect(list.revision).toBeGreaterThanOrEqual(at + 1_000_000);
      await expect(take(under.store, { prefix: '/', afterRevision: at + 1, count: 1 })).rejects.toBeInstanceOf(
        CompactedError,
      );
      const a = list.entries.find(({ key }) => key === '/a');
      const written = await under.store.put('/a', bytes('2'), a?.modRevision ?? 0);
      expect(written.ok && written.revision).toBeGreaterThan(at + 1_000_000);
      const seen = await take(under.store, { prefix: '/a', afterRevision: list.revision, count: 1 });
      expect(seen[0]?.type === 'put' && text(seen[0].entry.value)).toBe('2');
      expect(seen[0]?.previous && text(seen[0].previous.value)).toBe('1');
    });

    test('watch started amid writes -> each event once, in order', async () => {
      const write = async (): Promise<void> => {
        for (let i = 0; i < 40; i++)
          await Promise.all([store.put(`/w/${i}`, bytes('x'), 0), store.put(`/other/${i}`, bytes('x'), 0)]);
      };
      const watchers = [0, 0, 13].map((afterRevision) =>
        take(store, { prefix: '/', afterRevision, count: 80 - afterRevision }),
      );
      const only = take(store, { prefix: '/w/', afterRevision: 0, count: 40 });
      await write();
      for (const [index, events] of (await Promise.all(watchers)).entries()) {
        const first = index === 2 ? 14 : 1;
        expect(events.map(revisionOf)).toEqual(Array.from({ length: 81 - first }, (_, i) => i + first));
      }
      expect((await only).map((event) => event.type === 'put' && event.entry.key)).toEqual(
        Array.from({ length: 40 }, (_, i) => `/w/${i}`),
      );
    });

    test('aborted or closed -> the watch ends', async () => {
      const stop = new AbortController();
      const aborted = store
        .watch({ prefix: '/', afterRevision: 0, signal: stop.signal })
        [Symbol.asyncIterator]()
        .next();
      const closed = store
        .watch({ prefix: '/', afterRevision: 0, signal: new AbortController().signal })
        [Symbol.asyncIterator]()
        .next();
      stop.abort();
      expect((await aborted).done).toBe(true);
      store.currentRevision();
      await under.close();
      expect((await closed).done).toBe(true);
      await reopen();
    });

    test('law: any sequence of writes -> what a Map with snapshots says', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyWrite, { maxLength: 40 }), fc.nat(), fc.nat(), (writes, at, compact) =>
          agrees(open, { writes, at, compact }),
        ),
        {
          numRuns: 40,
        },
      );
    }, 60_000);
  });
}

/** Defines the test of a store that bounds its history by itself. */
export function testBoundedHistory(open: (options: { keepRevisions?: number }) => Promise<StoreUnderTest>): void {
  test('history beyond keepRevisions -> compacted by itself', async () => {
    const bounded = await open({ keepRevisions: 20 });
    try {
      for (let i = 1; i <= 100; i++) await bounded.store.put('/a', bytes(`${i}`), i - 1);
      await vi.waitFor(() => expect(bounded.store.compactedRevision()).toBeGreaterThanOrEqual(50));
      expect(bounded.store.compactedRevision()).toBeLessThanOrEqual(80);
      expect(text((await bounded.store.get('/a'))?.value ?? bytes(''))).toBe('100');
    } finally {
      await bounded.close();
    }
  });
}
