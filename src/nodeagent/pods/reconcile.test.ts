import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ContainerView, isFinished, type PodView, type RunView, reconcilePod, type Step } from './reconcile.ts';

const run = (changes: Partial<RunView> = {}): RunView => ({
  id: 'id-1',
  attempt: 0,
  state: 'running',
  exitCode: 0,
  killAt: undefined,
  ...changes,
});
const exited = (exitCode: number): RunView => run({ state: 'exited', exitCode });
const container = (changes: Partial<ContainerView> = {}): ContainerView => ({
  name: 'main',
  kind: 'main',
  run: undefined,
  nextAttempt: 0,
  started: true,
  unhealthyGraceMs: undefined,
  notBeforeMs: 0,
  preStop: 'none',
  resize: 'none',
  ...changes,
});
const pod = (changes: Partial<PodView> = {}): PodView => ({
  nowMs: 1_000,
  isInApi: true,
  deletionGraceMs: undefined,
  isTerminal: false,
  restartPolicy: 'Always',
  graceMs: 30_000,
  stoppingSinceMs: undefined,
  volumes: 'ready',
  isReleasing: false,
  volumesReleased: false,
  foldersMade: true,
  finalStatusReported: false,
  isDeletionSent: false,
  containers: [container()],
  ...changes,
});
const start = (name: string, attempt = 0, isRestart = false): Step => ({
  type: 'StartContainer',
  name,
  attempt,
  isRestart,
});

