import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FenceClass } from '../apis/amarre/types.ts';
import { deadManWaitMs } from './dead-man.ts';
import { type Evidence, fenceClasses, missingProof, type SuspectAttachment, strongestProof } from './proof.ts';

const attachment: SuspectAttachment = { volumeHandle: 'vol-1', epoch: 3, bootID: 'boot-1' };

const gate = { offered: true, drained: true, epoch: 3, device: '/dev/loop4', revokedAt: '2026-01-01T00:00:00.000000Z' };
const tombstone = {
  nonceAsked: 'n',
  nonceAnswered: 'n',
  bootID: 'boot-1',
  volumeHandle: 'vol-1',
  podUIDs: ['pod-1'],
  processTreeEmpty: true,
  unmounted: true,
  stoppedAt: '2026-01-01T00:00:00.000000Z',
};
const reboot = { bootID: 'boot-2' };
const deadMan = { deadManMs: 5_000, silentMs: 7_000 };
const attestation = { by: 'ada', at: '2026-01-01T00:00:05.000000Z', suspectedAt: '2026-01-01T00:00:03.000000Z' };

test.each<{ name: string; evidence: Evidence; want: FenceClass | undefined }>([
  { name: 'nothing gathered -> nothing proven', evidence: {}, want: undefined },
  { name: 'a person says that the silent node is off -> Attestation', evidence: { attestation }, want: 'Attestation' },
  {
    name: 'said before the node fell silent -> nothing proven',
    evidence: { attestation: { ...attestation, at: '2026-01-01T00:00:02.999999Z' } },
    want: undefined,
  },
  {
    name: 'said at a time that nobody understands -> nothing proven',
    evidence: { attestation: { ...attestation, at: 'then' } },
    want: undefined,
  },
  { name: 'a person, and a switch that has fired -> DeadMan', evidence: { attestation, deadMan }, want: 'DeadMan' },
  { name: 'storage revoked and drained -> Gate', evidence: { gate }, want: 'Gate' },
  {
    name: 'storage without a gate -> nothing proven',
    evidence: { gate: { ...gate, offered: false } },
    want: undefined,
  },
  {
    name: 'revoked but writes in flight -> nothing proven',
    evidence: { gate: { ...gate, drained: false } },
    want: undefined,
  },
  { name: 'an older epoch revoked -> nothing proven', evidence: { gate: { ...gate, epoch: 2 } }, want: undefined },
  { name: 'a newer epoch revoked -> Gate', evidence: { gate: { ...gate, epoch: 4 } }, want: 'Gate' },
  { name: 'supervisor of the same boot -> Tombstone', evidence: { tombstone }, want: 'Tombstone' },
  {
    name: 'answer to another question -> nothing proven',
    evidence: { tombstone: { ...tombstone, nonceAnswered: 'o' } },
    want: undefined,
  },
  {
    name: 'answer of another boot -> nothing proven',
    evidence: { tombstone: { ...tombstone, bootID: 'boot-2' } },
    want: undefined,
  },
  {
    name: 'answer about another volume -> nothing proven',
    evidence: { tombstone: { ...tombstone, volumeHandle: 'vol-2' } },
    want: undefined,
  },
  {
    name: 'processes left -> nothing proven',
    evidence: { tombstone: { ...tombstone, processTreeEmpty: false } },
    want: undefined,
  },
  {
    name: 'still mounted -> nothing proven',
    evidence: { tombstone: { ...tombstone, unmounted: false } },
    want: undefined,
  },
  { name: 'another boot ID -> Reboot', evidence: { reboot }, want: 'Reboot' },
  { name: 'same boot ID -> nothing proven', evidence: { reboot: { bootID: 'boot-1' } }, want: undefined },
  { name: 'no boot ID reported -> nothing proven', evidence: { reboot: { bootID: '' } }, want: undefined },
  { name: 'switch armed and W passed -> DeadMan', evidence: { deadMan }, want: 'DeadMan' },
  {
    name: 'switch armed and W not passed -> nothing proven',
    evidence: { deadMan: { ...deadMan, silentMs: 6_000 } },
    want: undefined,
  },
  { name: 'everything -> the strongest', evidence: { gate, tombstone, reboot, deadMan }, want: 'Gate' },
  {
    name: 'no gate offered, supervisor answered -> Tombstone',
    evidence: { gate: { ...gate, offered: false }, tombstone, deadMan },
    want: 'Tombstone',
  },
])('strongestProof: $name', ({ evidence, want }) => {
  expect(strongestProof(attachment, evidence)?.class).toBe(want);
});

test.each<{ name: string; evidence: Evidence; want: Record<string, string> }>([
  {
    name: 'a Gate and a Tombstone -> both, the latter named as such',
    evidence: { gate, tombstone: { ...tombstone, stoppedAt: '2026-01-01T00:00:00.100000Z' } },
    want: {
      device: '/dev/loop4',
      drained: 'true',
      epoch: '3',
      revokedAt: '2026-01-01T00:00:00.000000Z',
      tombstoneBootID: 'boot-1',
      tombstoneNonce: 'n',
      tombstonePodUIDs: 'pod-1',
      tombstoneProcessTreeEmpty: 'true',
      tombstoneUnmounted: 'true',
      tombstoneStoppedAt: '2026-01-01T00:00:00.100000Z',
    },
  },
  {
    name: 'a Gate, and a supervisor that proves nothing -> only the Gate',
    evidence: { gate, tombstone: { ...tombstone, processTreeEmpty: false } },
    want: { device: '/dev/loop4', drained: 'true', epoch: '3', revokedAt: '2026-01-01T00:00:00.000000Z' },
  },
])('facts: $name', ({ evidence, want }) => {
  expect(strongestProof(attachment, evidence)?.facts).toEqual(want);
});

