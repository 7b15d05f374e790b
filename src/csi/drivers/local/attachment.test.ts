// Who may have a volume next, and which generations may go?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decidePublish,
  decideRevoke,
  decideSweep,
  decideUnpublish,
  type PublishStep,
  type RevokeStep,
  type UnpublishStep,
} from './attachment.ts';
import type { VolumeRecord } from './record.ts';

const at = '2026-01-01T00:00:00.000000Z';

function volume(overrides: Partial<VolumeRecord> = {}): VolumeRecord {
  return {
    format: 1,
    volumeId: 'pvc-1',
    name: 'pvc-1',
    capacityBytes: 2 ** 30,
    volumeMode: 'mount',
    source: {},
    createdAt: 0,
    generation: 3,
    zombies: [],
    ...overrides,
  };
}

const onNode1 = volume({ attachment: { nodeId: 'node-1' } });
const revokedOnNode1 = volume({ attachment: { nodeId: 'node-1', revokedAt: at } });

test.each<{ name: string; record: VolumeRecord; nodeId: string; want: PublishStep | { type: 'Refuse' } }>([
  {
    name: 'nobody has the volume -> the next generation is cut',
    record: volume(),
    nodeId: 'node-1',
    want: { type: 'CutGeneration', from: 3, to: 4, displaced: undefined },
  },
  {
    name: 'the same node has it -> it keeps its generation',
    record: onNode1,
    nodeId: 'node-1',
    want: { type: 'KeepAttachment', epoch: 3 },
  },
  { name: 'another node has it -> refused', record: onNode1, nodeId: 'node-2', want: { type: 'Refuse' } },
  {
    name: 'another node had it and was revoked -> cut, and that node is displaced',
    record: revokedOnNode1,
    nodeId: 'node-2',
    want: { type: 'CutGeneration', from: 3, to: 4, displaced: { nodeId: 'node-1', epoch: 3, revokedAt: at } },
  },
  {
    name: 'the same node had it and was revoked -> a new generation, never the revoked one',
    record: revokedOnNode1,
    nodeId: 'node-1',
    want: { type: 'CutGeneration', from: 3, to: 4, displaced: { nodeId: 'node-1', epoch: 3, revokedAt: at } },
  },
])('decidePublish: $name', ({ record, nodeId, want }) => {
  expect(decidePublish(record, nodeId)).toMatchObject(want);
});

test.each<{ name: string; record: VolumeRecord; nodeId: string; want: UnpublishStep }>([
  { name: 'not attached -> settled', record: volume(), nodeId: 'node-1', want: { type: 'Settled' } },
  { name: 'attached elsewhere -> settled', record: onNode1, nodeId: 'node-2', want: { type: 'Settled' } },
  {
    name: 'attached here -> detach',
    record: onNode1,
    nodeId: 'node-1',
    want: { type: 'Detach', epoch: 3, nodeId: 'node-1', fenced: false, revokedAt: undefined },
  },
  {
    name: 'revoked here -> detach without waiting for the node',
    record: revokedOnNode1,
    nodeId: 'node-1',
    want: { type: 'Detach', epoch: 3, nodeId: 'node-1', fenced: true, revokedAt: at },
  },
  {
    name: 'no node named -> detach from whoever has it',
    record: onNode1,
    nodeId: '',
    want: { type: 'Detach', epoch: 3, nodeId: 'node-1', fenced: false, revokedAt: undefined },
  },
])('decideUnpublish: $name', ({ record, nodeId, want }) => {
  expect(decideUnpublish(record, nodeId)).toEqual(want);
});

