import { expect, test } from 'vitest';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { epochMsOf } from '../../base/clock.ts';
import type { ContainerRecord } from '../runtime/types.ts';
import { phaseOf, podStatus, qosClass, type StatusContainer, type StatusView } from './status.ts';

const nowMs = epochMsOf('2026-01-01T00:00:00Z');
const record = (changes: Partial<ContainerRecord> = {}): ContainerRecord => ({
  id: 'id-1',
  podUID: 'u',
  podNamespace: 'default',
  podName: 'web-0',
  name: 'main',
  attempt: 0,
  image: 'amarre.io/host',
  state: 'running',
  startedAt: nowMs,
  logPath: '',
  labels: {},
  limits: {},
  volumes: [],
  ...changes,
});
const ended = (exitCode: number): ContainerRecord =>
  record({ state: 'exited', exitCode, finishedAt: nowMs, reason: exitCode === 0 ? 'Completed' : 'Error' });
const one = (changes: Partial<StatusContainer> = {}): StatusContainer => ({
  container: { name: 'main', image: 'amarre.io/host' },
  kind: 'main',
  record: record(),
  previous: undefined,
  started: true,
  ready: true,
  waiting: undefined,
  nextAttempt: 1,
  isResized: true,
  willRestart: false,
  ...changes,
});
const pod = (status: Pod['status'] = {}): Pod => ({
  metadata: { name: 'web-0', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' },
  spec: { containers: [] },
  status,
});
const view = (changes: Partial<StatusView> = {}): StatusView => ({
  pod: pod(),
  nowMs,
  address: '10.0.0.5',
  containers: [one()],
  volumesReady: true,
  failure: undefined,
  resizeObstacle: undefined,
  isResizing: false,
  ...changes,
});
const init = (changes: Partial<StatusContainer>): StatusContainer =>
  one({ container: { name: 'init' }, kind: 'init', ...changes });

test.each<{ name: string; view: StatusView; want: string }>([
  { name: 'nothing has run -> Pending', view: view({ containers: [one({ record: undefined })] }), want: 'Pending' },
  {
    name: 'init container runs -> Pending',
    view: view({ containers: [init({}), one({ record: undefined })] }),
    want: 'Pending',
  },
  { name: 'main runs -> Running', view: view(), want: 'Running' },
  {
    name: 'crashed and due again -> Running',
    view: view({ containers: [one({ record: ended(1), willRestart: true })] }),
    want: 'Running',
  },
  {
    name: 'one of two has not started -> Pending',
    view: view({ containers: [one(), one({ container: { name: 'b' }, record: undefined })] }),
    want: 'Pending',
  },
  { name: 'all ended with 0 -> Succeeded', view: view({ containers: [one({ record: ended(0) })] }), want: 'Succeeded' },
  { name: 'ended with 1 for good -> Failed', view: view({ containers: [one({ record: ended(1) })] }), want: 'Failed' },
  {
    name: 'init failed for good -> Failed',
    view: view({ containers: [init({ record: ended(1) }), one({ record: undefined })] }),
    want: 'Failed',
  },
  {
    name: 'was Succeeded -> stays so',
    view: view({ pod: pod({ phase: 'Succeeded' }), containers: [one({ record: undefined })] }),
    want: 'Succeeded',
  },
  {
    name: 'deadline passed -> Failed',
    view: view({ failure: { reason: 'DeadlineExceeded', message: 'm' } }),
    want: 'Failed',
  },
  {
    name: 'node was rebooted, the run is lost -> still Running',
    view: view({
      pod: pod({
        phase: 'Running',
        containerStatuses: [
          {
            name: 'main',
            image: 'i',
            imageID: 'i',
            ready: true,
            restartCount: 0,
            containerID: 'amarre://old',
            state: { running: {} },
          },
        ],
      }),
      containers: [one({ record: undefined })],
    }),
    want: 'Running',
  },
])('phaseOf: $name', ({ view: given, want }) => {
  expect(phaseOf(given)).toBe(want);
});

test('a ready pod -> all five conditions are True', () => {
  const status = podStatus(view());
  expect(status.conditions?.map(({ type, status: value }) => `${type}=${value}`).sort()).toEqual([
    'ContainersReady=True',
    'Initialized=True',
    'PodReadyToStartContainers=True',
    'PodScheduled=True',
    'Ready=True',
  ]);
});

test('an unready container -> Ready is False with its name', () => {
  const ready = podStatus(view({ containers: [one({ ready: false })] })).conditions?.find(
    ({ type }) => type === 'Ready',
  );
  expect(ready).toMatchObject({
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [main]',
  });
});

test('a condition that keeps its status -> keeps its time', () => {
  const old = '2020-01-01T00:00:00Z';
  const given = pod({
    conditions: [
      { type: 'Ready', status: 'True', lastTransitionTime: old },
      { type: 'Custom', status: 'True' },
    ],
  });
  const { conditions } = podStatus(view({ pod: given }));
  expect(conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime).toBe(old);
  expect(conditions?.find(({ type }) => type === 'Custom')).toBeDefined();
});

test('a crashed container that backs off -> waiting, with the crash as lastState', () => {
  const waiting = { reason: 'CrashLoopBackOff', message: 'm' };
  const [status] =
    podStatus(view({ containers: [one({ record: ended(3), willRestart: true, waiting })] })).containerStatuses ?? [];
  expect(status).toMatchObject({
    state: { waiting },
    lastState: { terminated: { exitCode: 3, containerID: 'amarre://id-1' } },
    ready: false,
    started: false,
  });
});

test('a run that was lost with the node -> lastState says so, restartCount goes up', () => {
  const given = pod({
    containerStatuses: [
      {
        name: 'main',
        image: 'i',
        imageID: 'i',
        ready: true,
        restartCount: 2,
        containerID: 'amarre://old',
        state: { running: { startedAt: 's' } },
      },
    ],
  });
  const [status] =
    podStatus(view({ pod: given, containers: [one({ record: undefined, nextAttempt: 3 })] })).containerStatuses ?? [];
  expect(status).toMatchObject({
    restartCount: 3,
    lastState: { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown' } },
  });
});

test.each([
  { name: 'nothing asked -> BestEffort', resources: {}, want: 'BestEffort' },
  { name: 'requests only -> Burstable', resources: { requests: { cpu: '1' } }, want: 'Burstable' },
  {
    name: 'limits equal requests -> Guaranteed',
    resources: { limits: { cpu: '1', memory: '1Gi' } },
    want: 'Guaranteed',
  },
])('qosClass: $name', ({ resources, want }) => {
  expect(qosClass({ ...pod(), spec: { containers: [{ name: 'main', resources }] } })).toBe(want);
});

const sized = { requests: { cpu: '1' }, limits: { cpu: '2' } };

test.each<{ name: string; changes: Partial<StatusContainer>; old?: object; want: object }>([
  {
    name: 'a run with the limits of the spec -> shows them',
    changes: { container: { name: 'main', resources: sized } },
    want: { resources: sized, allocatedResources: { cpu: '1' } },
  },
  {
    name: 'a run that has not got its new limits -> shows the old ones',
    changes: { container: { name: 'main', resources: sized }, isResized: false },
    old: { limits: { cpu: '1' } },
    want: { resources: { limits: { cpu: '1' } } },
  },
])('podStatus: $name', ({ changes, old, want }) => {
  const before = { name: 'main', image: '', imageID: '', ready: true, restartCount: 0, ...(old && { resources: old }) };
  const status = podStatus(view({ pod: pod({ containerStatuses: [before] }), containers: [one(changes)] }));
  const { resources, allocatedResources } = status.containerStatuses?.[0] ?? {};
  expect({ resources, ...(allocatedResources && { allocatedResources }) }).toEqual(want);
});

test('podStatus: an ephemeral container -> has a list of its own, and no part in whether the pod is ready', () => {
  const look = one({ container: { name: 'look' }, kind: 'ephemeral', record: ended(1) });
  const status = podStatus(view({ containers: [one(), look] }));
  expect(status.phase).toBe('Running');
  expect(status.initContainerStatuses).toBeUndefined();
  expect(status.ephemeralContainerStatuses).toMatchObject([
    { name: 'look', ready: false, state: { terminated: { exitCode: 1 } } },
  ]);
  expect(status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
});

const pendingBefore = { type: 'PodResizePending', status: 'True', reason: 'Deferred' };
test.each<{ name: string; view: Partial<StatusView>; want: object[] }>([
  { name: 'nothing to change', view: {}, want: [] },
  { name: 'what was waited for has been given', view: { pod: pod({ conditions: [pendingBefore] }) }, want: [] },
  {
    name: 'no room',
    view: { resizeObstacle: { reason: 'Infeasible', message: "Node didn't have enough capacity: cpu" } },
    want: [
      {
        type: 'PodResizePending',
        status: 'True',
        reason: 'Infeasible',
        message: "Node didn't have enough capacity: cpu",
        observedGeneration: 7,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  },
  {
    name: 'under way',
    view: { isResizing: true },
    want: [
      {
        type: 'PodResizeInProgress',
        status: 'True',
        observedGeneration: 7,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ],
  },
])('resize conditions: $name', ({ view: given, want }) => {
  const { pod: shown, ...rest } = view(given);
  const { conditions = [] } = podStatus({ ...rest, pod: { ...shown, metadata: { ...shown.metadata, generation: 7 } } });
  expect(conditions.filter(({ type }) => type.startsWith('PodResize'))).toEqual(want);
});
