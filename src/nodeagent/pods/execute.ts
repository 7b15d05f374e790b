// How is one step of a pod carried out? Effects and no policy.

import type { Container, Pod } from '../../apis/core/generated/v1.ts';
import type { EventTarget, Recorder } from '../../client/types.ts';
import { runHandler } from '../probes/run-handler.ts';
import { type ContainerRecord, StartError } from '../runtime/types.ts';
import { afterRestart, refusedStartRetryMs } from './backoff.ts';
import { containerLimits } from './container-spec.ts';
import type { Step, Stop } from './reconcile.ts';
import { startContainer } from './start-container.ts';
import type { StepTarget } from './step-target.ts';
import { podContainers, runOf, runsOf } from './view.ts';

export interface StepContext {
  worker: StepTarget;
  pod: Pod;
}

// Runs kept for `kubectl logs --previous` and lastState.
const deadRunsKept = 1;

/** Rejects when the step could not be carried out; the worker looks again later. */
export async function execute(step: Step, context: StepContext, signal: AbortSignal): Promise<void> {
  const { worker, pod } = context;
  switch (step.type) {
    case 'Settled':
    case 'Wait':
    case 'ReportFinalStatus':
      return;
    case 'MakeFolders':
      return worker.local.setUp(pod, signal);
    case 'StartContainer':
      return start(step, context, signal);
    case 'RunPreStop':
      for (const name of step.names) void runPreStop({ name, graceMs: step.graceMs }, context, signal);
      return;
    case 'Stop':
      return stop(step.stops, context, signal);
    case 'Resize':
      return resize(step, context, signal);
    case 'ReleaseVolumes':
      return worker.release(signal);
    case 'DeleteFromApi':
      return worker.deleteFromApi(pod, signal);
    case 'Forget':
      return worker.removeTraces(signal);
    default:
      return step satisfies never;
  }
}

async function start(
  step: Extract<Step, { type: 'StartContainer' }>,
  { worker, pod }: StepContext,
  signal: AbortSignal,
): Promise<void> {
  const { deps, memory } = worker;
  const found = podContainers(pod).find(({ container }) => container.name === step.name);
  if (!found) return;
  const { container } = found;
  const known = memory.get(step.name) ?? {};
  const runs = runsOf(worker.records(), step.name);
  const [last] = runs;
  try {
    const state = deps.volumes.stateOf(worker.podUID, pod);
    const volumes = new Map([...worker.local.paths, ...state.mounted]);
    const record = await startContainer(
      { pod, container, attempt: step.attempt, volumes, held: state.held },
      deps,
      signal,
    );
    deps.cache.put(record);
    const backoff = step.isRestart && last ? afterRestart(known.backoff, runOf(last)) : known.backoff;
    memory.set(step.name, { ...(backoff && { backoff }) });
    // Upstream tells both, as the CRI creates and starts in two calls.
    emit(worker, pod, { type: 'Normal', reason: 'Created', message: `Created container: ${step.name}` });
    emit(worker, pod, { type: 'Normal', reason: 'Started', message: `Started container ${step.name}` });
    if (container.lifecycle?.postStart) void runPostStart({ container, record }, { worker, pod }, signal);
    for (const old of runs.slice(deadRunsKept)) await deps.runtime.remove(old.id, signal);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    const { reason, message } = error;
    worker.deps.log.warn('container refused', { container: step.name, error });
    const count = (known.refusal?.count ?? 0) + 1;
    const retryAtMs = deps.clock.now() + refusedStartRetryMs(reason, count);
    memory.set(step.name, { ...known, refusal: { reason, message, count, retryAtMs } });
    emit(worker, pod, { type: 'Warning', reason: 'Failed', message: `Error: ${error.message}` });
  }
}

async function resize(
  { id, name }: { id: string; name: string },
  { worker, pod }: StepContext,
  signal: AbortSignal,
): Promise<void> {
  const found = podContainers(pod).find(({ container }) => container.name === name);
  if (!found) return;
  worker.deps.cache.put(await worker.deps.runtime.setLimits(id, containerLimits(found.container), signal));
}

async function stop(stops: Stop[], { worker, pod }: StepContext, signal: AbortSignal): Promise<void> {
  for (const { id, name, graceMs } of stops) {
    const isFirst = worker.deps.cache.get(id)?.killAt === undefined;
    const failed = worker.deps.prober.health(id).failed;
    worker.deps.prober.forget(id);
    await worker.deps.runtime.stop(id, graceMs, signal);
    const message = failed
      ? `Container ${name} failed ${failed} probe, will be restarted`
      : `Stopping container ${name}`;
    if (isFirst) emit(worker, pod, { type: 'Normal', reason: 'Killing', message });
  }
}

async function runPreStop(
  { name, graceMs }: { name: string; graceMs: number },
  { worker, pod }: StepContext,
  signal: AbortSignal,
): Promise<void> {
  const { memory } = worker;
  const container = podContainers(pod).find((one) => one.container.name === name)?.container;
  const [record] = runsOf(worker.records(), name);
  const hook = container?.lifecycle?.preStop;
  if (!container || !record || !hook) return;
  memory.set(name, { ...memory.get(name), preStop: 'running' });
  try {
    const outcome = await runHandler(hook, target(worker, container, record), {
      timeoutMs: Math.max(1, graceMs),
      signal,
    });
    if (!outcome.ok)
      emit(worker, pod, {
        type: 'Warning',
        reason: 'FailedPreStopHook',
        message: `PreStopHook failed: ${outcome.message}`,
      });
  } catch (error) {
    if (!signal.aborted) worker.deps.log.warn('preStop hook failed', { container: name, error });
  }
  memory.set(name, { ...memory.get(name), preStop: 'done' });
  worker.wake();
}

interface StartedContainer {
  container: Container;
  record: ContainerRecord;
}

async function runPostStart(
  { container, record }: StartedContainer,
  { worker, pod }: StepContext,
  signal: AbortSignal,
): Promise<void> {
  const hook = container.lifecycle?.postStart;
  if (!hook) return;
  try {
    // The kubelet sets no limit; two minutes is its limit for any call to the runtime.
    const outcome = await runHandler(hook, target(worker, container, record), { timeoutMs: 120_000, signal });
    if (outcome.ok) return;
    emit(worker, pod, {
      type: 'Warning',
      reason: 'FailedPostStartHook',
      message: `PostStartHook failed: ${outcome.message}`,
    });
    await worker.deps.runtime.stop(record.id, (pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000, signal);
  } catch (error) {
    if (!signal.aborted) worker.deps.log.warn('postStart hook failed', { container: container.name, error });
  }
}

function target({ deps }: StepTarget, container: Container, record: ContainerRecord) {
  return { runtime: deps.runtime, containerId: record.id, container, address: deps.address, clock: deps.clock };
}

function emit(worker: StepTarget, pod: Pod, event: Parameters<Recorder['event']>[1]): void {
  const about: EventTarget = { apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata };
  worker.deps.recorder.event(about, event);
}