test.each<{ name: string; record: VolumeRecord; nodeId: string; epoch: number; want: RevokeStep | { type: 'Refuse' } }>(
  [
    {
      name: 'the current epoch -> revoked and marked',
      record: onNode1,
      nodeId: 'node-1',
      epoch: 3,
      want: { type: 'Revoke', epoch: 3, current: true, revokedAt: undefined },
    },
    {
      name: 'again -> revoked again, with the first time',
      record: revokedOnNode1,
      nodeId: 'node-1',
      epoch: 3,
      want: { type: 'Revoke', epoch: 3, current: true, revokedAt: at },
    },
    {
      name: 'an older epoch, while a newer one is attached -> the newer one is left alone',
      record: volume({ attachment: { nodeId: 'node-2' }, zombies: [{ nodeId: 'node-1', epoch: 2, revokedAt: at }] }),
      nodeId: 'node-1',
      epoch: 2,
      want: { type: 'Revoke', epoch: 2, current: false, revokedAt: at },
    },
    {
      name: 'the last epoch after its unpublish -> nothing to mark',
      record: volume(),
      nodeId: 'node-1',
      epoch: 3,
      want: { type: 'Revoke', epoch: 3, current: false, revokedAt: undefined },
    },
    {
      name: 'the current epoch of another node -> refused',
      record: onNode1,
      nodeId: 'node-2',
      epoch: 3,
      want: { type: 'Refuse' },
    },
    {
      name: 'an epoch that never was -> refused',
      record: onNode1,
      nodeId: 'node-1',
      epoch: 4,
      want: { type: 'Refuse' },
    },
    { name: 'no epoch -> refused', record: onNode1, nodeId: 'node-1', epoch: 0, want: { type: 'Refuse' } },
  ],
)('decideRevoke: $name', ({ record, nodeId, epoch, want }) => {
  expect(decideRevoke(record, { nodeId, epoch })).toMatchObject(want);
});

test.each([
  { name: 'older generations -> deleted', present: [1, 2, 3], held: [], keepGenerations: false, want: [1, 2] },
  { name: 'an older one that is held -> stays', present: [1, 2, 3], held: [2], keepGenerations: false, want: [1] },
  { name: 'evidence is kept -> older ones stay', present: [1, 2, 3], held: [], keepGenerations: true, want: [] },
  { name: 'a newer one that no record names -> deleted', present: [3, 4], held: [], keepGenerations: true, want: [4] },
  {
    name: 'only a newer one, renamed before a crash -> stays',
    present: [4],
    held: [],
    keepGenerations: false,
    want: [],
  },
])('decideSweep: $name', ({ present, held, keepGenerations, want }) => {
  expect(decideSweep(volume(), { present, held, keepGenerations })).toEqual(want);
});

const anyRecord = fc
  .record({
    generation: fc.nat(5),
    nodeId: fc.constantFrom(undefined, 'node-1', 'node-2'),
    revoked: fc.boolean(),
  })
  .map(({ generation, nodeId, revoked }) =>
    volume({ generation, ...(nodeId ? { attachment: { nodeId, ...(revoked ? { revokedAt: at } : {}) } } : {}) }),
  );

test('decidePublish never gives a node a generation that another node may write to', () => {
  fc.assert(
    fc.property(anyRecord, fc.constantFrom('node-1', 'node-2'), (record, nodeId) => {
      const step = decidePublish(record, nodeId);
      if (step.type === 'KeepAttachment') expect(record.attachment).toEqual({ nodeId });
      if (step.type === 'CutGeneration') {
        expect(step.to).toBeGreaterThan(record.generation);
        expect(record.attachment === undefined || record.attachment.revokedAt !== undefined).toBe(true);
      }
    }),
  );
});

test('decideSweep never deletes the data or what is held', () => {
  const generations = fc.uniqueArray(fc.nat(6));
  const anyFacts = fc.record({ present: generations, held: generations, keepGenerations: fc.boolean() });
  fc.assert(
    fc.property(anyRecord, anyFacts, (record, facts) => {
      const deleted = decideSweep(record, facts);
      expect(deleted).not.toContain(record.generation);
      expect(deleted.filter((generation) => facts.held.includes(generation))).toEqual([]);
      if (!facts.present.includes(record.generation)) expect(deleted).toEqual([]);
    }),
  );
});
