// What does a mover do now? Read from its pod.

import type { Pod } from '../apis/core/generated/v1.ts';
import { resultKey } from './mover-pod.ts';
import { type MoverResult, parseMoverResult } from './mover-result.ts';
import { type ObjectStore, ObjectStoreError, readAll } from './object-store.ts';

export type MoverState =
  | { type: 'Pending'; why: string }
  | { type: 'Running'; nodeName: string }
  | { type: 'Ended'; result: MoverResult };

/** The state of a mover's pod; undefined if there is none. `said` stands in for a missing termination message. */
export function moverStateOf(pod: Pod | undefined, said = ''): MoverState | undefined {
  if (!pod) return undefined;
  const terminated = terminationOf(pod);
  if (terminated) return { type: 'Ended', result: parseMoverResult(terminated.exitCode, terminated.message || said) };
  const phase = pod.status?.phase;
  if (phase === 'Failed' || phase === 'Succeeded') {
    return {
      type: 'Ended',
      result: { succeeded: false, message: pod.status?.message ?? "The mover's pod failed", canRetry: true },
    };
  }
  // A pod that is being deleted ends without a result; the next one starts when it is gone.
  if (pod.metadata.deletionTimestamp) return { type: 'Pending', why: 'the former mover is being deleted' };
  if (phase === 'Running') return { type: 'Running', nodeName: pod.spec?.nodeName ?? '' };
  return { type: 'Pending', why: pendingReason(pod) };
}

/** As moverStateOf; reads the mover's result file where the node's runtime keeps no termination messages. */
export async function readMoverState(
  pod: Pod | undefined,
  store: ObjectStore | undefined,
  signal: AbortSignal,
): Promise<MoverState | undefined> {
  const terminated = pod && terminationOf(pod);
  if (!terminated || terminated.message || !store) return moverStateOf(pod);
  try {
    const said = await readAll(await store.get(resultKey(pod.metadata.name), signal));
    return moverStateOf(pod, Buffer.from(said).toString('utf8'));
  } catch (error) {
    // Then the exit code says what there is to say.
    if (error instanceof ObjectStoreError) return moverStateOf(pod);
    throw error;
  }
}

/** Removes the result files of movers. A store that refuses keeps a few bytes too many; that is no failure. */
export async function removeResults(
  store: ObjectStore | undefined,
  podNames: string[],
  signal: AbortSignal,
): Promise<void> {
  for (const name of podNames) {
    try {
      await store?.remove(resultKey(name), signal);
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
    }
  }
}

function terminationOf(pod: Pod): { exitCode: number; message?: string } | undefined {
  return pod.status?.containerStatuses?.[0]?.state?.terminated;
}

function pendingReason(pod: Pod): string {
  const unscheduled = pod.status?.conditions?.find((each) => each.type === 'PodScheduled' && each.status === 'False');
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  return unscheduled?.message ?? waiting?.message ?? waiting?.reason ?? '';
}
