import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Actual,
  type Desired,
  type DesiredVolume,
  type PublishedVolume,
  reconcileVolumes,
  type StagedVolume,
  type VolumeStep,
} from './reconcile.ts';

const want = (changes: Partial<DesiredVolume> = {}): DesiredVolume => ({
  podUID: 'pod-1',
  pvName: 'pv-1',
  driver: 'd',
  volumeHandle: 'vol-1',
  attachment: { uid: 'va-1', epoch: 1 },
  isReportedInUse: true,
  isSingleWriter: true,
  isLeaving: false,
  isRunning: false,
  ...changes,
});
const staged = (changes: Partial<StagedVolume> = {}): StagedVolume => ({
  driver: 'd',
  volumeHandle: 'vol-1',
  pvName: 'pv-1',
  attachmentUID: 'va-1',
  epoch: 1,
  isUncertain: false,
  ...changes,
});
const published = (changes: Partial<PublishedVolume> = {}): PublishedVolume => ({
  ...staged(),
  podUID: 'pod-1',
  ...changes,
});
const newer = { attachment: { uid: 'va-2', epoch: 2 } };
const at = { volumeHandle: 'vol-1', podUID: 'pod-1', pvName: 'pv-1' };

interface Case {
  name: string;
  desired?: DesiredVolume[];
  isComplete?: boolean;
  actual?: Partial<Actual>;
  steps: VolumeStep[];
}

test.each<Case>([
  { name: 'attached and reported -> staged', desired: [want()], steps: [{ type: 'Stage', ...at }] },
  {
    name: 'staged -> published',
    desired: [want()],
    actual: { staged: [staged()] },
    steps: [{ type: 'Publish', ...at }],
  },
  {
    name: 'published -> nothing to do',
    desired: [want()],
    actual: { staged: [staged()], published: [published()] },
    steps: [],
  },
  { name: 'not attached -> waits', desired: [want({ attachment: undefined })], steps: [] },
  { name: 'not yet in volumesInUse -> waits', desired: [want({ isReportedInUse: false })], steps: [] },
  { name: 'pod is leaving -> mounts nothing new', desired: [want({ isLeaving: true })], steps: [] },
  { name: 'a step is in progress -> waits', desired: [want()], actual: { busy: new Set(['vol-1']) }, steps: [] },
  {
    name: 'nobody wants it -> unpublished first',
    actual: { staged: [staged()], published: [published()] },
    steps: [{ type: 'Unpublish', ...at }],
  },
  {
    name: 'unpublished -> unstaged',
    actual: { staged: [staged()] },
    steps: [{ type: 'Unstage', volumeHandle: 'vol-1', driver: 'd' }],
  },
  {
    name: 'found on disk, desired state incomplete -> left alone',
    isComplete: false,
    actual: { staged: [staged({ isUncertain: true })], published: [published({ isUncertain: true })] },
    steps: [],
  },
  {
    name: 'found on disk, desired state complete -> unmounted',
    actual: { staged: [staged({ isUncertain: true })], published: [published({ isUncertain: true })] },
    steps: [{ type: 'Unpublish', ...at }],
  },
  {
    name: 'found on disk and wanted -> adopted without a call',
    desired: [want({ isRunning: true })],
    isComplete: false,
    actual: { staged: [staged({ isUncertain: true })], published: [published({ isUncertain: true })] },
    steps: [{ type: 'Adopt', volumeHandle: 'vol-1' }],
  },
  {
    name: 'newer epoch, nothing runs -> stale mount goes first',
    desired: [want(newer)],
    actual: { staged: [staged()], published: [published()] },
    steps: [{ type: 'Unpublish', ...at }],
  },
  {
    name: 'newer epoch, containers run -> waits for their end',
    desired: [want({ ...newer, isRunning: true })],
    actual: { staged: [staged()], published: [published()] },
    steps: [],
  },
  {
    name: 'newer epoch, staged with the old one -> unstaged, not published',
    desired: [want(newer)],
    actual: { staged: [staged()] },
    steps: [{ type: 'Unstage', volumeHandle: 'vol-1', driver: 'd' }],
  },
  {
    name: 'same epoch, another attachment -> stale too',
    desired: [want({ attachment: { uid: 'va-2', epoch: 1 } })],
    actual: { staged: [staged()] },
    steps: [{ type: 'Unstage', volumeHandle: 'vol-1', driver: 'd' }],
  },
  {
    name: 'attachment is gone, pod still wants it -> mount stays',
    desired: [want({ attachment: undefined, isRunning: true })],
    actual: { staged: [staged()], published: [published()] },
    steps: [],
  },
  {
    name: 'predecessor on this node still has a single-writer volume -> successor waits',
    desired: [want({ isLeaving: true, isRunning: true }), want({ podUID: 'pod-2' })],
    actual: { staged: [staged()], published: [published()] },
    steps: [],
  },
  {
    name: 'two living pods of one node share a ReadWriteOnce volume -> both have it',
    desired: [want(), want({ podUID: 'pod-2' })],
    actual: { staged: [staged()], published: [published()] },
    steps: [{ type: 'Publish', ...at, podUID: 'pod-2' }],
  },
  {
    name: 'leaving pod, unpublished, nobody else -> unstaged',
    desired: [want({ isLeaving: true })],
    actual: { staged: [staged()] },
    steps: [{ type: 'Unstage', volumeHandle: 'vol-1', driver: 'd' }],
  },
])('reconcileVolumes: $name', ({ desired = [], isComplete = true, actual = {}, steps }) => {
  expect(
    reconcileVolumes({ isComplete, volumes: desired }, { staged: [], published: [], busy: new Set(), ...actual }),
  ).toEqual(steps);
});

