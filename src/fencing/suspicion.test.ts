import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  assessNodes,
  contactAfterRead,
  defaultThresholds,
  type NodeHealth,
  type ObserverContact,
  type SuspicionInput,
} from './suspicion.ts';

const inContact: ObserverContact = { nowMs: 10_000, contactSinceMs: 0, lastReadMs: 9_990 };

function input(renewals: Record<string, number>, observer: Partial<ObserverContact> = {}): SuspicionInput {
  const nodes = Object.entries(renewals).map(([nodeName, lastRenewalMs]) => ({ nodeName, lastRenewalMs }));
  return { nodes, observer: { ...inContact, ...observer }, thresholds: defaultThresholds };
}

test.each<{ name: string; input: SuspicionInput; want: Record<string, NodeHealth>; isBraked?: boolean }>([
  { name: 'all renew -> alive', input: input({ a: 9_600, b: 9_900 }), want: { a: 'Alive', b: 'Alive' } },
  {
    name: 'one silent for 2.6 s -> suspected',
    input: input({ a: 7_400, b: 9_900, c: 9_900 }),
    want: { a: 'Suspected', b: 'Alive', c: 'Alive' },
  },
  { name: 'the only node is silent -> suspected, not braked', input: input({ a: 0 }), want: { a: 'Suspected' } },
  {
    name: 'one of two is silent -> suspected, not braked',
    input: input({ a: 0, b: 9_900 }),
    want: { a: 'Suspected', b: 'Alive' },
  },
  {
    name: 'two of two silent -> braked',
    input: input({ a: 0, b: 0 }),
    want: { a: 'Suspected', b: 'Suspected' },
    isBraked: true,
  },
  {
    name: 'two of three silent -> braked',
    input: input({ a: 0, b: 0, c: 9_900 }),
    want: { a: 'Suspected', b: 'Suspected', c: 'Alive' },
    isBraked: true,
  },
  {
    name: 'two of five silent -> not braked',
    input: input({ a: 0, b: 0, c: 9_900, d: 9_900, e: 9_900 }),
    want: { a: 'Suspected', b: 'Suspected', c: 'Alive', d: 'Alive', e: 'Alive' },
  },
  {
    name: 'deadline passed, but no read since -> still alive',
    input: input({ a: 7_400 }, { lastReadMs: 9_800 }),
    want: { a: 'Alive' },
  },
  {
    name: 'last read is 1.6 s old -> undecided',
    input: input({ a: 0 }, { lastReadMs: 8_400 }),
    want: { a: 'Undecided' },
  },
  {
    name: 'observer back for 2 s after an outage -> nobody suspected yet',
    input: input({ a: 0 }, { contactSinceMs: 8_000 }),
    want: { a: 'Alive' },
  },
  {
    name: 'observer back for 2.5 s, node still silent -> suspected',
    input: input({ a: 0 }, { contactSinceMs: 7_490 }),
    want: { a: 'Suspected' },
  },
])('assessNodes: $name', ({ input: given, want, isBraked = false }) => {
  const assessments = assessNodes(given);
  expect(Object.fromEntries(assessments.map(({ nodeName, health }) => [nodeName, health]))).toEqual(want);
  expect(assessments.every((each) => each.isBraked === isBraked)).toBe(true);
});

test.each([
  { name: 'renewed 100 ms ago -> in 2.4 s', renewedMs: 9_900, lastReadMs: 9_990, want: 2_400 },
  { name: 'deadline passed, read pending -> at once', renewedMs: 7_400, lastReadMs: 9_800, want: 0 },
  { name: 'suspected -> only a renewal changes that', renewedMs: 0, lastReadMs: 9_990, want: undefined },
])('assessNodes recheck: $name', ({ renewedMs, lastReadMs, want }) => {
  expect(assessNodes(input({ a: renewedMs }, { lastReadMs }))[0]?.recheckInMs).toBe(want);
});

test.each([
  { name: 'first read -> contact starts with its answer', contact: undefined, sentMs: 100, answeredMs: 120, want: 120 },
  {
    name: 'reads in a row -> contact goes on',
    contact: { contactSinceMs: 5, lastReadMs: 100 },
    sentMs: 600,
    answeredMs: 610,
    want: 5,
  },
  {
    name: 'gap before the read -> contact starts anew',
    contact: { contactSinceMs: 5, lastReadMs: 100 },
    sentMs: 1_700,
    answeredMs: 1_710,
    want: 1_710,
  },
  {
    name: 'answer took long -> contact starts anew',
    contact: { contactSinceMs: 5, lastReadMs: 100 },
    sentMs: 600,
    answeredMs: 2_200,
    want: 2_200,
  },
])('contactAfterRead: $name', ({ contact, sentMs, answeredMs, want }) => {
  expect(contactAfterRead(contact, { sentMs, answeredMs }, defaultThresholds)).toEqual({
    contactSinceMs: want,
    lastReadMs: sentMs,
  });
});

test('a node that renews whenever the API server works is never suspected, whatever outages there are', () => {
  const anyOutage = fc.record({
    startMs: fc.integer({ min: 0, max: 40_000 }),
    lengthMs: fc.integer({ min: 0, max: 8_000 }),
  });
  const anyPhase = fc.integer({ min: 0, max: 499 });
  fc.assert(
    fc.property(fc.array(anyOutage, { maxLength: 5 }), anyPhase, (outages, phase) => {
      const isUp = (ms: number): boolean =>
        outages.every(({ startMs, lengthMs }) => ms < startMs || ms >= startMs + lengthMs);
      let contact: Omit<ObserverContact, 'nowMs'> | undefined;
      let lastRenewalMs = 0;
      for (let nowMs = 0; nowMs < 50_000; nowMs += 10) {
        // A request sent during an outage is answered never; the next one comes a period later.
        if (nowMs % 500 === phase - (phase % 10) && isUp(nowMs)) lastRenewalMs = nowMs;
        if (nowMs % 500 === 0 && isUp(nowMs))
          contact = contactAfterRead(contact, { sentMs: nowMs, answeredMs: nowMs }, defaultThresholds);
        if (!contact) continue;
        const nodes = [{ nodeName: 'a', lastRenewalMs }];
        const [assessment] = assessNodes({ nodes, observer: { ...contact, nowMs }, thresholds: defaultThresholds });
        if (assessment?.health === 'Suspected') return false;
      }
      return true;
    }),
  );
});
