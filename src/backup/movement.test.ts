// Does each situation of a movement lead to the right step?

import { expect, test } from 'vitest';
import { type MovementStep, type MovementView, prepareTimeoutMs, reconcileMovement } from './movement.ts';
import type { MoverResult } from './mover-result.ts';

const done = {
  succeeded: true,
  snapshotId: 'abc',
  bytes: 7,
  bytesAdded: 3,
  resticVersion: '0.14.0',
  root: undefined,
} satisfies MoverResult;
const killed: MoverResult = { succeeded: false, message: 'killed', canRetry: true };
const full: MoverResult = { succeeded: false, message: 'full', canRetry: false };

function view(overrides: Partial<MovementView> = {}): MovementView {
  return {
    phase: 'Accepted',
    isDeleting: false,
    isCancelled: false,
    hasFinalizer: true,
    failedAttempts: 0,
    mover: undefined,
    obstacle: undefined,
    elapsedMs: 1000,
    timeoutMs: 60_000,
    ...overrides,
  };
}

test.each<{ name: string; view: Partial<MovementView>; want: MovementStep }>([
  { name: 'new -> accepted', view: { phase: undefined }, want: { type: 'Accept' } },
  { name: 'accepted -> makes the mover', view: {}, want: { type: 'Expose', attempt: 0 } },
  {
    name: 'mover pending -> waits',
    view: { mover: { type: 'Pending', why: '' } },
    want: { type: 'Wait', retryAfterMs: 59_000 },
  },
  {
    name: "mover pending for too long -> fails with the scheduler's words",
    view: { mover: { type: 'Pending', why: '0/3 nodes are available' }, elapsedMs: 60_000 },
    want: { type: 'Fail', message: 'The mover did not start within 60000 ms: 0/3 nodes are available' },
  },
  {
    name: 'mover pending for ten minutes of hours -> fails',
    view: { mover: { type: 'Pending', why: '' }, elapsedMs: prepareTimeoutMs, timeoutMs: 3_600_000 },
    want: {
      type: 'Fail',
      message: 'The mover did not start within 600000 ms: see the events of its pod and its claim',
    },
  },
  {
    name: 'mover that ran vanished after ten minutes -> makes it again',
    view: { phase: 'InProgress', elapsedMs: prepareTimeoutMs, timeoutMs: 3_600_000 },
    want: { type: 'Expose', attempt: 0 },
  },
  {
    name: 'mover runs -> says so',
    view: { mover: { type: 'Running', nodeName: 'node-1' } },
    want: { type: 'MarkRunning', nodeName: 'node-1' },
  },
  {
    name: 'mover still runs -> waits',
    view: { phase: 'InProgress', mover: { type: 'Running', nodeName: 'node-1' } },
    want: { type: 'Wait', retryAfterMs: 59_000 },
  },
  {
    name: 'mover vanished with its node -> makes it again',
    view: { phase: 'InProgress' },
    want: { type: 'Expose', attempt: 0 },
  },
  {
    name: 'mover succeeded -> finished',
    view: { phase: 'InProgress', mover: { type: 'Ended', result: done } },
    want: { type: 'Finish', result: done },
  },
  {
    name: 'mover succeeded after the time -> finished',
    view: { mover: { type: 'Ended', result: done }, elapsedMs: 99_000 },
    want: { type: 'Finish', result: done },
  },
  {
    name: 'mover was killed -> tries again',
    view: { mover: { type: 'Ended', result: killed } },
    want: { type: 'Retry', attempt: 1, why: 'killed' },
  },
  {
    name: 'mover was killed too often -> fails',
    view: { mover: { type: 'Ended', result: killed }, failedAttempts: 2 },
    want: { type: 'Fail', message: 'killed' },
  },
  {
    name: 'repository full -> fails at once',
    view: { mover: { type: 'Ended', result: full } },
    want: { type: 'Fail', message: 'full' },
  },
  { name: 'location gone -> fails', view: { obstacle: 'no location' }, want: { type: 'Fail', message: 'no location' } },
  { name: 'cancelled -> cancels', view: { isCancelled: true }, want: { type: 'Cancel' } },
  { name: 'completed -> cleans up', view: { phase: 'Completed' }, want: { type: 'CleanUp' } },
  {
    name: 'completed and clean -> settled',
    view: { phase: 'Completed', hasFinalizer: false },
    want: { type: 'Settled' },
  },
  { name: 'deleted half way -> cleans up', view: { phase: 'InProgress', isDeleting: true }, want: { type: 'CleanUp' } },
])('reconcileMovement: $name', ({ view: overrides, want }) => {
  expect(reconcileMovement(view(overrides))).toEqual(want);
});
