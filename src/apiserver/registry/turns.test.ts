import { expect, test } from 'vitest';
import { FakeClock } from '../../base/fake-clock.ts';
import { memoryStore } from '../../kvstore/memory-store.ts';
import { configMap, paths, startTestServer } from '../testing.ts';
import { Turns } from './turns.ts';

const never = new AbortController().signal;

test('turns of one key -> one after the other in the order of asking; other keys do not wait', async () => {
  const turns = new Turns(new FakeClock());
  const order: string[] = [];
  const take = async (name: string, key: string): Promise<() => void> => {
    const end = await turns.take(key, never);
    order.push(name);
    return end;
  };
  const first = await take('first', 'a');
  const second = take('second', 'a');
  const third = take('third', 'a');
  const other = await take('other', 'b');
  expect(order).toEqual(['first', 'other']);
  first();
  (await second)();
  (await third)();
  other();
  expect(order).toEqual(['first', 'other', 'second', 'third']);
  expect([turns.isTaken('a'), turns.isTaken('b')]).toEqual([false, false]);
});

test('a turn that does not end -> the next one has it after a second', async () => {
  const clock = new FakeClock();
  const turns = new Turns(clock);
  await turns.take('a', never);
  const next = turns.take('a', never);
  await clock.advance(1000);
  (await next)();
  expect(turns.isTaken('a')).toBe(false);
});

test('turns that take long, but not too long -> still one after the other', async () => {
  const clock = new FakeClock();
  const turns = new Turns(clock);
  const begunAt: number[] = [];
  const writers = Array.from({ length: 4 }, async () => {
    const end = await turns.take('a', never);
    begunAt.push(clock.monotonic());
    await clock.sleep(900, never);
    end();
  });
  await clock.advance(4 * 900);
  await Promise.all(writers);
  expect(begunAt.map((at) => at - (begunAt[0] ?? 0))).toEqual([0, 900, 1800, 2700]);
});

test('who leaves while it waits -> rejects, and keeps nobody', async () => {
  const turns = new Turns(new FakeClock());
  const leaving = new AbortController();
  const first = await turns.take('a', never);
  const left = expect(turns.take('a', leaving.signal)).rejects.toThrow('gone');
  const last = turns.take('a', never);
  leaving.abort(new Error('gone'));
  await left;
  first();
  (await last)();
  expect(turns.isTaken('a')).toBe(false);
});

test('200 writes at once to one object -> each is in the result, and few had to begin again', async () => {
  const inner = memoryStore();
  let puts = 0;
  const store = new Proxy(inner, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'put') puts += 1;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const server = await startTestServer({ store });
  await server.create(paths.configMaps, configMap('a'));
  puts = 0;
  const writes = Array.from({ length: 200 }, (_, i) =>
    server.call(
      `PATCH ${paths.configMaps}/a`,
      { data: { [`k${i}`]: 'v' } },
      { contentType: 'application/merge-patch+json' },
    ),
  );
  expect((await Promise.all(writes)).filter(({ status }) => status !== 200)).toEqual([]);
  const { json } = await server.call(`GET ${paths.configMaps}/a`);
  expect(Object.keys(json['data'] as object)).toHaveLength(201);
  // All begin at once, lose but for one, and write in their turns.
  expect(puts).toBeLessThanOrEqual(2 * 200);
  await server.stop();
});
