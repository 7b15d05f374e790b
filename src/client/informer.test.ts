import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { keyOf } from '../apimachinery/meta.ts';
import type { ConfigMap } from '../apis/core/generated/v1.ts';
import { configMaps } from '../apis/resources.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/seeded-random.ts';
import { FakeApi } from './fake-api.ts';
import { createInformers } from './informers.ts';
import { createClient } from './kube-client.ts';
import type { Change } from './types.ts';

function world() {
  const stop = new AbortController();
  const clock = new FakeClock();
  const api = new FakeApi();
  const client = createClient({ transport: api, clock });
  const informers = createInformers({ client, clock, random: seededRandom(1), log: silentLogger });
  const informer = informers.of(configMaps);
  const changes: Change<ConfigMap>[] = [];
  informer.onChange((change) => changes.push(change));
  const running = informers.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort();
    await running;
  };
  return { stop, clock, api, client, informers, informer, changes, end, signal: stop.signal };
}

type Act =
  | { type: 'put'; name: string; value: string }
  | { type: 'delete'; name: string }
  | { type: 'close' }
  | { type: 'cut' }
  | { type: 'compact' }
  | { type: 'outage' }
  | { type: 'wait' };

const anyName = fc.constantFrom('a', 'b', 'c', 'd');
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('put' as const), name: anyName, value: fc.string() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('delete' as const), name: anyName }) },
  fc.constantFrom<Act>({ type: 'close' }, { type: 'cut' }, { type: 'compact' }, { type: 'outage' }, { type: 'wait' }),
);

async function act({ client, api, clock, signal }: ReturnType<typeof world>, step: Act): Promise<void> {
  const at = { namespace: 'shop', name: 'name' in step ? step.name : '' };
  switch (step.type) {
    case 'put':
      await client
        .patch(configMaps, { at, body: { data: { value: step.value } } }, signal)
        .catch(() => client.create(configMaps, { metadata: at, data: { value: step.value } }, signal));
      return;
    case 'delete':
      await client.delete(configMaps, { at }, signal).catch(() => undefined);
      return;
    case 'close':
      return api.cutWatches('close');
    case 'cut':
      return api.cutWatches('error');
    case 'compact':
      return api.compact();
    case 'outage':
      api.isDown = true;
      api.cutWatches('error');
      await clock.advance(300);
      api.isDown = false;
      return;
    case 'wait':
      return clock.advance(100);
    default:
      return step satisfies never;
  }
}

test('informer: list and watch equal a list, whatever breaks, and its changes add up to it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyAct, { maxLength: 30 }), async (steps) => {
      const each = world();
      for (const step of steps) await act(each, step);
      await each.clock.advance(10_000);
      const { items } = await each.client.list(configMaps, {}, each.signal);
      await each.end();

      expect(each.informer.list()).toEqual(items);
      const replayed = new Map<string, ConfigMap>();
      for (const { type, object, previous } of each.changes) {
        const key = keyOf(object);
        expect(previous?.metadata.uid).toBe(type === 'added' ? undefined : replayed.get(key)?.metadata.uid);
        if (type === 'deleted') replayed.delete(key);
        else replayed.set(key, object);
      }
      expect([...replayed.keys()].sort()).toEqual(items.map(keyOf));
    }),
    { numRuns: 60 },
  );
});

test('informer: object replaced while nobody watched -> deleted, then added', async () => {
  const { api, client, clock, changes, signal, end } = world();
  onTestFinished(end);
  const metadata = { namespace: 'shop', name: 'a' };
  await client.create(configMaps, { metadata }, signal);
  await clock.advance(0);
  api.isDown = true;
  api.cutWatches('error');
  await clock.advance(0);
  api.isDown = false;
  await client.delete(configMaps, { at: metadata }, signal);
  await client.create(configMaps, { metadata }, signal);
  await clock.advance(5_000);
  expect(changes.map((change) => change.type)).toEqual(['added', 'deleted', 'added']);
});

test('informer: late listener -> is told of what is known', async () => {
  const { client, clock, informer, signal, end } = world();
  onTestFinished(end);
  await client.create(configMaps, { metadata: { namespace: 'shop', name: 'a' } }, signal);
  await clock.advance(0);
  const seen: string[] = [];
  informer.onChange(({ type, object }) => seen.push(`${type} ${object.metadata.name}`));
  expect(seen).toEqual(['added a']);
});

test('informer: lists longer than a page -> all pages', async () => {
  const { client, clock, informer, signal, end, api } = world();
  onTestFinished(end);
  api.isDown = true;
  await clock.advance(0);
  api.isDown = false;
  for (let index = 0; index < 1_201; index += 1) {
    await client.create(configMaps, { metadata: { namespace: 'shop', name: `c-${index}` } }, signal);
  }
  await clock.advance(5_000);
  expect(informer.list('shop')).toHaveLength(1_201);
  expect(informer.list('other')).toHaveLength(0);
});

test('informers.caughtUp: own write or delete -> waits until the cache shows it', async () => {
  const { client, clock, informers, informer, signal, end } = world();
  onTestFinished(end);
  await clock.advance(0);
  const metadata = { namespace: 'shop', name: 'a' };
  await client.create(configMaps, { metadata }, signal);
  await informers.caughtUp(signal);
  expect(informer.get('shop/a')).toBeDefined();
  await client.delete(configMaps, { at: metadata }, signal);
  await informers.caughtUp(signal);
  expect(informer.get('shop/a')).toBeUndefined();
});

test('informers.caughtUp: watch that never comes -> gives up after two seconds', async () => {
  const { api, client, clock, informers, signal, end } = world();
  onTestFinished(end);
  await clock.advance(0);
  await client.create(configMaps, { metadata: { namespace: 'shop', name: 'a' } }, signal);
  client.writes.noteWrite(configMaps, '999999');
  api.isDown = true;
  let isDone = false;
  const waiting = informers.caughtUp(signal).then(() => {
    isDone = true;
  });
  await clock.advance(1_900);
  expect(isDone).toBe(false);
  await clock.advance(200);
  await waiting;
});

test('informer: a watch that breaks off -> goes on where it was; lists again only if that fails', async () => {
  const { api, client, clock, changes, signal, end } = world();
  onTestFinished(end);
  await clock.advance(0);
  const lists = (): number => api.reads.filter((path) => !path.includes('watch=true')).length;
  const before = lists();
  api.cutWatches('error');
  await client.create(configMaps, { metadata: { namespace: 'shop', name: 'a' } }, signal);
  await clock.advance(1_000);
  expect(changes.map(({ object }) => object.metadata.name)).toEqual(['a']);
  expect(lists()).toBe(before);
  api.isDown = true;
  api.cutWatches('error');
  await clock.advance(1_000);
  api.isDown = false;
  await clock.advance(5_000);
  expect(lists()).toBe(before + 1);
});
