// What does a worker know of its pod? Gathers records, probes and volumes into the views of reconcile and status. Pure.

import type { Container, Pod } from '../../apis/core/generated/v1.ts';
import { epochMsOf } from '../../base/clock.ts';
import type { Health } from '../probes/state.ts';
import type { ContainerRecord } from '../runtime/types.ts';
import { type RestartBackoff, restartAllowedAt } from './backoff.ts';
import { containerLimits } from './container-spec.ts';
import { oldStatus } from './old-status.ts';
import { type ContainerView, isFinished, type PodView } from './reconcile.ts';
import type { ResizeObstacle } from './resize.ts';
import type { StatusContainer, StatusView } from './status.ts';

/** A start that the runtime or the configuration refused. */
export interface Refusal {
  reason: string;
  message: string;
  /** Refusals in a row. */
  count: number;
  retryAtMs: number;
}

/** What a worker remembers of one container; lost with the agent, as the kubelet loses it. */
export interface ContainerMemory {
  backoff?: RestartBackoff;
  refusal?: Refusal;
  preStop?: 'running' | 'done';
}

export interface Gathered {
  pod: Pod;
  nowMs: number;
  isInApi: boolean;
  records: ContainerRecord[];
  memory: ReadonlyMap<string, ContainerMemory>;
  health: (containerId: string) => Health;
  stoppingSinceMs: number | undefined;
  volumes: PodView['volumes'];
  isReleasing: boolean;
  volumesReleased: boolean;
  foldersMade: boolean;
  address: string;
  /** `pod` then asks for what it has, not for what its spec in the API says. */
  resizeObstacle: ResizeObstacle | undefined;
}

export interface PodContainer {
  container: Container;
  kind: ContainerView['kind'];
}

/** The pod's containers in the order of their start. */
export function podContainers(pod: Pod): PodContainer[] {
  const init = (pod.spec?.initContainers ?? []).map(
    (container): PodContainer => ({ container, kind: container.restartPolicy === 'Always' ? 'sidecar' : 'init' }),
  );
  const main = (pod.spec?.containers ?? []).map((container): PodContainer => ({ container, kind: 'main' }));
  const ephemeral = (pod.spec?.ephemeralContainers ?? []).map(
    (container): PodContainer => ({ container, kind: 'ephemeral' }),
  );
  return [...init, ...main, ...ephemeral];
}

/** Runs of one container, newest first. */
export function runsOf(records: readonly ContainerRecord[], name: string): ContainerRecord[] {
  return records.filter((record) => record.name === name).sort((a, b) => b.attempt - a.attempt);
}

