// What does the node say about one pod? Pure: from what runs to PodStatus, with upstream's reasons and messages.

import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodCondition,
  PodStatus,
} from '../../apis/core/generated/v1.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { ContainerRecord } from '../runtime/types.ts';
import { oldStatus } from './old-status.ts';
import type { ResizeObstacle } from './resize.ts';

export interface StatusContainer {
  container: Container;
  kind: 'init' | 'sidecar' | 'main' | 'ephemeral';
  record: ContainerRecord | undefined;
  /** The run before, for lastState. */
  previous: ContainerRecord | undefined;
  /** Startup probe passed, or none. */
  started: boolean;
  /** Readiness probe passed, or none, and started. */
  ready: boolean;
  /** The next start was refused, or waits for something. */
  waiting: { reason: string; message: string } | undefined;
  /** attempt of the next run. */
  nextAttempt: number;
  /** The run has the limits of the spec. */
  isResized: boolean;
  /** The run has ended and another is due. */
  willRestart: boolean;
}

export interface StatusView {
  pod: Pod;
  nowMs: number;
  address: string;
  containers: StatusContainer[];
  volumesReady: boolean;
  /** Overrides the phase: activeDeadlineSeconds has passed. */
  failure: { reason: string; message: string } | undefined;
  /** Why what the spec asks for is not given. */
  resizeObstacle: ResizeObstacle | undefined;
  /** What the spec asks for is given, and some container does not have it yet. */
  isResizing: boolean;
}

/** The whole status; times that did not change are kept from `view.pod.status`. */
export function podStatus(view: StatusView): PodStatus {
  const { pod, containers, address } = view;
  const old = pod.status ?? {};
  const phase = phaseOf(view);
  const status: PodStatus = {
    phase,
    hostIP: address,
    hostIPs: [{ ip: address }],
    podIP: address,
    podIPs: [{ ip: address }],
    qosClass: old.qosClass ?? qosClass(pod),
    startTime: old.startTime ?? rfc3339(view.nowMs),
    containerStatuses: statuses(
      containers.filter(({ kind }) => kind === 'main'),
      view,
    ),
    conditions: conditions(view, phase),
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
  };
  const init = containers.filter(({ kind }) => kind === 'init' || kind === 'sidecar');
  const ephemeral = containers.filter(({ kind }) => kind === 'ephemeral');
  if (init.length > 0) status.initContainerStatuses = statuses(init, view);
  if (ephemeral.length > 0) status.ephemeralContainerStatuses = statuses(ephemeral, view);
  if (view.failure) Object.assign(status, view.failure);
  return status;
}

/** Kubelet: getPhase. */
export function phaseOf({ pod, containers, failure }: Pick<StatusView, 'pod' | 'containers' | 'failure'>): string {
  const current = pod.status?.phase;
  // A terminal phase never changes.
  if (current === 'Succeeded' || current === 'Failed') return current;
  if (failure) return 'Failed';
  const failedInit = containers.some(
    ({ kind, record, willRestart }) =>
      kind === 'init' && record?.state === 'exited' && record.exitCode !== 0 && !willRestart,
  );
  if (failedInit) return 'Failed';
  const unfinishedInit = containers.some(
    ({ kind, record, started }) =>
      (kind === 'init' && !(record?.state === 'exited' && record.exitCode === 0)) || (kind === 'sidecar' && !started),
  );
  const main = containers.filter(({ kind }) => kind === 'main');
  const hasRun = ({ container, record }: StatusContainer): boolean =>
    record !== undefined || oldStatus(pod, container.name)?.containerID !== undefined;
  if (unfinishedInit && !main.some(hasRun)) return 'Pending';
  if (!main.every(hasRun)) return 'Pending';
  if (main.some(({ record, willRestart }) => !record || record.state === 'running' || willRestart)) return 'Running';
  return main.every(({ record }) => record?.exitCode === 0) ? 'Succeeded' : 'Failed';
}

function statuses(containers: StatusContainer[], view: StatusView): ContainerStatus[] {
  return containers.map((one) => containerStatus(one, view));
}

function containerStatus(one: StatusContainer, view: StatusView): ContainerStatus {
  const { container, record, previous, kind } = one;
  const old = oldStatus(view.pod, container.name);
  const base = { name: container.name, image: container.image ?? '', imageID: container.image ?? '' };
  if (!record) {
    const restartCount = old?.containerID ? Math.max(old.restartCount, one.nextAttempt) : (old?.restartCount ?? 0);
    const lost = lostRun(old);
    return {
      ...base,
      imageID: '',
      restartCount,
      ready: false,
      started: false,
      state: { waiting: one.waiting ?? initialWaiting(one, view) },
      ...(lost && { lastState: lost }),
    };
  }
  const state = stateOf(one);
  const isRunning = record.state === 'running';
  const last = state.waiting
    ? { terminated: terminated(record) }
    : previous?.state === 'exited'
      ? { terminated: terminated(previous) }
      : keptLast(old, record);
  return {
    ...base,
    containerID: `amarre://${record.id}`,
    restartCount: record.attempt,
    ready:
      kind === 'init'
        ? record.state === 'exited' && record.exitCode === 0
        : isRunning && kind !== 'ephemeral' && one.ready,
    started: isRunning && one.started,
    state,
    lastState: last ?? {},
    ...(isRunning && resourcesOf(one, old)),
  };
}