test.each<{ name: string; view: PodView; want: Step }>([
  { name: 'folders are missing -> makes them', view: pod({ foldersMade: false }), want: { type: 'MakeFolders' } },
  { name: 'volumes are not mounted -> waits', view: pod({ volumes: 'waiting' }), want: { type: 'Wait' } },
  { name: 'everything is there -> starts the container', view: pod(), want: start('main') },
  {
    name: 'container runs -> settled',
    view: pod({ containers: [container({ run: run() })] }),
    want: { type: 'Settled' },
  },
  {
    name: 'init container has not run -> starts it first',
    view: pod({ containers: [container({ name: 'init', kind: 'init' }), container()] }),
    want: start('init'),
  },
  {
    name: 'init container runs -> waits for it',
    view: pod({ containers: [container({ name: 'init', kind: 'init', run: run() }), container()] }),
    want: { type: 'Wait' },
  },
  {
    name: 'init container has succeeded -> starts the next',
    view: pod({ containers: [container({ name: 'init', kind: 'init', run: exited(0) }), container()] }),
    want: start('main'),
  },
  {
    name: 'init container failed, policy Always -> runs it again',
    view: pod({ containers: [container({ name: 'init', kind: 'init', run: exited(1), nextAttempt: 1 }), container()] }),
    want: start('init', 1, true),
  },
  {
    name: 'sidecar has not started -> main waits',
    view: pod({ containers: [container({ name: 'side', kind: 'sidecar', run: run(), started: false }), container()] }),
    want: { type: 'Wait' },
  },
  {
    name: 'sidecar is started -> main starts',
    view: pod({ containers: [container({ name: 'side', kind: 'sidecar', run: run() }), container()] }),
    want: start('main'),
  },
  {
    name: 'container crashed, back-off not over -> waits as long',
    view: pod({ containers: [container({ run: exited(1), nextAttempt: 1, notBeforeMs: 11_000 })] }),
    want: { type: 'Wait', retryAfterMs: 10_000 },
  },
  {
    name: 'one container backs off -> another still starts',
    view: pod({
      containers: [container({ name: 'a', run: exited(1), notBeforeMs: 11_000 }), container({ name: 'b' })],
    }),
    want: start('b'),
  },
  {
    name: 'liveness failed -> stops with the probe grace',
    view: pod({ containers: [container({ run: run(), unhealthyGraceMs: 5_000 })] }),
    want: { type: 'Stop', stops: [{ id: 'id-1', name: 'main', graceMs: 5_000 }] },
  },
  {
    name: 'policy OnFailure, exit 0 -> finished, lets go of volumes',
    view: pod({ restartPolicy: 'OnFailure', containers: [container({ run: exited(0) })] }),
    want: { type: 'ReleaseVolumes' },
  },
  {
    name: 'finished, released and reported -> settled, not deleted',
    view: pod({
      restartPolicy: 'Never',
      containers: [container({ run: exited(2) })],
      volumesReleased: true,
      finalStatusReported: true,
    }),
    want: { type: 'Settled' },
  },
  {
    name: 'deleted with grace -> SIGTERM with what is left of it',
    view: pod({ deletionGraceMs: 30_000, stoppingSinceMs: 500, containers: [container({ run: run() })] }),
    want: { type: 'Stop', stops: [{ id: 'id-1', name: 'main', graceMs: 29_500 }] },
  },
  {
    name: 'deleted, preStop hook -> runs the hook first',
    view: pod({
      deletionGraceMs: 30_000,
      stoppingSinceMs: 1_000,
      containers: [container({ run: run(), preStop: 'pending' })],
    }),
    want: { type: 'RunPreStop', names: ['main'], graceMs: 30_000 },
  },
  {
    name: 'preStop hook runs -> waits for it until the grace is over',
    view: pod({
      deletionGraceMs: 30_000,
      stoppingSinceMs: 1_000,
      containers: [container({ run: run(), preStop: 'running' })],
    }),
    want: { type: 'Wait', retryAfterMs: 30_000 },
  },
  {
    name: 'preStop hook took all the grace -> two more seconds',
    view: pod({
      nowMs: 31_000,
      deletionGraceMs: 30_000,
      stoppingSinceMs: 1_000,
      containers: [container({ run: run(), preStop: 'running' })],
    }),
    want: { type: 'Stop', stops: [{ id: 'id-1', name: 'main', graceMs: 2_000 }] },
  },
  {
    name: 'stop was sent -> waits for the end',
    view: pod({
      deletionGraceMs: 30_000,
      stoppingSinceMs: 1_000,
      containers: [container({ run: run({ killAt: 31_000 }) })],
    }),
    want: { type: 'Wait' },
  },
  {
    name: 'grace was shortened to nothing -> kills now',
    view: pod({
      deletionGraceMs: 0,
      stoppingSinceMs: 1_000,
      containers: [container({ run: run({ killAt: 31_000 }) })],
    }),
    want: { type: 'Stop', stops: [{ id: 'id-1', name: 'main', graceMs: 0 }] },
  },
  {
    name: 'vanished from the API -> kills without grace or hook',
    view: pod({ isInApi: false, containers: [container({ run: run(), preStop: 'pending' })] }),
    want: { type: 'Stop', stops: [{ id: 'id-1', name: 'main', graceMs: 0 }] },
  },
  {
    name: 'deleted, sidecar and main run -> main first',
    view: pod({
      deletionGraceMs: 30_000,
      stoppingSinceMs: 1_000,
      containers: [container({ name: 'side', kind: 'sidecar', run: run({ id: 's' }) }), container({ run: run() })],
    }),
    want: { type: 'Stop', stops: [{ id: 'id-1', name: 'main', graceMs: 30_000 }] },
  },
  {
    name: 'deleted, all ended -> unmounts before it reports',
    view: pod({ deletionGraceMs: 0, containers: [container({ run: exited(0) })] }),
    want: { type: 'ReleaseVolumes' },
  },
  {
    name: 'unmounting already -> waits for who unmounts',
    view: pod({ deletionGraceMs: 0, isReleasing: true, containers: [container({ run: exited(0) })] }),
    want: { type: 'Wait' },
  },
  {
    name: 'unmounted -> reports the final status before it deletes',
    view: pod({ deletionGraceMs: 0, volumesReleased: true, containers: [container({ run: exited(0) })] }),
    want: { type: 'ReportFinalStatus' },
  },
  {
    name: 'reported -> deletes from the API',
    view: pod({
      deletionGraceMs: 0,
      volumesReleased: true,
      finalStatusReported: true,
      containers: [container({ run: exited(0) })],
    }),
    want: { type: 'DeleteFromApi' },
  },
  {
    name: 'deleted from the API, but kept by a finalizer -> waits',
    view: pod({
      deletionGraceMs: 0,
      volumesReleased: true,
      finalStatusReported: true,
      isDeletionSent: true,
      containers: [container({ run: exited(0) })],
    }),
    want: { type: 'Wait' },
  },
  {
    name: 'gone from the API and unmounted -> forgotten',
    view: pod({ isInApi: false, volumesReleased: true, containers: [container({ run: exited(0) })] }),
    want: { type: 'Forget' },
  },
  {
    name: 'volume is stale -> kills without grace, and starts nothing',
    view: pod({ volumes: 'stale', containers: [container({ run: run() })] }),
    want: { type: 'Stop', stops: [{ id: 'id-1', name: 'main', graceMs: 0 }] },
  },
  {
    name: 'volume is stale, nothing runs -> waits for the unmount',
    view: pod({ volumes: 'stale' }),
    want: { type: 'Wait' },
  },
  {
    name: 'an ephemeral container comes while an init container runs -> starts it',
    view: pod({
      containers: [
        container({ name: 'init', kind: 'init', run: run() }),
        container(),
        container({ name: 'look', kind: 'ephemeral' }),
      ],
    }),
    want: start('look'),
  },
  {
    name: 'an ephemeral container has ended -> it stays so, whatever the policy',
    view: pod({
      containers: [
        container({ run: run() }),
        container({ name: 'look', kind: 'ephemeral', run: exited(1), nextAttempt: 1 }),
      ],
    }),
    want: { type: 'Settled' },
  },
  {
    name: 'all but an ephemeral container have ended -> it is stopped with the pod',
    view: pod({
      restartPolicy: 'Never',
      containers: [
        container({ run: exited(0) }),
        container({ name: 'look', kind: 'ephemeral', run: run({ id: 'id-2' }) }),
      ],
    }),
    want: { type: 'Stop', stops: [{ id: 'id-2', name: 'look', graceMs: 30_000 }] },
  },
  {
    name: 'other limits than before -> they change under the container',
    view: pod({ containers: [container({ run: run(), resize: 'in-place' })] }),
    want: { type: 'Resize', id: 'id-1', name: 'main' },
  },
  {
    name: 'other limits that take a restart -> stops it',
    view: pod({ containers: [container({ run: run(), resize: 'restart' })] }),
    want: { type: 'Stop', stops: [{ id: 'id-1', name: 'main', graceMs: 30_000 }] },
  },
  {
    name: 'it is stopping already -> waits for that',
    view: pod({ containers: [container({ run: run({ killAt: 9_000 }), resize: 'restart' })] }),
    want: { type: 'Settled' },
  },
])('reconcilePod: $name', ({ view, want }) => {
  expect(reconcilePod(view)).toEqual(want);
});

