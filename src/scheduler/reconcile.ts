// What is the next step that gets one pod onto a node?

import { claimKeysOf, isTerminated } from '../apis/core/claims.ts';
import { podCondition } from '../apis/core/conditions.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim } from '../apis/core/generated/v1.ts';
import { annotations } from '../apis/storage/names.ts';
import { reasonsAgainst, unschedulableMessage } from './filter/filters.ts';
import { bestNode } from './score.ts';
import type { PodView } from './view.ts';
import { type ClaimPlan, claimsObstacle, planVolumes } from './volumes.ts';

export type Step =
  | { type: 'Settled' }
  /** Says on the pod why it can't be placed; `isNews` unless it says so already. */
  | { type: 'MarkUnschedulable'; message: string; isNews: boolean }
  /** Tells the provisioner for which node the claim's volume is. */
  | { type: 'SelectNode'; claim: PersistentVolumeClaim; nodeName: string }
  /** Gives an existing volume to the claim; the binder finishes. */
  | { type: 'ReserveVolume'; claim: PersistentVolumeClaim; volume: PersistentVolume; nodeName: string }
  /** Everything is asked for; the binder and the provisioner are at work. */
  | { type: 'AwaitClaims'; nodeName: string }
  | { type: 'Bind'; nodeName: string };

/** The node that `step` decides on. */
export function nodeOf(step: Step): string | undefined {
  return 'nodeName' in step ? step.nodeName : undefined;
}

/** Decides one step. Pods that are bound, gated or going are settled. */
export function reconcilePod({ pod, cluster, assumedNode }: PodView): Step {
  const { spec, metadata } = pod;
  if (spec?.nodeName || metadata.deletionTimestamp || isTerminated(pod)) return { type: 'Settled' };
  if ((spec?.schedulingGates ?? []).length > 0) return { type: 'Settled' };

  const obstacle = claimsObstacle(pod, cluster);
  if (obstacle) {
    const { length } = cluster.nodes;
    return unschedulable({ pod, message: `0/${length} nodes are available: ${obstacle}.` });
  }
  const judged = cluster.nodes.map((node) => ({ node, reasons: reasonsAgainst({ pod, node, cluster }) }));
  const possible = judged.filter(({ reasons }) => reasons.length === 0).map(({ node }) => node);
  const node = chooseNode(possible, { pod, cluster, assumedNode });
  if (!node) {
    const message = unschedulableMessage(
      cluster.nodes.length,
      judged.map(({ reasons }) => reasons),
    );
    return unschedulable({ pod, message });
  }
  const nodeName = node.metadata.name;
  const plan = planVolumes({ pod, node, cluster });
  const unbound = plan.type === 'Possible' ? plan.claims.filter(({ type }) => type !== 'Bound') : [];
  if (unbound.length === 0) return { type: 'Bind', nodeName };
  return (
    unbound.map((each) => claimStep(each, nodeName)).find((step) => step !== undefined) ?? {
      type: 'AwaitClaims',
      nodeName,
    }
  );
}

/**
 * A node that was chosen before stays chosen while it is possible: its volume may be half provisioned. First what this
 * process remembers, then what a claim says.
 */
function chooseNode(possible: Node[], { pod, cluster, assumedNode }: PodView): Node | undefined {
  const named = (name: string | undefined): Node | undefined => possible.find((node) => node.metadata.name === name);
  const selected = claimKeysOf(pod).map(
    (key) => cluster.claims.get(key)?.metadata.annotations?.[annotations.selectedNode],
  );
  const earlier = [assumedNode, ...selected].map(named).find((node) => node !== undefined);
  return earlier ?? bestNode(possible, { pod, cluster });
}

/** What is still to be written for a claim; undefined if only others have work left. */
function claimStep(plan: ClaimPlan, nodeName: string): Step | undefined {
  const { claim } = plan;
  switch (plan.type) {
    case 'Bound':
      return undefined;
    case 'Reserve': {
      const isReserved =
        plan.volume.spec?.claimRef?.uid === claim.metadata.uid || claim.spec?.volumeName === plan.volume.metadata.name;
      return isReserved ? undefined : { type: 'ReserveVolume', claim, volume: plan.volume, nodeName };
    }
    case 'Provision': {
      const isSelected = claim.metadata.annotations?.[annotations.selectedNode] === nodeName;
      return isSelected ? undefined : { type: 'SelectNode', claim, nodeName };
    }
    default:
      return plan satisfies never;
  }
}

function unschedulable({ pod, message }: Pick<PodView, 'pod'> & { message: string }): Step {
  const told = podCondition(pod, 'PodScheduled');
  const isNews = told?.status !== 'False' || told.reason !== 'Unschedulable' || told.message !== message;
  return { type: 'MarkUnschedulable', message, isNews };
}
