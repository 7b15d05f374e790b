// Does each situation of a backup lead to the right step?

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BackupPhase } from '../../apis/velero/types.ts';
import { type BackupProgress, progressOf } from '../../backup/progress.ts';
import { attemptsMax, type BackupView, reconcileBackup, type Step } from './reconcile.ts';

const fresh = progressOf({ metadata: { name: 'b', uid: 'u', resourceVersion: '1', creationTimestamp: '' } });
const pod = { namespace: 'shop', podName: 'db-0', podUid: 'p', pre: [], post: [] };
const volume = { claimUid: 'c1' } as BackupProgress['volumes'][number];

function progress(overrides: Partial<BackupProgress> = {}): BackupProgress {
  return { ...fresh, ...overrides };
}

function view(overrides: Partial<BackupView> = {}): BackupView {
  return {
    phase: 'InProgress',
    isDeleting: false,
    hasFinalizer: true,
    progress: progress(),
    validationErrors: [],
    isLocationKnown: true,
    isBlocked: false,
    snapshotCount: 0,
    uploads: [],
    ...overrides,
  };
}

const staged = progress({ attempt: 1, isCut: true, isStaged: true, volumes: [volume] });

test.each<{ name: string; view: Partial<BackupView>; want: Step }>([
  { name: 'new and valid -> starts', view: { phase: undefined }, want: { type: 'Start' } },
  {
    name: 'unknown location -> rejected',
    view: { phase: 'New', validationErrors: ['no location'], isLocationKnown: false },
    want: { type: 'RejectInvalid', errors: ['no location'] },
  },
  {
    name: 'location not looked at yet -> waits',
    view: { phase: 'New', isLocationKnown: false },
    want: { type: 'Wait', reason: 'LocationValidation' },
  },
  { name: 'another backup runs -> queued', view: { phase: 'New', isBlocked: true }, want: { type: 'Queue' } },
  { name: 'queued, still blocked -> stays', view: { phase: 'Queued', isBlocked: true }, want: { type: 'Settled' } },
  { name: 'queued, free -> starts', view: { phase: 'Queued' }, want: { type: 'Start' } },
  { name: 'just started -> quiesces', view: {}, want: { type: 'Quiesce', attempt: 1 } },
  {
    name: 'crashed between pre and post hooks -> thaws first',
    view: { progress: progress({ attempt: 1, frozen: [pod] }), snapshotCount: 1 },
    want: { type: 'Thaw' },
  },
  {
    name: 'thawed after a crash, snapshot of unknown moment -> deletes it',
    view: { progress: progress({ attempt: 1 }), snapshotCount: 1 },
    want: { type: 'DeleteSnapshots' },
  },
  {
    name: 'thawed after a crash -> another attempt',
    view: { progress: progress({ attempt: 1 }) },
    want: { type: 'Quiesce', attempt: 2 },
  },
  {
    name: 'crashed in every attempt -> gives up',
    view: { progress: progress({ attempt: attemptsMax }) },
    want: {
      type: 'GiveUp',
      message: 'Gave up after 3 attempts to quiesce and snapshot: the controller was restarted each time',
    },
  },
  {
    name: 'snapshots failed in every attempt -> gives up with the last error',
    view: { progress: progress({ attempt: attemptsMax, lastError: 'pool is full' }) },
    want: { type: 'GiveUp', message: 'Gave up after 3 attempts to quiesce and snapshot: pool is full' },
  },
  {
    name: 'snapshots cut -> stages the objects',
    view: { progress: progress({ isCut: true }), snapshotCount: 1 },
    want: { type: 'Stage' },
  },
  { name: 'staged -> creates uploads', view: { progress: staged, snapshotCount: 1 }, want: { type: 'CreateUploads' } },
  {
    name: 'upload running -> waits',
    view: { progress: staged, snapshotCount: 1, uploads: [{ claimUid: 'c1', isFinished: false }] },
    want: { type: 'Wait', reason: 'DataUpload' },
  },
  {
    name: 'uploads finished -> finalizes',
    view: { progress: staged, snapshotCount: 1, uploads: [{ claimUid: 'c1', isFinished: true }] },
    want: { type: 'Finalize' },
  },
  {
    name: 'no volumes -> finalizes at once',
    view: { progress: progress({ isCut: true, isStaged: true }) },
    want: { type: 'Finalize' },
  },
  {
    name: 'finalizing with snapshots -> deletes them',
    view: { phase: 'Finalizing', progress: staged, snapshotCount: 1 },
    want: { type: 'DeleteSnapshots' },
  },
  {
    name: 'finalizing without snapshots -> completes',
    view: { phase: 'Finalizing', progress: staged },
    want: { type: 'Complete' },
  },
  {
    name: 'hook failed, snapshots exist -> deletes them, keeps none',
    view: { progress: progress({ attempt: 1, failure: 'hook' }), snapshotCount: 2 },
    want: { type: 'DeleteSnapshots' },
  },
  {
    name: 'store full while data moves -> deletes the uploads first',
    view: {
      progress: { ...staged, failure: 'full' },
      snapshotCount: 1,
      uploads: [{ claimUid: 'c1', isFinished: false }],
    },
    want: { type: 'DeleteUploads' },
  },
  {
    name: 'failed and tidy -> fails',
    view: { progress: progress({ failure: 'hook' }) },
    want: { type: 'Fail', message: 'hook' },
  },
  {
    name: 'store full while finalizing -> fails',
    view: { phase: 'Finalizing', progress: { ...staged, failure: 'full' } },
    want: { type: 'Fail', message: 'full' },
  },
  { name: 'completed -> lets go', view: { phase: 'Completed' }, want: { type: 'RemoveFinalizer' } },
  {
    name: 'completed and let go -> settled',
    view: { phase: 'Completed', hasFinalizer: false },
    want: { type: 'Settled' },
  },
  {
    name: 'deleted while quiesced -> thaws first',
    view: { isDeleting: true, progress: progress({ frozen: [pod] }), snapshotCount: 1 },
    want: { type: 'Thaw' },
  },
  {
    name: 'deleted while running -> deletes its snapshots',
    view: { isDeleting: true, snapshotCount: 1 },
    want: { type: 'DeleteSnapshots' },
  },
  { name: 'deleted and tidy -> lets go', view: { isDeleting: true }, want: { type: 'RemoveFinalizer' } },
])('reconcileBackup: $name', ({ view: overrides, want }) => {
  expect(reconcileBackup(view(overrides))).toEqual(want);
});