/** What the run has: the spec's as soon as its limits are those, and what it had before until then. */
function resourcesOf({ container, isResized }: StatusContainer, old: ContainerStatus | undefined) {
  if (!isResized) return { ...(old?.resources && { resources: old.resources }) };
  const { resources = {} } = container;
  return { resources, ...(resources.requests && { allocatedResources: resources.requests }) };
}

// After a reboot of the node the runtime knows no container; what was running has surely ended.
function lostRun(old: ContainerStatus | undefined): ContainerState | undefined {
  if (!old?.containerID) return undefined;
  if (old.state?.terminated) return { terminated: old.state.terminated };
  if (!old.state?.running) return old.lastState;
  return {
    terminated: {
      containerID: old.containerID,
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
      message: 'The container could not be located when the pod was terminated',
      ...(old.state.running.startedAt && { startedAt: old.state.running.startedAt }),
    },
  };
}

function keptLast(old: ContainerStatus | undefined, record: ContainerRecord): ContainerState | undefined {
  if (old?.containerID === `amarre://${record.id}`) return old.lastState;
  return lostRun(old);
}

function stateOf({ record, waiting, willRestart }: StatusContainer): ContainerState {
  if (!record) return {};
  if (record.state === 'running') return { running: { startedAt: rfc3339(record.startedAt) } };
  if (waiting && willRestart) return { waiting };
  return { terminated: terminated(record) };
}

function terminated(record: ContainerRecord) {
  return {
    containerID: `amarre://${record.id}`,
    exitCode: record.exitCode ?? 0,
    reason: record.reason ?? 'Completed',
    ...(record.message !== undefined && { message: record.message }),
    startedAt: rfc3339(record.startedAt),
    finishedAt: rfc3339(record.finishedAt ?? record.startedAt),
  };
}

function initialWaiting({ kind }: StatusContainer, { containers }: StatusView): { reason: string } {
  const hasInit = kind === 'main' && containers.some((one) => one.kind === 'init' || one.kind === 'sidecar');
  return { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' };
}

function conditions(view: StatusView, phase: string): PodCondition[] {
  const { pod, containers } = view;
  const old = pod.status?.conditions ?? [];
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  const incomplete = containers
    .filter(({ kind, record, started }) =>
      kind === 'init' ? !(record?.state === 'exited' && record.exitCode === 0) : kind === 'sidecar' && !started,
    )
    .map(({ container }) => container.name);
  const hasRunMain = containers.some(({ kind, record }) => kind === 'main' && record);
  const isInitialized = hasRunMain || incomplete.length === 0 || phase === 'Succeeded';
  const unready = containers
    .filter(({ kind, record, ready }) => kind === 'main' && !(record?.state === 'running' && ready))
    .map(({ container }) => container.name);
  const isReady = isInitialized && unready.length === 0 && containers.some(({ kind }) => kind === 'main');
  const notReady = isOver
    ? { reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }
    : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };

  const wanted: Omit<PodCondition, 'lastTransitionTime'>[] = [
    { type: 'PodReadyToStartContainers', status: bool(view.volumesReady && !isOver) },
    isInitialized
      ? { type: 'Initialized', status: 'True', ...(phase === 'Succeeded' && { reason: 'PodCompleted' }) }
      : {
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: `containers with incomplete status: [${incomplete.join(' ')}]`,
        },
    isReady ? { type: 'Ready', status: 'True' } : { type: 'Ready', status: 'False', ...notReady },
    isReady ? { type: 'ContainersReady', status: 'True' } : { type: 'ContainersReady', status: 'False', ...notReady },
    { type: 'PodScheduled', status: 'True' },
    ...resizeConditions(view),
  ];
  const mine = wanted.map((condition): PodCondition => {
    const before = old.find(({ type }) => type === condition.type);
    const since = before && before.status === condition.status ? before.lastTransitionTime : rfc3339(view.nowMs);
    return { ...condition, ...(since && { lastTransitionTime: since }) };
  });
  // Conditions of others (DisruptionTarget, readiness gates) stay.
  return [
    ...mine,
    ...old.filter(({ type }) => !type.startsWith('PodResize') && !mine.some((one) => one.type === type)),
  ];
}

/** Absent when nothing is asked for that the containers don't have. */
function resizeConditions({ pod, resizeObstacle, isResizing }: StatusView): Omit<PodCondition, 'lastTransitionTime'>[] {
  const { generation } = pod.metadata;
  const common = { status: 'True', ...(generation !== undefined && { observedGeneration: generation }) };
  return [
    ...(resizeObstacle ? [{ type: 'PodResizePending', ...common, ...resizeObstacle }] : []),
    ...(isResizing ? [{ type: 'PodResizeInProgress', ...common }] : []),
  ];
}

function bool(value: boolean): string {
  return value ? 'True' : 'False';
}

/** Kubernetes: GetPodQOS over cpu and memory. */
export function qosClass(pod: Pod): string {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const hasAny = containers.some(({ resources }) =>
    [resources?.requests, resources?.limits].some(
      (list) => list?.['cpu'] !== undefined || list?.['memory'] !== undefined,
    ),
  );
  if (!hasAny) return 'BestEffort';
  const isGuaranteed = containers.every(({ resources }) =>
    ['cpu', 'memory'].every((name) => {
      const limit = resources?.limits?.[name];
      return limit !== undefined && (resources?.requests?.[name] ?? limit) === limit;
    }),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}
