// A06: pods with storage are stuck on a node that is not heard, and nothing replaces them.

import { claimKeysOf } from '../../apis/core/claims.ts';
import { nodeCondition } from '../../apis/core/conditions.ts';
import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import { isOutOfService } from '../../apis/core/taints.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { takeOutOfService } from '../safety/out-of-service.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { attachmentsOnNode, podsOnNode, readinessOf } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const a06StuckOnDeadNode = defineRule({
  id: 'A06',
  title: 'Pods stuck on a node that is not heard',
  severity: 'Critical',
  needs: ['nodes', 'pods', 'attachments'],
  page: {
    symptom: 'Pods are Terminating or Unknown on a NotReady node for many minutes, and no replacement starts.',
    cause:
      'The node is not heard. A StatefulSet starts no second pod of one name before the first is known to be gone, and a volume is not detached while its pod may still write.',
    consequence: 'The applications stay down until someone proves that the node no longer writes.',
    remedy: 'Prove that the node is off, then set the out-of-service taint: pods are deleted and volumes detached.',
    wrongMoves:
      'Force-deleting the pods or setting the taint while the node may live: two writers on one volume. Not Ready is not off.',
    sources: ['https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/'],
  },
  examine: (snapshot, { graceMs }) =>
    snapshot.all('nodes').flatMap((node) => {
      if (readinessOf(node) === 'True') return [];
      const silentMs = snapshot.ageMs(nodeCondition(node, 'Ready')?.lastTransitionTime) ?? 0;
      const stuck = podsOnNode(snapshot, node.metadata.name).filter((pod) => isStuck(pod, silentMs > graceMs));
      return stuck.length === 0 || isOutOfService(node) ? [] : [findingOf(snapshot, node, stuck)];
    }),
});

/** Holds a claim, and is being deleted, or has been unheard for longer than the grace. */
function isStuck(pod: Pod, isPastGrace: boolean): boolean {
  if (claimKeysOf(pod).length === 0 || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed')
    return false;
  return pod.metadata.deletionTimestamp !== undefined || isPastGrace;
}

function findingOf(snapshot: Snapshot, node: Node, stuck: readonly Pod[]): FindingDraft {
  const { name } = node.metadata;
  const condition = nodeCondition(node, 'Ready');
  const attachments = attachmentsOnNode(snapshot, name);
  const pods = stuck.length === 1 ? '1 pod with storage is' : `${stuck.length} pods with storage are`;
  return {
    subject: refTo(node),
    related: [...stuck, ...attachments].map(refTo),
    sentence: `Node ${name} is not heard, ${pods} stuck on it, and nobody can say whether they still write.`,
    evidence: [
      evidence(node, 'status.conditions[Ready].status', readinessOf(node)),
      evidence(node, 'status.conditions[Ready].lastTransitionTime', condition?.lastTransitionTime),
      ...stuck.slice(0, 5).map((pod) => evidence(pod, 'metadata.deletionTimestamp', pod.metadata.deletionTimestamp)),
    ],
    actions: [
      harmless({
        title: 'Bring the node back',
        why: 'The node agent then stops the pods in good order, and nothing has to be proven.',
        commands: [kubectl(['describe', 'node', name])],
      }),
      takeOutOfService(snapshot, name, attachments),
      wrongMoves.forceDeletePod,
      wrongMoves.deleteAttachment,
    ],
  };
}
