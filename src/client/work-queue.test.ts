import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import { seededRandom } from '../base/seeded-random.ts';
import { WorkQueue } from './work-queue.ts';

type Act =
  | { add: string }
  | { addAfter: [key: string, delayMs: number] }
  | { fail: string }
  | { take: string }
  | { done: string }
  | { advance: number }
  | { ready: number };

const never = new AbortController().signal;

test.each<{ name: string; acts: Act[] }>([
  {
    name: 'one key added three times -> handed out once',
    acts: [{ add: 'a' }, { add: 'a' }, { add: 'a' }, { take: 'a' }, { ready: 0 }],
  },
  {
    name: 'key added while worked on -> handed out again only after done',
    acts: [{ add: 'a' }, { take: 'a' }, { add: 'a' }, { ready: 0 }, { done: 'a' }, { take: 'a' }],
  },
  {
    name: 'two keys -> in the order they were added',
    acts: [{ add: 'b' }, { add: 'a' }, { take: 'b' }, { take: 'a' }],
  },
  {
    name: 'delayed key -> not before its time',
    acts: [{ addAfter: ['a', 100] }, { advance: 99 }, { ready: 0 }, { advance: 1 }, { take: 'a' }],
  },
  {
    name: 'two delays of one key -> the shorter holds',
    acts: [
      { addAfter: ['a', 500] },
      { addAfter: ['a', 100] },
      { addAfter: ['a', 900] },
      { advance: 100 },
      { take: 'a' },
      { done: 'a' },
      { advance: 900 },
      { ready: 0 },
    ],
  },
  {
    name: 'delayed key that is added at once -> handed out once',
    acts: [{ addAfter: ['a', 100] }, { add: 'a' }, { take: 'a' }, { done: 'a' }, { advance: 200 }, { ready: 0 }],
  },
  {
    name: 'failing key -> held back twice as long each time',
    acts: [
      { fail: 'a' },
      { advance: 11 },
      { take: 'a' },
      { done: 'a' },
      { fail: 'a' },
      { advance: 19 },
      { ready: 0 },
      { advance: 3 },
      { take: 'a' },
      { done: 'a' },
      { fail: 'a' },
      { advance: 39 },
      { ready: 0 },
      { advance: 5 },
      { take: 'a' },
    ],
  },
])('WorkQueue: $name', async ({ acts }) => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, random: seededRandom(1) });
  for (const act of acts) {
    if ('add' in act) queue.add(act.add);
    else if ('addAfter' in act) queue.addAfter(...act.addAfter);
    else if ('fail' in act) queue.addRateLimited(act.fail);
    else if ('done' in act) queue.done(act.done);
    else if ('advance' in act) await clock.advance(act.advance);
    else if ('ready' in act) expect(await handsOut(queue)).toBe(act.ready);
    else expect(await queue.next(never)).toBe(act.take);
  }
});

/** 1 if a key could be taken now; takes none unless there is one. */
async function handsOut(queue: WorkQueue): Promise<number> {
  const stop = new AbortController();
  const taken = queue.next(stop.signal).then(
    () => 1,
    () => 0,
  );
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  return taken;
}

test('WorkQueue: a waiting worker is woken by an added key, and by a delay that ends', async () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock, random: seededRandom(1) });
  const first = queue.next(never);
  queue.add('a');
  expect(await first).toBe('a');
  const second = queue.next(never);
  queue.addAfter('b', 50);
  await clock.advance(50);
  expect(await second).toBe('b');
  expect(clock.sleeping).toBe(0);
});
