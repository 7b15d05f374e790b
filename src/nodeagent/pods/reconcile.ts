// What is the next step in the life of one pod on this node? Pure; models the kubelet's pod worker and SyncPod.

export interface RunView {
  id: string;
  attempt: number;
  state: 'running' | 'exited';
  exitCode: number;
  /** When SIGKILL follows; undefined if it was not asked to stop. */
  killAt: number | undefined;
}

export interface ContainerView {
  name: string;
  /** A sidecar is an init container that keeps running (restartPolicy Always); an ephemeral one comes later, to look. */
  kind: 'init' | 'sidecar' | 'main' | 'ephemeral';
  /** The newest run; undefined before the first. */
  run: RunView | undefined;
  /** attempt of the next run. */
  nextAttempt: number;
  /** Started, and its startup probe, if any, has succeeded. */
  started: boolean;
  /** Its liveness or startup probe has failed for good: it must be stopped, with this grace. */
  unhealthyGraceMs: number | undefined;
  /** No start before this time: back-off of a crash or of a refused start. 0 = now. */
  notBeforeMs: number;
  preStop: 'none' | 'pending' | 'running' | 'done';
  /** It runs with other limits than its spec has now: they change under it, or it is to start anew with them. */
  resize: 'none' | 'in-place' | 'restart';
}

export interface PodView {
  nowMs: number;
  /** False once the API has no pod of this UID on this node any more. */
  isInApi: boolean;
  /** deletionTimestamp is set: grace in milliseconds. */
  deletionGraceMs: number | undefined;
  /** The API shows phase Succeeded or Failed, or activeDeadlineSeconds has passed. */
  isTerminal: boolean;
  restartPolicy: 'Always' | 'OnFailure' | 'Never';
  graceMs: number;
  /** When the pod was first asked to stop; undefined until then. */
  stoppingSinceMs: number | undefined;
  /**
   * `stale`: mounted through an attachment that is not the current one, or fenced. The pod's containers must go
   * before anything is mounted again.
   */
  volumes: 'ready' | 'waiting' | 'stale';
  /** Its volumes are being let go of: who unmounts them says when that is done. */
  isReleasing: boolean;
  /** Nothing of the pod is mounted. */
  volumesReleased: boolean;
  foldersMade: boolean;
  /** The API has the status in which all containers have ended. */
  finalStatusReported: boolean;
  /** The API has been asked to delete the pod as it is now; finalizers may keep it. */
  isDeletionSent: boolean;
  containers: ContainerView[];
}

export interface Stop {
  id: string;
  name: string;
  graceMs: number;
}

export type Step =
  | { type: 'MakeFolders' }
  | { type: 'StartContainer'; name: string; attempt: number; isRestart: boolean }
  /** Runs the preStop hooks of the named containers in the background. */
  | { type: 'RunPreStop'; names: string[]; graceMs: number }
  | { type: 'Stop'; stops: Stop[] }
  | { type: 'Resize'; id: string; name: string }
  | { type: 'ReleaseVolumes' }
  /** Waits for the API to take it: every pass tries to report before it takes a step. */
  | { type: 'ReportFinalStatus' }
  /** Deletes the pod from the API with grace 0 and its UID as precondition. */
  | { type: 'DeleteFromApi' }
  /** Removes folders and containers, and ends the worker. */
  | { type: 'Forget' }
  | { type: 'Wait'; retryAfterMs?: number }
  | { type: 'Settled' };

// Kubelet: minimumGracePeriodInSeconds, what a container still gets after a preStop hook that took all the grace.
const minimumGraceMs = 2_000;

/** One step toward what the API wants of this pod. */
export function reconcilePod(view: PodView): Step {
  const running = view.containers.filter((container) => container.run?.state === 'running');
  const isLeaving = !view.isInApi || view.deletionGraceMs !== undefined;

  if (isLeaving || view.isTerminal || isFinished(view)) {
    if (running.length > 0) return stopAll(view, running);
    // A finished pod keeps its folders and logs until it is deleted, but lets go of its volumes.
    if (!view.volumesReleased) return { type: view.isReleasing ? 'Wait' : 'ReleaseVolumes' };
    if (!view.isInApi) return { type: 'Forget' };
    if (!view.finalStatusReported) return { type: 'ReportFinalStatus' };
    if (!isLeaving) return { type: 'Settled' };
    return { type: view.isDeletionSent ? 'Wait' : 'DeleteFromApi' };
  }

  // Writing through a stale attachment can only fail or be lost, so there is no grace.
  if (view.volumes === 'stale') {
    const stops = running.filter(({ run }) => run?.killAt === undefined || run.killAt > view.nowMs);
    if (stops.length > 0) return { type: 'Stop', stops: stops.map((container) => stopOf(container, 0)) };
    return { type: 'Wait' };
  }

  if (!view.foldersMade) return { type: 'MakeFolders' };
  const unhealthy = running.filter(
    ({ unhealthyGraceMs, run }) => unhealthyGraceMs !== undefined && run?.killAt === undefined,
  );
  if (unhealthy.length > 0) {
    return { type: 'Stop', stops: unhealthy.map((container) => stopOf(container, container.unhealthyGraceMs ?? 0)) };
  }
  const resized = running.find(({ resize, run }) => resize !== 'none' && run?.killAt === undefined);
  if (resized) return resizeOf(resized, view);
  if (view.volumes === 'waiting') return { type: 'Wait' };
  return nextStart(view);
}