/** All but what the worker knows once it has reported. */
export function podView(gathered: Gathered): Omit<PodView, 'finalStatusReported' | 'isDeletionSent'> {
  const { pod, nowMs } = gathered;
  const deletion =
    pod.metadata.deletionTimestamp === undefined ? undefined : (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  return {
    nowMs,
    isInApi: gathered.isInApi,
    deletionGraceMs: deletion,
    isTerminal:
      pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' || deadlineExceeded(pod, nowMs) !== undefined,
    restartPolicy: restartPolicyOf(pod),
    graceMs: (pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000,
    stoppingSinceMs: gathered.stoppingSinceMs,
    volumes: gathered.volumes,
    isReleasing: gathered.isReleasing,
    volumesReleased: gathered.volumesReleased,
    foldersMade: gathered.foldersMade,
    containers: podContainers(pod).map((one) => containerView(one, gathered)),
  };
}

/** Reason and message of status once activeDeadlineSeconds has passed. */
export function deadlineExceeded(pod: Pod, nowMs: number): { reason: string; message: string } | undefined {
  const seconds = pod.spec?.activeDeadlineSeconds;
  const start = pod.status?.startTime;
  if (seconds === undefined || !start || nowMs < epochMsOf(start) + seconds * 1000) return undefined;
  return { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };
}

function restartPolicyOf(pod: Pod): PodView['restartPolicy'] {
  const policy = pod.spec?.restartPolicy;
  return policy === 'Never' || policy === 'OnFailure' ? policy : 'Always';
}

function containerView({ container, kind }: PodContainer, gathered: Gathered): ContainerView {
  const [record] = runsOf(gathered.records, container.name);
  const memory = gathered.memory.get(container.name) ?? {};
  const health = record && gathered.health(record.id);
  const probe = health?.failed === 'startup' ? container.startupProbe : container.livenessProbe;
  const graceSeconds = probe?.terminationGracePeriodSeconds ?? gathered.pod.spec?.terminationGracePeriodSeconds ?? 30;
  const afterCrash = record?.state === 'exited' ? restartAllowedAt(memory.backoff, runOf(record)) : 0;
  return {
    name: container.name,
    kind,
    run: record && {
      id: record.id,
      attempt: record.attempt,
      state: record.state,
      exitCode: record.exitCode ?? 0,
      killAt: record.killAt,
    },
    nextAttempt: nextAttempt(gathered.pod, container.name, record),
    started: health?.started ?? false,
    unhealthyGraceMs: health?.failed ? graceSeconds * 1000 : undefined,
    notBeforeMs: Math.max(afterCrash, memory.refusal?.retryAtMs ?? 0),
    preStop: container.lifecycle?.preStop ? (memory.preStop ?? 'pending') : 'none',
    resize: resizeNeeded(container, record),
  };
}

/** Does a container run with other limits than its pod asks for? */
export function isResizeDue(pod: Pod, records: readonly ContainerRecord[]): boolean {
  return podContainers(pod).some(
    ({ container }) => resizeNeeded(container, runsOf(records, container.name)[0]) !== 'none',
  );
}

const resizables = { cpu: ['cpuMillis', 'cpuRequestMillis'], memory: ['memoryBytes'] } as const;

/** Does the run have what the spec says now? */
function resizeNeeded(container: Container, record: ContainerRecord | undefined): ContainerView['resize'] {
  if (record?.state !== 'running') return 'none';
  const wanted = containerLimits(container);
  const changed = (['cpu', 'memory'] as const).filter((name) =>
    resizables[name].some((limit) => wanted[limit] !== record.limits[limit]),
  );
  if (changed.length === 0) return 'none';
  const restarts = (container.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' && changed.some((name) => name === resourceName),
  );
  return restarts ? 'restart' : 'in-place';
}

export function runOf(record: ContainerRecord): { startedAt: number; finishedAt: number } {
  return { startedAt: record.startedAt, finishedAt: record.finishedAt ?? record.startedAt };
}

// A runtime that has lost the runs (the node was rebooted) must not count from zero again.
function nextAttempt(pod: Pod, name: string, record: ContainerRecord | undefined): number {
  if (record) return record.attempt + 1;
  const old = oldStatus(pod, name);
  return old?.containerID ? old.restartCount + 1 : 0;
}

export function statusView(gathered: Gathered): StatusView {
  const view = podView(gathered);
  const isOver = isFinished(view) || view.isTerminal || view.deletionGraceMs !== undefined;
  const containers = podContainers(gathered.pod).map(({ container, kind }): StatusContainer => {
    const [record, previous] = runsOf(gathered.records, container.name);
    const health = record && gathered.health(record.id);
    const memory = gathered.memory.get(container.name) ?? {};
    const one = view.containers.find(({ name }) => name === container.name);
    const willRestart = !isOver && record?.state === 'exited' && restarts(kind, record, view.restartPolicy);
    return {
      container,
      kind,
      record,
      previous,
      started: health?.started ?? false,
      ready: health?.ready ?? false,
      waiting: waitingReason({ container, memory, record, willRestart }, gathered),
      nextAttempt: one?.nextAttempt ?? 0,
      isResized: one?.resize === 'none',
      willRestart,
    };
  });
  return {
    pod: gathered.pod,
    nowMs: gathered.nowMs,
    address: gathered.address,
    containers,
    // A restarted agent has to look at the volumes again; what runs on them is the proof that they are there.
    volumesReady:
      (gathered.foldersMade && gathered.volumes === 'ready') ||
      gathered.records.some(({ state }) => state === 'running'),
    failure: deadlineExceeded(gathered.pod, gathered.nowMs),
    resizeObstacle: gathered.resizeObstacle,
    isResizing: !isOver && view.containers.some(({ resize }) => resize !== 'none'),
  };
}

function restarts(kind: ContainerView['kind'], record: ContainerRecord, policy: PodView['restartPolicy']): boolean {
  if (kind === 'sidecar') return true;
  if (kind === 'ephemeral') return false;
  if (kind === 'init') return record.exitCode !== 0 && policy !== 'Never';
  return policy === 'Always' || (policy === 'OnFailure' && record.exitCode !== 0);
}

interface WaitingContainer {
  container: Container;
  memory: ContainerMemory;
  record: ContainerRecord | undefined;
  willRestart: boolean;
}

function waitingReason(
  { container, memory, record, willRestart }: WaitingContainer,
  { pod, nowMs }: Gathered,
): { reason: string; message: string } | undefined {
  if (memory.refusal) return { reason: memory.refusal.reason, message: memory.refusal.message };
  if (!record || !willRestart) return undefined;
  const allowedAt = restartAllowedAt(memory.backoff, runOf(record));
  if (allowedAt <= nowMs) return undefined;
  const seconds = Math.round((memory.backoff?.delayMs ?? 0) / 1000);
  const { name, namespace, uid } = pod.metadata;
  return {
    reason: 'CrashLoopBackOff',
    message: `back-off ${formatSeconds(seconds)} restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`,
  };
}

// As Go prints a Duration.
function formatSeconds(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
