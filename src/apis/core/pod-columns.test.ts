import { expect, test } from 'vitest';
import { epochMsOf } from '../../base/clock.ts';
import type { ContainerStatus, Pod, PodSpec, PodStatus } from './generated/v1.ts';
import { podColumns } from './pod-columns.ts';

const nowMs = epochMsOf('2026-03-01T12:10:00Z');

function status(name: string, overrides: Partial<ContainerStatus> = {}): ContainerStatus {
  return { name, image: 'i', imageID: '', ready: false, restartCount: 0, ...overrides };
}

function pod({ meta, spec, ...rest }: { meta?: object; spec?: Partial<PodSpec>; status?: PodStatus }): Pod {
  return {
    metadata: {
      name: 'p',
      namespace: 'demo',
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-03-01T12:00:00Z',
      ...meta,
    },
    spec: { containers: [{ name: 'a', image: 'i' }], ...spec },
    ...rest,
  };
}

const running = { running: {} };
const ready = { type: 'Ready', status: 'True' };
const terminated = (exitCode: number, more: object = {}) => ({ terminated: { exitCode, ...more } });

test.each<{ name: string; pod: Pod; want: string }>([
  { name: 'no container yet -> phase', pod: pod({ status: { phase: 'Pending' } }), want: '0/1 Pending 0' },
  {
    name: 'running and ready',
    pod: pod({ status: { phase: 'Running', containerStatuses: [status('a', { ready: true, state: running })] } }),
    want: '1/1 Running 0',
  },
  {
    name: 'restarted -> when',
    pod: pod({
      status: {
        phase: 'Running',
        containerStatuses: [
          status('a', {
            ready: true,
            state: running,
            restartCount: 2,
            lastState: terminated(1, { finishedAt: '2026-03-01T12:08:20Z' }),
          }),
        ],
      },
    }),
    want: '1/1 Running 2 (100s ago)',
  },
  {
    name: 'waiting -> its reason',
    pod: pod({
      status: {
        phase: 'Running',
        containerStatuses: [status('a', { restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } })],
      },
    }),
    want: '0/1 CrashLoopBackOff 3',
  },
  {
    name: 'completed',
    pod: pod({
      status: {
        phase: 'Succeeded',
        containerStatuses: [status('a', { state: terminated(0, { reason: 'Completed' }) })],
      },
    }),
    want: '0/1 Completed 0',
  },
  {
    name: 'exit without a reason -> its code',
    pod: pod({ status: { phase: 'Failed', containerStatuses: [status('a', { state: terminated(3) })] } }),
    want: '0/1 ExitCode:3 0',
  },
  {
    name: 'killed by a signal',
    pod: pod({
      status: { phase: 'Failed', containerStatuses: [status('a', { state: terminated(137, { signal: 9 }) })] },
    }),
    want: '0/1 Signal:9 0',
  },
  {
    name: 'one completed, one running, pod ready -> Running',
    pod: pod({
      spec: { containers: [{ name: 'a' }, { name: 'b' }] },
      status: {
        phase: 'Running',
        conditions: [ready],
        containerStatuses: [
          status('a', { state: terminated(0, { reason: 'Completed' }) }),
          status('b', { ready: true, state: running }),
        ],
      },
    }),
    want: '1/2 Running 0',
  },
  {
    name: 'one completed, one running, pod not ready -> NotReady',
    pod: pod({
      spec: { containers: [{ name: 'a' }, { name: 'b' }] },
      status: {
        phase: 'Running',
        containerStatuses: [
          status('a', { state: terminated(0, { reason: 'Completed' }) }),
          status('b', { ready: true, state: running }),
        ],
      },
    }),
    want: '1/2 NotReady 0',
  },
  {
    name: 'first init container at work -> Init:0/2',
    pod: pod({
      spec: { initContainers: [{ name: 'i1' }, { name: 'i2' }] },
      status: {
        phase: 'Pending',
        initContainerStatuses: [
          status('i1', { state: running }),
          status('i2', { state: { waiting: { reason: 'PodInitializing' } } }),
        ],
      },
    }),
    want: '0/1 Init:0/2 0',
  },
  {
    name: 'init container failed',
    pod: pod({
      spec: { initContainers: [{ name: 'i1' }] },
      status: {
        phase: 'Pending',
        initContainerStatuses: [status('i1', { restartCount: 1, state: terminated(1, { reason: 'Error' }) })],
      },
    }),
    want: '0/1 Init:Error 1',
  },
  {
    name: 'init container failed without a reason',
    pod: pod({
      spec: { initContainers: [{ name: 'i1' }] },
      status: { phase: 'Pending', initContainerStatuses: [status('i1', { state: terminated(2) })] },
    }),
    want: '0/1 Init:ExitCode:2 0',
  },
  {
    name: 'init container backs off',
    pod: pod({
      spec: { initContainers: [{ name: 'i1' }] },
      status: {
        phase: 'Pending',
        initContainerStatuses: [status('i1', { restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } } })],
      },
    }),
    want: '0/1 Init:CrashLoopBackOff 4',
  },
  {
    name: 'initialized -> restarts of init containers are not counted',
    pod: pod({
      spec: { initContainers: [{ name: 'i1' }] },
      status: {
        phase: 'Running',
        initContainerStatuses: [status('i1', { restartCount: 4, state: terminated(0) })],
        containerStatuses: [status('a', { ready: true, state: running })],
      },
    }),
    want: '1/1 Running 0',
  },
  {
    name: 'sidecar -> counted among containers and restarts',
    pod: pod({
      spec: { initContainers: [{ name: 's', restartPolicy: 'Always' }] },
      status: {
        phase: 'Running',
        initContainerStatuses: [status('s', { ready: true, started: true, restartCount: 1, state: running })],
        containerStatuses: [status('a', { ready: true, state: running })],
      },
    }),
    want: '2/2 Running 1',
  },
  {
    name: 'reason of the pod -> shown',
    pod: pod({ status: { phase: 'Failed', reason: 'Evicted' } }),
    want: '0/1 Evicted 0',
  },
  {
    name: 'gated',
    pod: pod({
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
    }),
    want: '0/1 SchedulingGated 0',
  },
  {
    name: 'being deleted -> Terminating',
    pod: pod({
      meta: { deletionTimestamp: 'x' },
      status: { phase: 'Running', containerStatuses: [status('a', { ready: true, state: running })] },
    }),
    want: '1/1 Terminating 0',
  },
  {
    name: 'being deleted after its end -> its end',
    pod: pod({
      meta: { deletionTimestamp: 'x' },
      status: {
        phase: 'Succeeded',
        containerStatuses: [status('a', { state: terminated(0, { reason: 'Completed' }) })],
      },
    }),
    want: '0/1 Completed 0',
  },
  {
    name: 'being deleted on a lost node -> Unknown',
    pod: pod({ meta: { deletionTimestamp: 'x' }, status: { phase: 'Running', reason: 'NodeLost' } }),
    want: '0/1 Unknown 0',
  },
])('kubectl get pods: $name', ({ pod: object, want }) => {
  const cells = ['Ready', 'Status', 'Restarts'].map((name) =>
    podColumns.find((column) => column.name === name)?.cell(object, nowMs),
  );
  expect(cells.join(' ')).toBe(want);
});

test('columns and their order are upstream’s', () => {
  expect(podColumns.map(({ name, priority }) => `${name}:${priority}`)).toEqual([
    'Name:0',
    'Ready:0',
    'Status:0',
    'Restarts:0',
    'Age:0',
    'IP:1',
    'Node:1',
    'Nominated Node:1',
    'Readiness Gates:1',
  ]);
  const object = pod({
    spec: { nodeName: 'n', readinessGates: [{ conditionType: 'g' }, { conditionType: 'h' }] },
    status: { podIPs: [{ ip: '10.0.0.1' }], conditions: [{ type: 'g', status: 'True' }] },
  });
  expect(podColumns.filter(({ priority }) => priority === 1).map(({ cell }) => cell(object, nowMs))).toEqual([
    '10.0.0.1',
    'n',
    '<none>',
    '1/2',
  ]);
  expect(podColumns.filter(({ priority }) => priority === 1).map(({ cell }) => cell(pod({}), nowMs))).toEqual([
    '<none>',
    '<none>',
    '<none>',
    '<none>',
  ]);
});
