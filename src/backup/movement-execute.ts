// How is a step of a movement carried out? What both ways have in common; each brings what only it does.

import type { Draft, KubeObject, Resource } from '../apimachinery/meta.ts';
import { isStatus } from '../apimachinery/status-error.ts';
import { pods } from '../apis/resources.ts';
import { type Clock, rfc3339 } from '../base/clock.ts';
import type { Outcome } from '../client/controller.ts';
import type { Client, Recorder } from '../client/types.ts';
import { type Changes, patchSeen, withoutFinalizer } from '../client/write-seen.ts';
import { type MovementStep, moverAttemptsMax } from './movement.ts';
import { attemptsAnnotation, type DataMove, moverPodName } from './movement-object.ts';
import type { MoverSuccess } from './mover-result.ts';
import { removeResults } from './mover-state.ts';
import type { ObjectStore } from './object-store.ts';

export interface MovementEdge {
  client: Client;
  clock: Clock;
  recorder: Recorder;
}

/** What only uploads do, or only downloads. All of it may be repeated. */
export interface Way<T extends DataMove> {
  resource: Resource<T>;
  /** `upload` */
  noun: string;
  finalizer: string;
  /** Makes the mover and what it needs. A failure is final. */
  expose(attempt: number, signal: AbortSignal): Promise<Outcome | { failure: string }>;
  /** What the result adds to a status that says Completed. */
  finish(result: MoverSuccess, signal: AbortSignal): Promise<Partial<NonNullable<T['status']>>>;
  /** Removes what `expose` made, movers excepted. False: something must go first, and wakes the movement when it does. */
  cleanUp(signal: AbortSignal): Promise<boolean>;
}

export interface MovementRun<T extends DataMove> {
  move: T;
  edge: MovementEdge;
  way: Way<T>;
  /** Namespace of the movers. */
  moverNamespace: string;
  /** The location's store; undefined if it has none. */
  store: ObjectStore | undefined;
}

const now: Outcome = { requeue: 'now' };
const never: Outcome = { requeue: 'never' };

/** Carries out one step. Rejects as Client does. */
export async function executeMovementStep<T extends DataMove>(
  step: MovementStep,
  run: MovementRun<T>,
  signal: AbortSignal,
): Promise<Outcome> {
  const { move, edge, way } = run;
  const time = rfc3339(edge.clock.now());
  switch (step.type) {
    case 'Settled':
      return never;
    case 'Wait':
      return { requeue: 'after', delayMs: step.retryAfterMs };
    case 'Accept':
      return setStatus(run, { phase: 'Accepted', acceptedTimestamp: time }, signal);
    case 'Expose': {
      const exposed = await way.expose(step.attempt, signal);
      return 'failure' in exposed ? fail(run, exposed.failure, signal) : exposed;
    }
    case 'MarkRunning': {
      const startTimestamp = move.status?.startTimestamp ?? time;
      return setStatus(run, { phase: 'InProgress', node: step.nodeName, startTimestamp }, signal);
    }
    case 'Retry':
      edge.recorder.event(move, { type: 'Warning', reason: 'MoverFailed', message: step.why });
      return patch(run, { metadata: { annotations: { [attemptsAnnotation]: String(step.attempt) } } }, signal);
    case 'Finish': {
      const { bytes } = step.result;
      const progress = { totalBytes: bytes, bytesDone: bytes };
      const more = await way.finish(step.result, signal);
      return setStatus(run, { phase: 'Completed', completionTimestamp: time, progress, ...more }, signal);
    }
    case 'Fail':
      return fail(run, step.message, signal);
    case 'Cancel': {
      const message = `The ${way.noun} was cancelled`;
      return setStatus(run, { phase: 'Canceled', message, completionTimestamp: time }, signal);
    }
    case 'CleanUp':
      return cleanUp(run, signal);
    default:
      return step satisfies never;
  }
}

async function fail<T extends DataMove>(run: MovementRun<T>, message: string, signal: AbortSignal): Promise<Outcome> {
  const { move, edge, way } = run;
  edge.recorder.event(move, { type: 'Warning', reason: `${way.resource.kind}Failed`, message });
  return setStatus(run, { phase: 'Failed', message, completionTimestamp: rfc3339(edge.clock.now()) }, signal);
}

async function patch<T extends DataMove>(
  { move, edge, way }: MovementRun<T>,
  changes: Changes,
  signal: AbortSignal,
): Promise<Outcome> {
  await patchSeen(edge.client, { resource: way.resource, seen: move, changes }, signal);
  return now;
}

function setStatus<T extends DataMove>(
  run: MovementRun<T>,
  status: DataMove['status'],
  signal: AbortSignal,
): Promise<Outcome> {
  return patch(run, { status: { ...status } }, signal);
}

async function cleanUp<T extends DataMove>(run: MovementRun<T>, signal: AbortSignal): Promise<Outcome> {
  const { move, edge, way, moverNamespace, store } = run;
  const podNames = Array.from({ length: moverAttemptsMax }, (_, attempt) => moverPodName(move, attempt));
  for (const name of podNames)
    await removeIfThere(edge.client, { resource: pods, at: { namespace: moverNamespace, name } }, signal);
  await removeResults(store, podNames, signal);
  if (!(await way.cleanUp(signal))) return never;
  return patch(run, { metadata: { finalizers: withoutFinalizer(move, way.finalizer) } }, signal);
}

/** Creates an object whose name says that it is the right one, if it is there already. */
export async function createIfMissing<T extends KubeObject>(
  client: Client,
  { resource, draft }: { resource: Resource<T>; draft: Draft<T> },
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.create(resource, draft, signal);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}

/** Deletes an object that nobody else can have made. */
export async function removeIfThere<T extends KubeObject>(
  client: Client,
  { resource, at }: { resource: Resource<T>; at: { namespace?: string | undefined; name: string } },
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.delete(resource, { at }, signal);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