const anyContainer = (kind: ContainerView['kind']): fc.Arbitrary<ContainerView> =>
  fc.record({
    name: fc.constant(kind),
    kind: fc.constant(kind),
    nextAttempt: fc.nat(3),
    started: fc.boolean(),
    notBeforeMs: fc.constantFrom(0, 5_000),
    unhealthyGraceMs: fc.constantFrom(undefined, 1_000),
    preStop: fc.constantFrom('none', 'pending', 'running', 'done'),
    resize: fc.constantFrom('none', 'in-place', 'restart'),
    run: fc.option(
      fc.record({
        id: fc.constant(kind),
        attempt: fc.nat(2),
        state: fc.constantFrom('running', 'exited'),
        exitCode: fc.constantFrom(0, 1),
        killAt: fc.constantFrom(undefined, 2_000, 60_000),
      }),
      { nil: undefined },
    ),
  });
const anyView: fc.Arbitrary<PodView> = fc.record({
  nowMs: fc.constantFrom(1_000, 40_000),
  isInApi: fc.boolean(),
  deletionGraceMs: fc.constantFrom(undefined, 0, 30_000),
  isTerminal: fc.boolean(),
  restartPolicy: fc.constantFrom('Always', 'OnFailure', 'Never'),
  graceMs: fc.constant(30_000),
  stoppingSinceMs: fc.constantFrom(undefined, 1_000),
  volumes: fc.constantFrom('ready', 'waiting', 'stale'),
  isReleasing: fc.boolean(),
  volumesReleased: fc.boolean(),
  foldersMade: fc.boolean(),
  finalStatusReported: fc.boolean(),
  isDeletionSent: fc.boolean(),
  containers: fc.tuple(anyContainer('init'), anyContainer('sidecar'), anyContainer('main'), anyContainer('ephemeral')),
});

test('reconcilePod unmounts, deletes and forgets only what does not run any more', () => {
  fc.assert(
    fc.property(anyView, (view) => {
      const step = reconcilePod(view);
      if (!['ReleaseVolumes', 'DeleteFromApi', 'Forget'].includes(step.type)) return;
      expect(view.containers.filter((one) => one.run?.state === 'running')).toEqual([]);
    }),
  );
});

test('reconcilePod starts nothing in a pod that is leaving, finished, or without its volumes', () => {
  fc.assert(
    fc.property(anyView, (view) => {
      if (reconcilePod(view).type !== 'StartContainer') return;
      expect({
        isInApi: view.isInApi,
        deletion: view.deletionGraceMs,
        isTerminal: view.isTerminal,
        volumes: view.volumes,
        isFinished: isFinished(view),
      }).toEqual({
        isInApi: true,
        deletion: undefined,
        isTerminal: false,
        volumes: 'ready',
        isFinished: false,
      });
    }),
  );
});
