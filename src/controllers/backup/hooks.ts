// How are hooks run in a pod? One after another, each within its time, and the post hooks until the pod is thawed.

import { isStatus, StatusError } from '../../apimachinery/status-error.ts';
import { pods } from '../../apis/resources.ts';
import type { Problem } from '../../backup/documents.ts';
import type { PlannedHook, PodHooks } from '../../backup/hooks.ts';
import { backoffMs } from '../../base/backoff.ts';
import { type Clock, rfc3339Micro, TimeoutError } from '../../base/clock.ts';
import { type Client, UnreachableError } from '../../client/types.ts';

export interface HookEdge {
  client: Client;
  clock: Clock;
}

export interface HooksOutcome {
  start: string;
  /** When the last hook ended; undefined if none did. */
  end: string;
  attempted: number;
  failed: number;
  problems: Problem[];
}

export interface PreHooksOutcome extends HooksOutcome {
  /** A hook with on-error Fail failed. */
  isFatal: boolean;
  /** It failed because nobody could be asked to run it: another attempt may succeed. */
  canRetry: boolean;
}

export interface ThawOutcome extends HooksOutcome {
  /** No hook is known to have ended, and the pod may still stand still. */
  isStillFrozen: boolean;
}

/** Tries of a post hook in one pass. */
const thawTriesMax = 3;

/** Runs the pre hooks of a pod in order; stops at the first that fails and says Fail. Never rejects but for `signal`. */
export async function runPreHooks(pod: PodHooks, edge: HookEdge, signal: AbortSignal): Promise<PreHooksOutcome> {
  const outcome: PreHooksOutcome = { ...begun(edge.clock), isFatal: false, canRetry: false };
  for (const hook of pod.pre) {
    outcome.attempted += 1;
    const failure = await runHook(pod, { hook, edge }, signal);
    outcome.end = rfc3339Micro(edge.clock.now());
    if (failure === undefined) continue;
    outcome.failed += 1;
    outcome.problems.push({
      namespace: pod.namespace,
      message: `pre hook ${describe(pod, hook)} failed: ${failure.message}`,
    });
    if (hook.onError === 'Continue') continue;
    outcome.isFatal = true;
    outcome.canRetry = failure.isOutage;
    break;
  }
  return outcome;
}

/**
 * Runs the post hooks of a pod, each until it succeeds, a few times. A hook that ran and failed every time is a
 * problem to report; one that could not be run leaves the pod frozen, to be tried again. A pod that is gone, or
 * does not run any more, needs none.
 */
export async function runPostHooks(pod: PodHooks, edge: HookEdge, signal: AbortSignal): Promise<ThawOutcome> {
  const outcome: ThawOutcome = { ...begun(edge.clock), isStillFrozen: false };
  for (const hook of pod.post) {
    outcome.attempted += 1;
    const failure = await persist(pod, { hook, edge }, signal);
    outcome.end = rfc3339Micro(edge.clock.now());
    if (failure === undefined) continue;
    if (!(await isRunning(pod, edge.client, signal))) return outcome;
    outcome.failed += 1;
    outcome.problems.push({
      namespace: pod.namespace,
      message: `post hook ${describe(pod, hook)} failed: ${failure.message}`,
    });
    if (!failure.hasRun) outcome.isStillFrozen = true;
  }
  return outcome;
}

interface HookFailure {
  message: string;
  /** The command ran and ended by itself. */
  hasRun: boolean;
  /** The API server or the pod's agent could not be reached. */
  isOutage: boolean;
}

interface HookRun {
  hook: PlannedHook;
  edge: HookEdge;
}

async function persist(pod: PodHooks, run: HookRun, signal: AbortSignal): Promise<HookFailure | undefined> {
  for (let tries = 1; ; tries += 1) {
    const failure = await runHook(pod, run, signal);
    if (failure === undefined || tries === thawTriesMax) return failure;
    await run.edge.clock.sleep(backoffMs(tries, { initialMs: 100, maxMs: 1000 }), signal);
  }
}

/** Runs one hook once; undefined if it succeeded. Rejects only when `signal` aborts. */
async function runHook(pod: PodHooks, { hook, edge }: HookRun, signal: AbortSignal): Promise<HookFailure | undefined> {
  const target = { namespace: pod.namespace, podName: pod.podName, container: hook.container, command: hook.command };
  try {
    const { exitCode, stderr, stdout } = await edge.clock.withTimeout(
      { what: `hook of pod ${pod.namespace}/${pod.podName}`, timeoutMs: hook.timeoutMs, signal },
      (bounded) => edge.client.exec(target, bounded),
    );
    if (exitCode === 0) return undefined;
    const said = (stderr || stdout).trim().slice(0, 500);
    return { message: `exit code ${exitCode}${said ? `: ${said}` : ''}`, hasRun: true, isOutage: false };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TimeoutError)
      return { message: `it did not end within ${hook.timeoutMs} ms`, hasRun: false, isOutage: false };
    if (error instanceof UnreachableError) return { message: error.message, hasRun: false, isOutage: true };
    if (!(error instanceof StatusError)) throw error;
    return { message: error.message, hasRun: false, isOutage: isStatus(error, 'ServiceUnavailable', 'Timeout') };
  }
}

/** Is this very pod still running, so that something in it may stand still? */
async function isRunning(pod: PodHooks, client: Client, signal: AbortSignal): Promise<boolean> {
  try {
    const live = await client.get(pods, { namespace: pod.namespace, name: pod.podName }, signal);
    return live.metadata.uid === pod.podUid && live.status?.phase === 'Running';
  } catch (error) {
    if (isStatus(error, 'NotFound')) return false;
    signal.throwIfAborted();
    if (error instanceof StatusError || error instanceof UnreachableError) return true;
    throw error;
  }
}

function begun(clock: Clock): HooksOutcome {
  const now = rfc3339Micro(clock.now());
  return { start: now, end: now, attempted: 0, failed: 0, problems: [] };
}

function describe(pod: PodHooks, hook: PlannedHook): string {
  return `${JSON.stringify(hook.command)} in container "${hook.container}" of pod ${pod.namespace}/${pod.podName}`;
}