const epochs = fc.constantFrom({ uid: 'va-1', epoch: 1 }, { uid: 'va-2', epoch: 2 });
const anyWant = (podUID: string): fc.Arbitrary<DesiredVolume> =>
  fc.record({
    podUID: fc.constant(podUID),
    pvName: fc.constant('pv-1'),
    driver: fc.constant('d'),
    volumeHandle: fc.constant('vol-1'),
    attachment: fc.option(epochs, { nil: undefined }),
    isReportedInUse: fc.boolean(),
    isSingleWriter: fc.boolean(),
    isLeaving: fc.boolean(),
    isRunning: fc.boolean(),
  });
const anyMount = epochs.chain(({ uid, epoch }) =>
  fc.boolean().map((isUncertain) => staged({ attachmentUID: uid, epoch, isUncertain })),
);
const anyState = fc.record({
  isComplete: fc.boolean(),
  volumes: fc
    .tuple(fc.option(anyWant('pod-1'), { nil: undefined }), fc.option(anyWant('pod-2'), { nil: undefined }))
    .map((list) => list.filter((one) => one !== undefined)),
  staged: fc.option(anyMount, { nil: undefined }),
  published: fc.option(anyMount, { nil: undefined }),
});

test('reconcileVolumes never unmounts under running containers, never mounts through a stale attachment', () => {
  fc.assert(
    fc.property(anyState, ({ isComplete, volumes, staged: onNode, published: inPod }) => {
      const desired: Desired = { isComplete, volumes };
      const actual: Actual = {
        staged: onNode ? [onNode] : [],
        published: inPod ? [{ ...inPod, podUID: 'pod-1' }] : [],
        busy: new Set(),
      };
      for (const step of reconcileVolumes(desired, actual)) {
        const wanted = 'podUID' in step ? volumes.find(({ podUID }) => podUID === step.podUID) : undefined;
        if (step.type === 'Unpublish') expect(wanted?.isRunning ?? false).toBe(false);
        if (step.type === 'Unstage') expect(actual.published).toEqual([]);
        if (step.type === 'Publish')
          expect(wanted?.attachment).toEqual({ uid: onNode?.attachmentUID, epoch: onNode?.epoch });
        if (step.type === 'Stage') expect(wanted?.isReportedInUse).toBe(true);
        if (step.type.startsWith('Un') && !isComplete)
          expect(volumes.length + Number(!onNode?.isUncertain) + Number(!inPod?.isUncertain)).toBeGreaterThan(0);
      }
    }),
  );
});
