// How is a step about a node carried out?

import { isStatus } from '../../apimachinery/status-error.ts';
import { nodeCondition, withCondition } from '../../apis/core/conditions.ts';
import type { Node, NodeCondition, Pod, Taint } from '../../apis/core/generated/v1.ts';
import { nodes, pods } from '../../apis/resources.ts';
import { type Clock, rfc3339, rfc3339Micro } from '../../base/clock.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { isOwnTaint, type Step, suspectedAtAnnotation } from './reconcile.ts';

export interface Edge {
  client: Client;
  recorder: Recorder;
  clock: Clock;
}

/** Carries out `step` on `node`, as it was when the step was decided. Rejects with Conflict if it has changed since. */
export async function execute(
  step: Step,
  { node, edge }: { node: Node; edge: Edge },
  signal: AbortSignal,
): Promise<void> {
  switch (step.type) {
    case 'Settled':
      return;
    case 'MarkUnknown':
      return markUnknown(step.conditions, { node, edge }, signal);
    case 'SetTaints':
      return setTaints(step, { node, edge }, signal);
    case 'MarkPodNotReady':
      return markPodNotReady(step.pod, edge, signal);
    default:
      return step satisfies never;
  }
}

async function markUnknown(
  types: string[],
  { node, edge }: { node: Node; edge: Edge },
  signal: AbortSignal,
): Promise<void> {
  const { clock, client, recorder } = edge;
  const { name, uid, resourceVersion } = node.metadata;
  const lastTransitionTime = rfc3339(clock.now());
  const conditions = types.reduce<NodeCondition[]>(
    (all, type) =>
      withCondition(all, { ...unknown(nodeCondition(node, type)), type, status: 'Unknown', lastTransitionTime }),
    node.status?.conditions ?? [],
  );
  // In the same write, so that whoever acts on the condition also sees when the suspicion began.
  const suspectedAt = node.metadata.annotations?.[suspectedAtAnnotation] ?? rfc3339Micro(clock.now());
  const annotations = types.includes('Ready') ? { [suspectedAtAnnotation]: suspectedAt } : {};
  const body = { metadata: { uid, resourceVersion, annotations }, status: { conditions } };
  await client.patch(nodes, { at: { name }, body, subresource: 'status' }, signal);
  if (!types.includes('Ready')) return;
  const message = `Node ${name} status is now: NodeNotReady`;
  recorder.event(node, { type: 'Normal', reason: 'NodeNotReady', message });
}

function unknown(old: NodeCondition | undefined): Partial<NodeCondition> {
  if (!old) return { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' };
  return { ...old, reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' };
}

async function setTaints(
  { taints, isSuspect }: Extract<Step, { type: 'SetTaints' }>,
  { node, edge }: { node: Node; edge: Edge },
  signal: AbortSignal,
): Promise<void> {
  const { client, clock } = edge;
  const { name, uid, resourceVersion, annotations } = node.metadata;
  const present = node.spec?.taints ?? [];
  const timeAdded = rfc3339(clock.now());
  const own = taints.map(
    (wanted): Taint =>
      present.find(({ key, effect }) => key === wanted.key && effect === wanted.effect) ?? { ...wanted, timeAdded },
  );
  const suspectedAt = isSuspect ? (annotations?.[suspectedAtAnnotation] ?? rfc3339Micro(clock.now())) : null;
  const body = {
    metadata: { uid, resourceVersion, annotations: { [suspectedAtAnnotation]: suspectedAt } },
    spec: { taints: [...present.filter((taint) => !isOwnTaint(taint)), ...own] },
  };
  await client.patch(nodes, { at: { name }, body }, signal);
}

async function markPodNotReady(pod: Pod, { client, clock, recorder }: Edge, signal: AbortSignal): Promise<void> {
  const { namespace, name, uid, resourceVersion } = pod.metadata;
  const lastTransitionTime = rfc3339(clock.now());
  const ready = { type: 'Ready', status: 'False', lastTransitionTime };
  const body = {
    metadata: { uid, resourceVersion },
    status: { conditions: withCondition(pod.status?.conditions, ready) },
  };
  try {
    await client.patch(pods, { at: { namespace, name }, body, subresource: 'status' }, signal);
    recorder.event(pod, { type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' });
  } catch (error) {
    // A pod that is gone needs no mark.
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
