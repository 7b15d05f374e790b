// What does a mover do now? Read from its pod.

import type { Pod } from '../apis/core/generated/v1.ts';
import { type MoverResult, parseMoverResult } from './mover-result.ts';

export type MoverState =
  | { type: 'Pending'; why: string }
  | { type: 'Running'; nodeName: string }
  | { type: 'Ended'; result: MoverResult };

/** The state of a mover's pod; undefined if there is none, or none that will still work. */
export function moverStateOf(pod: Pod | undefined): MoverState | undefined {
  if (!pod) return undefined;
  const terminated = pod.status?.containerStatuses?.[0]?.state?.terminated;
  if (terminated) return { type: 'Ended', result: parseMoverResult(terminated.exitCode, terminated.message ?? '') };
  const phase = pod.status?.phase;
  if (phase === 'Failed' || phase === 'Succeeded') {
    return { type: 'Ended', result: { succeeded: false, message: pod.status?.message ?? 'The mover\'s pod failed', canRetry: true } };
  }
  // A pod that is being deleted ends without a result; the next one starts when it is gone.
  if (pod.metadata.deletionTimestamp) return { type: 'Pending', why: 'the former mover is being deleted' };
  if (phase === 'Running') return { type: 'Running', nodeName: pod.spec?.nodeName ?? '' };
  return { type: 'Pending', why: pendingReason(pod) };
}

function pendingReason(pod: Pod): string {
  const unscheduled = pod.status?.conditions?.find((each) => each.type === 'PodScheduled' && each.status === 'False');
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  return unscheduled?.message ?? waiting?.message ?? waiting?.reason ?? '';
}
