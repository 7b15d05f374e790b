import { expect, test } from 'vitest';
import { conflict, StatusError } from '../apimachinery/status-error.ts';
import { AssertionError } from '../base/assert.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/seeded-random.ts';
import type { Outcome } from './controller.ts';
import { keyedController } from './keyed-controller.ts';
import { type Informers, UnreachableError } from './types.ts';

const noInformers: Informers = {
  of: () => {
    throw new AssertionError('This controller has no informers');
  },
};

interface Pass {
  atMs: number;
  key: string;
}

async function drive(
  reconcileKey: (pass: number, key: string) => Promise<Outcome>,
  { keys, forMs, resyncMs, concurrency }: { keys: string[]; forMs: number; resyncMs?: number; concurrency?: number },
): Promise<Pass[]> {
  const clock = new FakeClock(0);
  const stop = new AbortController();
  const passes: Pass[] = [];
  const controller = keyedController(
    {
      name: 'test',
      watch: (enqueue) => keys.forEach(enqueue),
      reconcileKey: (key) => {
        passes.push({ atMs: clock.now(), key });
        return reconcileKey(passes.length, key);
      },
      ...(resyncMs !== undefined && { resyncMs }),
      ...(concurrency !== undefined && { concurrency }),
    },
    { informers: noInformers, clock, random: seededRandom(1), log: silentLogger },
  );
  const time = clock.advance(forMs).then(() => stop.abort());
  await Promise.all([controller.run(stop.signal), time]);
  expect(clock.sleeping).toBe(0);
  return passes;
}

const settled: Outcome = { requeue: 'never' };

test.each<{ name: string; passes: (pass: number) => Promise<Outcome>; want: number }>([
  { name: 'nothing to do -> one pass', passes: async () => settled, want: 1 },
  { name: 'two steps -> three passes', passes: async (pass) => (pass < 3 ? { requeue: 'now' } : settled), want: 3 },
  {
    name: 'wait of 400 ms -> looks again every 400 ms',
    passes: async () => ({ requeue: 'after', delayMs: 400 }),
    want: 3,
  },
  {
    name: 'refused once -> tried again',
    passes: async (pass) => (pass === 1 ? Promise.reject(new StatusError('InternalError', 'no')) : settled),
    want: 2,
  },
  {
    name: 'conflict, then unreachable -> tried again both times',
    passes: async (pass) => {
      if (pass === 1) throw conflict('pods', 'a', 'stale');
      if (pass === 2) throw new UnreachableError('down');
      return settled;
    },
    want: 3,
  },
  {
    name: 'always refused -> held back ever longer',
    passes: () => Promise.reject(new StatusError('Forbidden', 'no')),
    want: 7,
  },
])('keyedController: $name', async ({ passes, want }) => {
  expect(await drive(passes, { keys: ['a'], forMs: 1_000 })).toHaveLength(want);
});

test('keyedController: resync -> every key again', async () => {
  const passes = await drive(async () => settled, { keys: ['b', 'a'], forMs: 1_500, resyncMs: 1_000 });
  expect(passes.map(({ key }) => key)).toEqual(['b', 'a', 'a', 'b']);
});

test('keyedController: one key blocked, two workers -> the other key is not held up', async () => {
  let release = (): void => {};
  const blocked = new Promise<Outcome>((resolve) => {
    release = () => resolve(settled);
  });
  const passes = drive((_, key) => (key === 'a' ? blocked : Promise.resolve(settled)), {
    keys: ['a', 'b'],
    forMs: 10,
    concurrency: 2,
  });
  await new Promise((resolve) => setImmediate(resolve));
  release();
  expect((await passes).map(({ key }) => key)).toEqual(['a', 'b']);
});

test('keyedController: broken invariant -> run rejects', async () => {
  const passes = drive(() => Promise.reject(new AssertionError('two writers')), { keys: ['a'], forMs: 10 });
  await expect(passes).rejects.toBeInstanceOf(AssertionError);
});
