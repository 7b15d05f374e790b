// Which way do the frames of a watch go? Past the reader while it waits and there is room, in order in any case.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CacheEvent } from './collection.ts';
import { StoredObject } from './stored-object.ts';
import { type Frames, Watcher, type WatcherOptions } from './watcher.ts';

/** Each frame is one byte: the revision. */
const frames: Frames = {
  object: (_type, { revision }) => Uint8Array.of(revision),
  bookmark: (revision) => Uint8Array.of(revision),
  error: () => Uint8Array.of(0),
};
const watcher = (options: Partial<WatcherOptions> = {}): Watcher =>
  new Watcher({
    prefix: '/a/',
    selection: undefined,
    serve: (stored) => stored,
    frames,
    bufferBytesMax: 200,
    onOverflow: () => {},
    wantsBookmarks: false,
    ...options,
  });
const event = (revision: number, key = '/a/x'): CacheEvent => {
  const current = new StoredObject({ key, revision, bytes: Buffer.from('{}') });
  return new CacheEvent({ revision, key, current, previous: undefined });
};

test('the reader waits -> straight to the outlet, and the reader goes on waiting', async () => {
  const sent: number[] = [];
  const watching = watcher({ outlet: { write: (chunk) => sent.push(...chunk) > 0 } });
  watching.offer(event(1));
  expect([watching.take(), sent]).toEqual([Uint8Array.of(1), []]);
  let isWoken = false;
  void watching.changed().then(() => (isWoken = true));
  watching.offer(event(2));
  watching.offer(event(3, '/b/x'));
  watching.bookmark(4);
  await new Promise((resolve) => setImmediate(resolve));
  expect([sent, watching.take(), isWoken]).toEqual([[2, 4], undefined, false]);
  watching.close();
  watching.offer(event(5));
  await new Promise((resolve) => setImmediate(resolve));
  expect([sent, isWoken]).toEqual([[2, 4], true]);
});

test('an outlet without room -> queued up to the bound, then closed', async () => {
  let overflows = 0;
  const sent: number[] = [];
  const outlet = { write: (chunk: Uint8Array) => sent.push(...chunk) < 0 };
  const watching = watcher({ outlet, bufferBytesMax: 3, onOverflow: () => (overflows += 1) });
  const woken = watching.changed();
  for (let revision = 1; revision <= 4; revision++) watching.offer(event(revision));
  await woken;
  expect([sent, overflows, watching.isClosed]).toEqual([[1], 0, false]);
  watching.offer(event(5));
  expect([sent, overflows, watching.isClosed, watching.take()]).toEqual([[1], 1, true, undefined]);
});

test('whenever the reader reads and whenever there is room -> every frame once, in order', async () => {
  const anyStep = fc.constantFrom('event', 'event', 'event', 'full', 'turn');
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 100 }), async (steps) => {
      const sent: number[] = [];
      let hasRoom = true;
      const write = (chunk: Uint8Array): boolean => {
        sent.push(...chunk);
        return hasRoom;
      };
      const watching = watcher({ outlet: { write } });
      const reading = (async () => {
        for (;;) {
          const queued = watching.take();
          if (queued) write(queued);
          else if (watching.isClosed) return;
          else await watching.changed();
          hasRoom = true;
        }
      })();
      let revision = 0;
      for (const step of steps) {
        if (step === 'event') watching.offer(event((revision += 1)));
        else if (step === 'full') hasRoom = false;
        else await new Promise((resolve) => setImmediate(resolve));
      }
      watching.close();
      await reading;
      expect(sent).toEqual(Array.from({ length: revision }, (_, i) => i + 1));
    }),
  );
});
