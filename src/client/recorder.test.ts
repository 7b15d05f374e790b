import { expect, test } from 'vitest';
import { coreEvents } from '../apis/resources.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/seeded-random.ts';
import { FakeApi } from './fake-api.ts';
import { createClient } from './kube-client.ts';
import { createEventSink } from './recorder.ts';

const target = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { namespace: 'shop', name: 'data', uid: 'u1' },
};

type Act = { record: string } | { advance: number } | { down: boolean } | { removeAll: true };

test.each<{ name: string; acts: Act[]; want: { message: string; count: number }[] }>([
  { name: 'one event -> written with its target', acts: [{ record: 'a' }], want: [{ message: 'a', count: 1 }] },
  {
    name: 'the same event three times -> one Event, count 3',
    acts: [{ record: 'a' }, { advance: 0 }, { record: 'a' }, { record: 'a' }, { advance: 1_000 }],
    want: [{ message: 'a', count: 3 }],
  },
  {
    name: 'two messages -> two Events',
    acts: [{ record: 'a' }, { record: 'b' }],
    want: [
      { message: 'a', count: 1 },
      { message: 'b', count: 1 },
    ],
  },
  {
    name: 'server down -> written when it is back',
    acts: [{ down: true }, { record: 'a' }, { advance: 2_000 }, { down: false }, { advance: 5_000 }],
    want: [{ message: 'a', count: 1 }],
  },
  {
    name: 'Event gone when it repeats -> written anew',
    acts: [{ record: 'a' }, { advance: 0 }, { removeAll: true }, { record: 'a' }, { advance: 1_000 }],
    want: [{ message: 'a', count: 2 }],
  },
  {
    name: 'repeat after an hour -> a new story',
    acts: [{ record: 'a' }, { advance: 3_600_000 }, { record: 'a' }],
    want: [
      { message: 'a', count: 1 },
      { message: 'a', count: 1 },
    ],
  },
])('event sink: $name', async ({ acts, want }) => {
  const clock = new FakeClock();
  const api = new FakeApi();
  const stop = new AbortController();
  const client = createClient({ transport: api, clock });
  const sink = createEventSink({ client, clock, random: seededRandom(1), log: silentLogger });
  const recorder = sink.recorder('persistentvolume-controller');
  const running = sink.run(stop.signal);
  for (const act of acts) {
    if ('record' in act)
      recorder.event(target, { type: 'Normal', reason: 'ExternalProvisioning', message: act.record });
    else if ('advance' in act) await clock.advance(act.advance);
    else if ('down' in act) api.isDown = act.down;
    else {
      const { items } = await client.list(coreEvents, {}, stop.signal);
      for (const { metadata } of items) await client.delete(coreEvents, { at: metadata }, stop.signal);
    }
  }
  await clock.advance(0);
  const { items } = await client.list(coreEvents, {}, stop.signal);
  stop.abort();
  await running;

  expect(
    items.map(({ message, count }) => ({ message, count })).sort((a, b) => (`${a.message}` < `${b.message}` ? -1 : 1)),
  ).toEqual(want);
  for (const event of items) {
    expect(event).toMatchObject({
      involvedObject: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data', uid: 'u1' },
      reason: 'ExternalProvisioning',
      source: { component: 'persistentvolume-controller' },
    });
  }
});