/** Has every main container ended for good? Or an init container failed for good? */
export function isFinished({ containers, restartPolicy }: Pick<PodView, 'containers' | 'restartPolicy'>): boolean {
  const failedInit = containers.some(
    ({ kind, run }) => kind === 'init' && restartPolicy === 'Never' && run?.state === 'exited' && run.exitCode !== 0,
  );
  if (failedInit) return true;
  const main = containers.filter(({ kind }) => kind === 'main');
  return (
    main.length > 0 &&
    main.every((container) => container.run?.state === 'exited' && !mayRestart(container, restartPolicy))
  );
}

function mayRestart({ kind, run }: ContainerView, restartPolicy: PodView['restartPolicy']): boolean {
  if (kind === 'sidecar') return true;
  if (kind === 'ephemeral') return false;
  if (kind === 'init') return run?.exitCode !== 0 && restartPolicy !== 'Never';
  if (restartPolicy === 'Always') return true;
  return restartPolicy === 'OnFailure' && run?.exitCode !== 0;
}

function nextStart(view: PodView): Step {
  let retryAtMs = Number.POSITIVE_INFINITY;
  const consider = (container: ContainerView): Step | undefined => {
    if (container.run?.state === 'running') return undefined;
    if (container.run && !mayRestart(container, view.restartPolicy)) return undefined;
    if (container.notBeforeMs <= view.nowMs) return start(container);
    retryAtMs = Math.min(retryAtMs, container.notBeforeMs);
    return undefined;
  };
  // Who looks at a pod that does not get on must not wait for it.
  for (const container of view.containers.filter(({ kind }) => kind === 'ephemeral')) {
    const step = consider(container);
    if (step) return step;
  }
  // Once a main container has run, the init containers have done their work.
  const isInitialized = view.containers.some(({ kind, run }) => kind === 'main' && run !== undefined);
  for (const container of view.containers.filter(({ kind }) => kind === 'init' || kind === 'sidecar')) {
    if (container.kind === 'init' && (isInitialized || isCompleted(container))) continue;
    const step = consider(container);
    if (step) return step;
    const isBlocking =
      container.kind === 'init' || (!isInitialized && !(container.run?.state === 'running' && container.started));
    if (isBlocking) return waitUntil(retryAtMs, view.nowMs);
  }
  for (const container of view.containers.filter(({ kind }) => kind === 'main')) {
    const step = consider(container);
    if (step) return step;
  }
  return retryAtMs === Number.POSITIVE_INFINITY ? { type: 'Settled' } : waitUntil(retryAtMs, view.nowMs);
}

function resizeOf(container: ContainerView, { graceMs }: PodView): Step {
  if (container.resize === 'restart') return { type: 'Stop', stops: [stopOf(container, graceMs)] };
  return { type: 'Resize', id: container.run?.id ?? '', name: container.name };
}

function isCompleted({ run }: ContainerView): boolean {
  return run?.state === 'exited' && run.exitCode === 0;
}

function start({ name, nextAttempt, run }: ContainerView): Step {
  return { type: 'StartContainer', name, attempt: nextAttempt, isRestart: run !== undefined };
}

function stopAll(view: PodView, running: ContainerView[]): Step {
  // A pod that has vanished from the API may have a successor already: it gets no more time.
  const graceMs = view.isInApi ? (view.deletionGraceMs ?? view.graceMs) : 0;
  const deadlineMs = (view.stoppingSinceMs ?? view.nowMs) + graceMs;
  const mains = running.filter(({ kind }) => kind !== 'sidecar');
  // Sidecars outlive what they serve, except when there is no time.
  const targets = mains.length > 0 && graceMs > 0 ? mains : running;

  if (graceMs > 0) {
    const hooks = targets.filter(({ preStop, run }) => preStop === 'pending' && run?.killAt === undefined);
    if (hooks.length > 0)
      return {
        type: 'RunPreStop',
        names: hooks.map(({ name }) => name),
        graceMs: Math.max(0, deadlineMs - view.nowMs),
      };
  }
  const stops = targets.filter((container) => mustStopNow(container, { deadlineMs, graceMs, nowMs: view.nowMs }));
  if (stops.length > 0) {
    const left = graceMs === 0 ? 0 : Math.max(minimumGraceMs, deadlineMs - view.nowMs);
    return { type: 'Stop', stops: stops.map((container) => stopOf(container, left)) };
  }
  const isHookRunning = targets.some(({ preStop, run }) => preStop === 'running' && run?.killAt === undefined);
  return isHookRunning ? waitUntil(deadlineMs, view.nowMs) : { type: 'Wait' };
}

function mustStopNow(
  { run, preStop }: ContainerView,
  at: { deadlineMs: number; graceMs: number; nowMs: number },
): boolean {
  if (run?.killAt !== undefined) return run.killAt > Math.max(at.nowMs, at.deadlineMs) + minimumGraceMs;
  return preStop !== 'running' || at.graceMs === 0 || at.nowMs >= at.deadlineMs;
}

function stopOf({ run, name }: ContainerView, graceMs: number): Stop {
  return { id: run?.id ?? '', name, graceMs };
}

function waitUntil(timeMs: number, nowMs: number): Step {
  if (timeMs === Number.POSITIVE_INFINITY) return { type: 'Wait' };
  return { type: 'Wait', retryAfterMs: Math.max(1, timeMs - nowMs) };
}
