// What must be said next about a node? Models kubernetes/pkg/controller/nodelifecycle.

import { isPodReady, nodeCondition } from '../../apis/core/conditions.ts';
import type { Node, Pod, Taint } from '../../apis/core/generated/v1.ts';
import { nodeTaints } from '../../apis/core/taints.ts';
import type { NodeView } from './view.ts';

/** On a Node with `Ready=Unknown`: when it was suspected, RFC 3339 with microseconds. */
export const suspectedAtAnnotation = 'amarre.io/suspected-at';

export type Step =
  | { type: 'Settled' }
  /** Sets these conditions to Unknown. */
  | { type: 'MarkUnknown'; conditions: string[] }
  /** Makes the controller's own taints exactly `taints`, and the suspicion annotation present or absent. */
  | { type: 'SetTaints'; taints: Pick<Taint, 'key' | 'effect'>[]; isSuspect: boolean }
  | { type: 'MarkPodNotReady'; pod: Pod };

// Upstream lists the same: a silent agent knows nothing of these either.
const agentConditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/**
 * Decides the next step for one node: conditions first, then what follows from them. Only the agent says `Ready=True`;
 * everything else here is undone when it does.
 */
export function reconcileNode({ node, assessment, pods }: NodeView): Step {
  const known = agentConditions.filter((type) => nodeCondition(node, type)?.status !== 'Unknown');
  if (assessment?.health === 'Suspected' && known.length > 0) return { type: 'MarkUnknown', conditions: known };

  const isSuspect = nodeCondition(node, 'Ready')?.status === 'Unknown';
  const taints = wantedTaints({ node, assessment });
  if (!hasExactly(node, taints) || isSuspect !== isMarkedSuspect(node)) return { type: 'SetTaints', taints, isSuspect };

  const ready = isSuspect ? pods.find(isPodReady) : undefined;
  if (ready) return { type: 'MarkPodNotReady', pod: ready };
  return { type: 'Settled' };
}

function isMarkedSuspect(node: Node): boolean {
  return node.metadata.annotations?.[suspectedAtAnnotation] !== undefined;
}

/** Is `taint` one that this controller sets and removes? */
export function isOwnTaint({ key, effect }: Taint): boolean {
  if (effect === 'NoExecute') return key === nodeTaints.notReady || key === nodeTaints.unreachable;
  return effect === 'NoSchedule' && Object.values<string>(nodeTaints).includes(key);
}

function wantedTaints({ node, assessment }: Pick<NodeView, 'node' | 'assessment'>): Pick<Taint, 'key' | 'effect'>[] {
  const is = (type: string, status: string): boolean => nodeCondition(node, type)?.status === status;
  const noSchedule = [
    is('Ready', 'False') && nodeTaints.notReady,
    is('Ready', 'Unknown') && nodeTaints.unreachable,
    node.spec?.unschedulable && nodeTaints.unschedulable,
    is('MemoryPressure', 'True') && nodeTaints.memoryPressure,
    is('DiskPressure', 'True') && nodeTaints.diskPressure,
    is('PIDPressure', 'True') && nodeTaints.pidPressure,
  ];
  const noExecute = [
    is('Ready', 'False') && nodeTaints.notReady,
    is('Ready', 'Unknown') && mayEvict({ node, assessment }) && nodeTaints.unreachable,
  ];
  return [
    ...noSchedule.filter((key) => typeof key === 'string').map((key) => ({ key, effect: 'NoSchedule' })),
    ...noExecute.filter((key) => typeof key === 'string').map((key) => ({ key, effect: 'NoExecute' })),
  ];
}

/**
 * When many nodes go silent at once, evicting their pods would take down what probably still runs. A process that has
 * just started can't tell yet, and leaves things as they are.
 */
function mayEvict({ node, assessment }: Pick<NodeView, 'node' | 'assessment'>): boolean {
  if (assessment?.health === 'Suspected') return !assessment.isBraked;
  return (node.spec?.taints ?? []).some(({ key, effect }) => key === nodeTaints.unreachable && effect === 'NoExecute');
}

function hasExactly(node: Node, wanted: Pick<Taint, 'key' | 'effect'>[]): boolean {
  const own = (node.spec?.taints ?? []).filter(isOwnTaint);
  const isPresent = ({ key, effect }: Pick<Taint, 'key' | 'effect'>): boolean =>
    own.some((taint) => taint.key === key && taint.effect === effect);
  return own.length === wanted.length && wanted.every(isPresent);
}
