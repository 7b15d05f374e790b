// S01: no node that can reach the pod's disk would take the pod.

import type { Node, PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { type Action, type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { askedOf } from '../safety/proofs.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { claimsOfPod, readinessOf, stuckPods, unschedulable, volumeOfClaim } from '../snapshot/joins.ts';
import { isAskedFor, nodesOfVolume, refusalOf } from '../snapshot/reach.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const s01OutOfReach = defineRule({
  id: 'S01',
  title: 'Disk out of reach of every free node',
  severity: 'High',
  needs: ['pods', 'claims', 'volumes', 'nodes'],
  page: {
    symptom:
      '"node(s) had volume node affinity conflict" or "node(s) didn\'t match PersistentVolume\'s node affinity".',
    cause: 'The disk can be used from one zone or host only, and no node there takes the pod.',
    consequence: 'The application stays down until a node in reach of its disk takes it.',
    remedy: 'Bring capacity back where the disk is: make a node there ready, uncordon it, or add one.',
    wrongMoves:
      'Deleting the claim so that it is made anew elsewhere: the new volume is empty, and with reclaim policy Delete the old data is gone.',
    sources: ['https://github.com/kubernetes/kubernetes/issues/81020'],
  },
  examine: (snapshot, { graceMs }) =>
    stuckPods(snapshot, graceMs).flatMap((pod) => {
      if (!snapshot.covers('nodes')) return [];
      const volumes = claimsOfPod(snapshot, pod)
        .map((claim) => volumeOfClaim(snapshot, claim))
        .filter((volume) => volume?.spec?.nodeAffinity?.required !== undefined) as PersistentVolume[];
      if (volumes.length === 0) return [];
      const conflict = conflictOf(snapshot, pod, volumes);
      return conflict ? [findingOf(pod, volumes, conflict)] : [];
    }),
});

interface Conflict {
  why: string;
  facts: Evidence[];
  /** Nodes that can reach the disk. */
  near: readonly Node[];
}

function conflictOf(snapshot: Snapshot, pod: Pod, volumes: readonly PersistentVolume[]): Conflict | undefined {
  const reaches = volumes.map((volume) => ({ volume, nodes: nodesOfVolume(snapshot, volume) }));
  const affinities = volumes.map((volume) =>
    evidence(volume, 'spec.nodeAffinity.required', volume.spec?.nodeAffinity?.required),
  );
  const lonely = reaches.find(({ nodes }) => nodes.length === 0);
  if (lonely) {
    const why = `no node can reach the disk ${lonely.volume.metadata.name}`;
    return { why, facts: affinities, near: [] };
  }
  const near = (reaches[0]?.nodes ?? []).filter((node) => reaches.every(({ nodes }) => nodes.includes(node)));
  if (near.length === 0) return { why: 'its disks lie where no one node can reach them all', facts: affinities, near };
  const asked = near.filter((node) => isAskedFor(node, pod));
  if (asked.length === 0) {
    const wish = evidence(pod, 'spec.nodeSelector', pod.spec?.nodeSelector ?? pod.spec?.affinity?.nodeAffinity);
    return { why: 'the pod asks for other nodes than those that reach its disk', facts: [...affinities, wish], near };
  }
  const refusals = asked.map((node) => ({ node, refusal: refusalOf(node, pod) }));
  const isSaid = /node affinity/.test(unschedulable(pod)?.message ?? '');
  if (refusals.every(({ refusal }) => refusal)) {
    const each = refusals.slice(0, 3).map(({ node, refusal }) => `${node.metadata.name} is ${refusal}`);
    const facts = refusals.slice(0, 3).map(({ node }) => stateOf(node));
    return { why: `of the nodes that reach its disk, ${each.join(', ')}`, facts: [...affinities, ...facts], near };
  }
  // The state of some nodes allows it, so they are short of something else, as of CPU.
  return isSaid ? { why: 'the nodes that reach its disk have no room for it', facts: affinities, near } : undefined;
}

function stateOf(node: Node): Evidence {
  if (readinessOf(node) !== 'True') return evidence(node, 'status.conditions[Ready].status', readinessOf(node));
  if (node.spec?.unschedulable) return evidence(node, 'spec.unschedulable', true);
  return evidence(node, 'spec.taints', node.spec?.taints);
}

function findingOf(pod: Pod, volumes: readonly PersistentVolume[], { why, facts, near }: Conflict): FindingDraft {
  const { namespace, name } = pod.metadata;
  return {
    subject: refTo(pod),
    related: [...volumes, ...near.slice(0, 5)].map(refTo),
    sentence: `Pod ${name} has no node, because ${why}.`,
    evidence: [...facts, evidence(pod, 'status.conditions[PodScheduled].message', unschedulable(pod)?.message)],
    blames: [...volumes, ...near.filter((node) => readinessOf(node) !== 'True')].map(refTo),
    actions: [
      harmless({
        title: 'See what keeps the nodes that reach the disk from taking the pod',
        why: 'The disk stays where it is; a node has to be made ready or added there.',
        commands: [
          kubectl(['describe', 'pod', name], namespace),
          ...volumes.slice(0, 2).map((volume) => kubectl(['describe', 'persistentvolume', volume.metadata.name])),
          kubectl(['get', 'nodes', '--show-labels']),
        ],
      }),
      ...uncordon(near),
      wrongMoves.deleteClaim,
    ],
  };
}

function uncordon(near: readonly Node[]): Action[] {
  const cordoned = near.filter((node) => node.spec?.unschedulable && readinessOf(node) === 'True');
  if (cordoned.length === 0) return [];
  const names = cordoned.map(({ metadata }) => metadata.name);
  return [
    guarded(
      {
        title: `Let ${names.join(' or ')} take pods again`,
        why: 'It can reach the disk, and is only closed to new pods.',
        commands: [kubectl(['uncordon', names[0] ?? ''])],
      },
      [
        askedOf(
          'the node was not closed for a reason that still holds',
          `Ask whoever looks after ${names.join(', ')}.`,
        ),
      ],
    ),
  ];
}
