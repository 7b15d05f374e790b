import { expect, test } from 'vitest';
import type { FenceProof } from '../apis/amarre/types.ts';
import type { Pod } from '../apis/core/generated/v1.ts';
import type { VolumeAttachment } from '../apis/storage/generated/v1.ts';
import { failoverTimes } from './failover-times.ts';
import { ack } from './testing.ts';
import { type Milestones, noMilestones, observe, type Sighting } from './timeline.ts';

const subject = { namespace: 'n', podName: 'postgres-0', oldPodUid: 'old', volumeName: 'pv-1', oldNode: 'node-1' };
const newServer = { podUid: 'new', address: '10.0.0.2', startedAt: 'b' };

function proof(epoch: number, overrides: Partial<FenceProof['spec']> = {}): FenceProof {
  const spec: FenceProof['spec'] = {
    class: 'Gate',
    volumeName: 'pv-1',
    volumeHandle: 'v',
    driver: 'd',
    nodeName: 'node-1',
    bootID: 'b',
    epoch,
    attachmentUID: 'u',
    podUIDs: ['old'],
    cause: 'NodeUnresponsive',
    suspectedAt: '1970-01-01T00:00:03.500000Z',
    provenAt: '1970-01-01T00:00:03.600000Z',
    evidence: {},
    ...overrides,
  };
  return { metadata: { name: `pv-1-${epoch}`, uid: 'p', resourceVersion: '1', creationTimestamp: '' }, spec };
}

function attachment(nodeName: string, attached: boolean, volume = 'pv-1'): VolumeAttachment {
  return {
    metadata: { name: 'a', uid: 'a', resourceVersion: '1', creationTimestamp: '' },
    spec: { attacher: 'd', nodeName, source: { persistentVolumeName: volume } },
    status: { attached },
  };
}

function pod(
  uid: string,
  { node, running = false, ready = false }: { node?: string; running?: boolean; ready?: boolean } = {},
): Pod {
  return {
    metadata: { name: 'postgres-0', uid, resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [], ...(node && { nodeName: node }) },
    status: {
      containerStatuses: running ? [{ state: { running: {} } }] : [],
      conditions: ready ? [{ type: 'Ready', status: 'True' }] : [],
    },
  } as unknown as Pod;
}

test.each<{ name: string; sightings: Sighting[]; want: Partial<Milestones> }>([
  {
    name: 'the old attachment goes -> noted',
    sightings: [{ kind: 'attachment', type: 'deleted', object: attachment('node-1', true) }],
    want: { oldAttachmentGoneMs: 1 },
  },
  {
    name: 'the new attachment is attached -> noted once',
    sightings: [
      { kind: 'attachment', type: 'present', object: attachment('node-2', false) },
      { kind: 'attachment', type: 'present', object: attachment('node-2', true) },
      { kind: 'attachment', type: 'present', object: attachment('node-2', true) },
    ],
    want: { attachedMs: 2 },
  },
  {
    name: 'an attachment of another volume -> ignored',
    sightings: [{ kind: 'attachment', type: 'present', object: attachment('node-2', true, 'pv-2') }],
    want: {},
  },
  {
    name: 'the old pod -> ignored',
    sightings: [{ kind: 'pod', object: pod('old', { node: 'node-1', running: true, ready: true }) }],
    want: {},
  },
  {
    name: 'the new pod, step by step -> each milestone at its first sighting',
    sightings: [
      { kind: 'pod', object: pod('new') },
      { kind: 'pod', object: pod('new', { node: 'node-2' }) },
      { kind: 'pod', object: pod('new', { node: 'node-2', running: true }) },
      { kind: 'pod', object: pod('new', { node: 'node-2', running: true, ready: true }) },
    ],
    want: { newPodUid: 'new', newPodNode: 'node-2', scheduledMs: 2, runningMs: 3, readyMs: 4 },
  },
  {
    name: 'a proof about other writers or an older epoch -> ignored',
    sightings: [
      { kind: 'proof', object: proof(4) },
      { kind: 'proof', object: proof(3) },
      { kind: 'proof', object: proof(5, { podUIDs: ['another'] }) },
    ],
    want: { proof: proof(4) },
  },
])('observe: $name', ({ sightings, want }) => {
  const found = sightings.reduce(
    (seen, sighting, index) => observe(seen, subject, { sighting, atMs: index + 1 }),
    noMilestones(),
  );
  expect(found).toEqual({ ...noMilestones(), ...want });
});

test('failoverTimes: every milestone -> stages that add up to the whole', () => {
  const milestones: Milestones = {
    ...noMilestones(),
    proof: proof(4),
    oldAttachmentGoneMs: 3_700,
    attachedMs: 3_900,
    runningMs: 4_100,
  };
  const history = { sends: [], acknowledgements: [ack(1, 990), ack(2, 1_010), ack(3, 4_600, { server: newServer })] };
  const times = failoverTimes({ faultMs: 1_000, oldPodUid: 'old', milestones, history });
  expect(times).toEqual({
    detectMs: 2_500,
    fenceMs: 100,
    detachMs: 100,
    attachMs: 200,
    mountMs: 200,
    startMs: 500,
    firstWriteMs: 3_600,
    oldWriterStoppedMs: 2_600,
    outageMs: 3_590,
  });
});

test.each<{ name: string; evidence: Record<string, string>; want: number }>([
  {
    name: 'the supervisor beside a Gate -> when it says',
    evidence: { revokedAt: '1970-01-01T00:00:03.550000Z', tombstoneStoppedAt: '1970-01-01T00:00:03.540000Z' },
    want: 2_540,
  },
  { name: 'a Tombstone -> when it says', evidence: { stoppedAt: '1970-01-01T00:00:03.540000Z' }, want: 2_540 },
  { name: 'only a Gate -> when it closed', evidence: { revokedAt: '1970-01-01T00:00:03.550000Z' }, want: 2_550 },
  { name: 'neither -> when it was proven', evidence: { waitMs: '7000' }, want: 2_600 },
])('failoverTimes, the old writer stopped: $name', ({ evidence, want }) => {
  const milestones = { ...noMilestones(), proof: proof(4, { evidence }) };
  const history = { sends: [], acknowledgements: [] };
  expect(failoverTimes({ faultMs: 1_000, oldPodUid: 'old', milestones, history }).oldWriterStoppedMs).toBe(want);
});

test('failoverTimes: a server of an earlier failover and unseen milestones -> no figure is made up', () => {
  const history = { sends: [], acknowledgements: [ack(1, 500, { server: newServer }), ack(2, 1_010)] };
  const times = failoverTimes({ faultMs: 1_000, oldPodUid: 'old', milestones: noMilestones(), history });
  expect(Object.values(times).every((value) => value === undefined)).toBe(true);
});