const phases: (BackupPhase | undefined)[] = [
  undefined,
  'New',
  'Queued',
  'InProgress',
  'Finalizing',
  'Completed',
  'PartiallyFailed',
  'Failed',
  'FailedValidation',
];
const anyView = fc.record<BackupView>({
  phase: fc.constantFrom(...phases),
  isDeleting: fc.boolean(),
  hasFinalizer: fc.boolean(),
  progress: fc
    .record({
      attempt: fc.nat({ max: 4 }),
      frozen: fc.constantFrom<BackupProgress['frozen'][]>([], [pod]),
      isCut: fc.boolean(),
      isStaged: fc.boolean(),
      failure: fc.constantFrom(undefined, 'why'),
      volumes: fc.constantFrom<BackupProgress['volumes'][]>([], [volume]),
    })
    .map(({ failure, ...rest }) => progress({ ...rest, ...(failure && { failure }) })),
  validationErrors: fc.constantFrom([], ['bad']),
  isLocationKnown: fc.boolean(),
  isBlocked: fc.boolean(),
  snapshotCount: fc.nat({ max: 2 }),
  uploads: fc.array(fc.record({ claimUid: fc.constantFrom('c1', 'c2'), isFinished: fc.boolean() }), { maxLength: 2 }),
});

test('a quiesced pod is thawed before anything else happens', () => {
  fc.assert(
    fc.property(anyView, (each) => {
      if (each.progress.frozen.length > 0) expect(reconcileBackup(each)).toEqual({ type: 'Thaw' });
    }),
  );
});

test('nothing completes without its snapshots cut, its objects stored and its data moved', () => {
  fc.assert(
    fc.property(anyView, (each) => {
      if (reconcileBackup(each).type !== 'Finalize') return;
      expect(each.progress).toMatchObject({ isCut: true, isStaged: true, frozen: [] });
      expect(each.uploads.every((upload) => upload.isFinished)).toBe(true);
      expect(each.progress.failure).toBeUndefined();
    }),
  );
});

test('a backup lets go of its record only when no snapshot is left', () => {
  fc.assert(
    fc.property(anyView, (each) => {
      const { type } = reconcileBackup(each);
      if (type === 'RemoveFinalizer' || type === 'Complete' || type === 'Fail') expect(each.snapshotCount).toBe(0);
    }),
  );
});
