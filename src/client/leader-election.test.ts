import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Lease } from '../apis/coordination/generated/v1.ts';
import { leases } from '../apis/resources.ts';
import { FakeClock } from '../base/fake-clock.ts';
import { silentLogger as log } from '../base/log.ts';
import { seededRandom } from '../base/seeded-random.ts';
import { FakeApi } from './fake-api.ts';
import { createClient } from './kube-client.ts';
import { LeadershipLostError, runAsLeader } from './leader-election.ts';
import type { Transport } from './transport.ts';
import { UnreachableError } from './types.ts';

let clock: FakeClock;
let api: FakeApi;
let world: Instance[];
beforeEach(() => {
  clock = new FakeClock();
  api = new FakeApi();
  world = [];
});
afterEach(() => {
  for (const instance of world) instance.stop.abort();
});

interface Instance {
  identity: string;
  stop: AbortController;
  isCut: boolean;
  isLeading: boolean;
  outcome: unknown;
}

/** An instance that leads until it is told to stop; its connection can be cut. */
function instance(identity: string): Instance {
  const self: Instance = { identity, stop: new AbortController(), isCut: false, isLeading: false, outcome: undefined };
  const transport: Transport = {
    request: (request, signal) =>
      self.isCut ? Promise.reject(new UnreachableError('cut off')) : api.request(request, signal),
    exec: () => api.exec(),
    close: () => {},
  };
  const client = createClient({ transport, clock });
  const lead = async (signal: AbortSignal): Promise<void> => {
    self.isLeading = true;
    await clock.sleep(1e12, signal).catch(() => {});
    self.isLeading = false;
  };
  runAsLeader(
    {
      namespace: 'kube-system',
      name: 'controllers',
      identity,
      client,
      clock,
      random: seededRandom(identity.length),
      log,
    },
    lead,
    self.stop.signal,
  ).then(
    () => (self.outcome = 'ended'),
    (error: unknown) => (self.outcome = error),
  );
  world.push(self);
  return self;
}

const admin = () => createClient({ transport: api, clock });
const lease = (): Promise<Lease> =>
  admin().get(leases, { namespace: 'kube-system', name: 'controllers' }, new AbortController().signal);
const leaders = (): string[] => world.filter(({ isLeading }) => isLeading).map(({ identity }) => identity);

test("the first one -> makes the Lease with upstream's fields and leads", async () => {
  instance('a');
  await clock.advance(0);
  expect(leaders()).toEqual(['a']);
  expect((await lease()).spec).toEqual({
    holderIdentity: 'a',
    leaseDurationSeconds: 15,
    acquireTime: '2026-01-01T00:00:00.000000Z',
    renewTime: '2026-01-01T00:00:00.000000Z',
    leaseTransitions: 0,
  });
});

test('leader renews -> acquireTime stays, the other waits', async () => {
  instance('a');
  await clock.advance(0);
  instance('b');
  await clock.advance(60_000);
  expect(leaders()).toEqual(['a']);
  const { spec } = await lease();
  expect(spec).toMatchObject({ acquireTime: '2026-01-01T00:00:00.000000Z', leaseTransitions: 0 });
  expect(spec?.renewTime).toBe('2026-01-01T00:01:00.000000Z');
});

test('leader stops in order -> gives the Lease back, the other leads within a retry period', async () => {
  const a = instance('a');
  await clock.advance(0);
  instance('b');
  await clock.advance(5_000);
  a.stop.abort();
  await clock.advance(2_400);
  expect(a.outcome).toBe('ended');
  expect(leaders()).toEqual(['b']);
  expect((await lease()).spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
});

test('leader is cut off -> it stops before the other starts, with LeadershipLostError', async () => {
  const a = instance('a');
  await clock.advance(0);
  instance('b');
  await clock.advance(5_000);
  a.isCut = true;
  const log: string[] = [];
  for (let second = 0; second < 30; second++) {
    await clock.advance(1_000);
    log.push(leaders().join('+') || '-');
  }
  expect(log).not.toContain('a+b');
  expect(log.indexOf('-')).toBeGreaterThan(0);
  expect(log.at(-1)).toBe('b');
  expect(a.outcome).toBeInstanceOf(LeadershipLostError);
});

test('a Lease that somebody else took -> the leader stops at its next renewal', async () => {
  const a = instance('a');
  await clock.advance(0);
  const found = await lease();
  await admin().update(
    leases,
    { ...found, spec: { ...found.spec, holderIdentity: 'z' } },
    new AbortController().signal,
  );
  await clock.advance(2_500);
  expect(leaders()).toEqual([]);
  expect(a.outcome).toBeInstanceOf(LeadershipLostError);
});

test('an instance with a clock of its own that is years off -> still waits for the duration from when it looked', async () => {
  const found: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'kube-system', name: 'controllers' } as Lease['metadata'],
    spec: {
      holderIdentity: 'gone',
      leaseDurationSeconds: 15,
      renewTime: '2001-01-01T00:00:00.000000Z',
      leaseTransitions: 4,
    },
  };
  await admin().create(leases, found, new AbortController().signal);
  instance('a');
  await clock.advance(14_000);
  expect(leaders()).toEqual([]);
  await clock.advance(5_000);
  expect(leaders()).toEqual(['a']);
  expect((await lease()).spec?.leaseTransitions).toBe(5);
});

test.each([
  { name: 'duration not above deadline', leaseDurationMs: 10_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 },
  { name: 'deadline not above jittered retry', leaseDurationMs: 15_000, renewDeadlineMs: 2_400, retryPeriodMs: 2_000 },
])('$name -> RangeError', async (timings) => {
  const client = admin();
  const options = { namespace: 'kube-system', name: 'x', identity: 'a', client, clock, random: seededRandom(1), log };
  await expect(
    runAsLeader({ ...options, ...timings }, () => Promise.resolve(), new AbortController().signal),
  ).rejects.toThrow(/^Cannot elect a leader: leaseDuration/);
});

describe('law', () => {
  test('whatever is cut, mended and stopped -> never two leaders, and one again when all is well', async () => {
    const anyFault = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom('cut', 'mend', 'stop'),
      afterMs: fc.integer({ min: 0, max: 20_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyFault, { maxLength: 12 }), async (faults) => {
        clock = new FakeClock();
        api = new FakeApi();
        world = [];
        for (const identity of ['a', 'bb', 'ccc']) instance(identity);
        for (const { who, what, afterMs } of faults) {
          for (let at = 0; at < afterMs; at += 500) {
            await clock.advance(500);
            expect(leaders().length).toBeLessThanOrEqual(1);
          }
          const chosen = world[who] as Instance;
          if (what === 'stop') chosen.stop.abort();
          else chosen.isCut = what === 'cut';
        }
        for (const each of world) each.isCut = false;
        instance('fresh');
        for (let at = 0; at < 40_000; at += 500) {
          await clock.advance(500);
          expect(leaders().length).toBeLessThanOrEqual(1);
        }
        expect(leaders()).toHaveLength(1);
        for (const each of world) each.stop.abort();
      }),
      { numRuns: 25 },
    );
  });
});