test('strongestProof: boot ID at attach unknown -> neither Tombstone nor Reboot', () => {
  const unknown = { ...attachment, bootID: undefined };
  expect(strongestProof(unknown, { tombstone, reboot })).toBeUndefined();
});

test('missingProof names every class that is lacking', () => {
  expect(missingProof(attachment, { gate: { ...gate, offered: false }, reboot: { bootID: 'boot-1' } })).toBe(
    'Gate: not offered by the storage; Tombstone: the supervisor did not answer; ' +
      "Reboot: the boot ID has not changed; DeadMan: no dead-man's switch is armed; " +
      'Attestation: nobody has set the taint node.kubernetes.io/out-of-service',
  );
});

const maybe = fc.boolean();
const anyEvidence: fc.Arbitrary<Evidence> = fc.record(
  {
    gate: fc.record({
      offered: maybe,
      drained: maybe,
      epoch: fc.integer({ min: 1, max: 5 }),
      device: fc.constant('/dev/loop4'),
      revokedAt: fc.constant('t'),
    }),
    tombstone: fc.record({
      nonceAsked: fc.constantFrom('a', 'b'),
      nonceAnswered: fc.constantFrom('a', 'b'),
      bootID: fc.constantFrom('boot-1', 'boot-2'),
      volumeHandle: fc.constantFrom('vol-1', 'vol-2'),
      podUIDs: fc.constant([]),
      processTreeEmpty: maybe,
      unmounted: maybe,
      stoppedAt: fc.constant('t'),
    }),
    reboot: fc.record({ bootID: fc.constantFrom('', 'boot-1', 'boot-2') }),
    deadMan: fc.record({
      deadManMs: fc.integer({ min: 0, max: 9_000 }),
      silentMs: fc.integer({ min: 0, max: 20_000 }),
    }),
    attestation: fc.record({
      by: fc.constant('ada'),
      at: fc.constantFrom('2026-01-01T00:00:01Z', '2026-01-01T00:00:03Z'),
      suspectedAt: fc.constant('2026-01-01T00:00:02Z'),
    }),
  },
  { requiredKeys: [] },
);
const kinds = ['gate', 'tombstone', 'reboot', 'deadMan', 'attestation'] as const;

test('removing a piece of evidence never yields a stronger class, and no evidence proves nothing', () => {
  const strength = (evidence: Evidence): number => {
    const proof = strongestProof(attachment, evidence);
    return proof ? fenceClasses.indexOf(proof.class) : fenceClasses.length;
  };
  fc.assert(
    fc.property(anyEvidence, fc.constantFrom(...kinds), (evidence, removed) => {
      const rest: Evidence = { ...evidence };
      delete rest[removed];
      expect(strength(rest)).toBeGreaterThanOrEqual(strength(evidence));
      if (kinds.every((kind) => rest[kind] === undefined)) expect(strongestProof(attachment, rest)).toBeUndefined();
    }),
  );
});

test('whatever is proven, something said so in full', () => {
  fc.assert(
    fc.property(anyEvidence, (evidence) => {
      const proof = strongestProof(attachment, evidence);
      if (proof?.class === 'Gate') expect(evidence.gate).toMatchObject({ offered: true, drained: true });
      if (proof?.class === 'Tombstone')
        expect(evidence.tombstone).toMatchObject({ processTreeEmpty: true, unmounted: true, bootID: 'boot-1' });
      if (proof?.class === 'Reboot') expect(evidence.reboot?.bootID).toBe('boot-2');
      if (proof?.class === 'Attestation') expect(evidence.attestation?.at).toBe('2026-01-01T00:00:03Z');
      if (proof?.class === 'DeadMan') expect(evidence.deadMan!.silentMs).toBeGreaterThan(evidence.deadMan!.deadManMs);
    }),
  );
});

test.each([
  {
    name: 'D = 1.5 s, K = 0.3 s, drift 10 % -> 2.16 s',
    options: { deadManMs: 1_500, killAndQuiesceMs: 300, clockDrift: 0.1 },
    want: 2_164,
  },
  {
    name: 'D = 1.5 s, K = 0.3 s, drift 500 ppm -> 1.80 s',
    options: { deadManMs: 1_500, killAndQuiesceMs: 300, clockDrift: 0.0005 },
    want: 1_802,
  },
  { name: 'D = 5 s with the defaults -> just under 7 s', options: { deadManMs: 5_000 }, want: 6_992 },
  {
    name: 'clocks that agree -> D + K',
    options: { deadManMs: 5_000, killAndQuiesceMs: 500, clockDrift: 0 },
    want: 5_500,
  },
])('deadManWaitMs: $name', ({ options, want }) => {
  expect(deadManWaitMs(options)).toBe(want);
});

test('the fastest clock of ours and the slowest of the node still leave the switch time to fire', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 60_000 }),
      fc.integer({ min: 0, max: 2_000 }),
      fc.double({ min: 0, max: 0.3, noNaN: true }),
      (deadManMs, killAndQuiesceMs, clockDrift) => {
        const ourMs = deadManWaitMs({ deadManMs, killAndQuiesceMs, clockDrift });
        const realMs = ourMs / (1 + clockDrift);
        expect(realMs).toBeGreaterThanOrEqual(deadManMs / (1 - clockDrift) + killAndQuiesceMs - 1e-6);
      },
    ),
  );
});
