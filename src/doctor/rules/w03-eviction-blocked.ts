// W03: a disruption budget lets no pod go, and that is right: the others are not whole. A drain stands still.

import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import { claimKeysOf, isTerminated } from '../../apis/core/claims.ts';
import { isPodReady } from '../../apis/core/conditions.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { type Action, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { commandLine, kubectl } from '../safety/commands.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { PodDisruptionBudget } from '../snapshot/types.ts';

export const w03EvictionBlocked = defineRule({
  id: 'W03',
  title: 'Budget holds the last healthy copy',
  severity: 'High',
  needs: ['budgets', 'pods', 'nodes'],
  page: {
    symptom:
      '"Cannot evict pod as it would violate the pod\'s disruption budget": kubectl drain repeats it without end.',
    cause: 'So many pods of the budget are unhealthy, or so few are there at all, that none of the rest may go.',
    consequence:
      'The node is not drained. If the pod that is left fails too, nothing serves, or the last copy is gone.',
    remedy: 'Make the unhealthy pods whole, on another node if need be; the drain then goes on by itself.',
    wrongMoves: 'Deleting the budget: the drain takes the last healthy copy with it.',
    sources: ['https://github.com/longhorn/longhorn/issues/5910'],
  },
  examine: (snapshot) =>
    snapshot.all('budgets').flatMap((budget) => {
      const { disruptionsAllowed, expectedPods = 0 } = budget.status ?? {};
      if (disruptionsAllowed !== 0 || expectedPods === 0) return [];
      const pods = podsOf(snapshot, budget).filter((pod) => !isTerminated(pod));
      if (!pods.some(servesStorage)) return [];
      const unhealthy = pods.filter((pod) => !isPodReady(pod));
      const leaving = pods.filter((pod) => isCordoned(snapshot, pod));
      // A budget that lets nobody go hurts only once somebody is to go, or has failed.
      return unhealthy.length + leaving.length === 0 ? [] : [findingOf(snapshot, budget, { pods, unhealthy, leaving })];
    }),
});

function podsOf(snapshot: Snapshot, { metadata, spec }: PodDisruptionBudget): Pod[] {
  const { namespace = '' } = metadata;
  const { selector } = spec ?? {};
  if (!selector) return [];
  return snapshot
    .where('pods', {
      index: 'podsOfNamespace',
      key: namespace,
      keysOf: (pod) => [pod.metadata.namespace ?? ''],
    })
    .filter((pod) => matchesLabelSelector(selector, pod.metadata.labels));
}

/** Has data of its own, or serves volumes to others from the node's devices and folders. */
function servesStorage(pod: Pod): boolean {
  if (claimKeysOf(pod).length > 0) return true;
  const paths = (pod.spec?.volumes ?? []).map(({ hostPath }) => hostPath?.path ?? '');
  return paths.some((path) => /^\/(dev|var\/lib\/(kubelet|longhorn|rook|ceph)|mnt)(\/|$)/.test(path));
}

function isCordoned(snapshot: Snapshot, pod: Pod): boolean {
  return snapshot.find('nodes', { name: pod.spec?.nodeName ?? '' })?.spec?.unschedulable === true;
}

interface Standing {
  pods: readonly Pod[];
  unhealthy: readonly Pod[];
  leaving: readonly Pod[];
}

function findingOf(
  snapshot: Snapshot,
  budget: PodDisruptionBudget,
  { pods, unhealthy, leaving }: Standing,
): FindingDraft {
  const { namespace, name } = budget.metadata;
  const nodes = [...new Set(leaving.map((pod) => pod.spec?.nodeName ?? ''))];
  const { currentHealthy, desiredHealthy } = budget.status ?? {};
  return {
    subject: refTo(budget),
    related: pods.map(refTo),
    sentence:
      unhealthy.length > 0
        ? `Budget ${name} lets no pod go, because ${unhealthy.length} of ${pods.length} ${unhealthy.length === 1 ? 'is' : 'are'} not ready: what is left is the last healthy copy.`
        : `Budget ${name} lets no pod go, so the drain of ${nodes.join(', ')} stands still.`,
    evidence: [
      evidence(budget, 'status.disruptionsAllowed', 0),
      evidence(budget, 'status.currentHealthy', currentHealthy),
      evidence(budget, 'status.desiredHealthy', desiredHealthy),
      ...unhealthy.slice(0, 5).map((pod) => evidence(pod, 'status.phase', pod.status?.phase)),
      ...nodes.map((node) => evidence({ kind: 'Node', name: node }, 'spec.unschedulable', true)),
    ],
    blames: unhealthy.flatMap((pod) => [
      refTo(pod),
      { kind: 'Node', name: pod.spec?.nodeName ?? '' },
      ...claimKeysOf(pod).map((key) => ({
        kind: 'PersistentVolumeClaim',
        namespace: namespace ?? '',
        name: key.slice(key.indexOf('/') + 1),
      })),
    ]),
    actions: [
      harmless({
        title: 'Make the unhealthy pods whole',
        why: 'The budget then lets the next one go, and the drain goes on.',
        commands: unhealthy.map((pod) => kubectl(['describe', 'pod', pod.metadata.name], namespace)),
      }),
      ...nodes.map((node) =>
        harmless({
          title: `Stop the drain of ${node} for now`,
          why: 'The node takes pods again, also the copy that is missing.',
          commands: [commandLine('kubectl', 'uncordon', node)],
        }),
      ),
      ...nodes.map((node) => drainLater(budget, node)),
      wrongMove({
        title: 'Delete the budget, or delete the pod past it',
        why: 'The budget is right: what it holds is the last healthy copy.',
      }),
    ],
  };
}

function drainLater({ metadata: { namespace, name } }: PodDisruptionBudget, node: string): Action {
  return guarded(
    {
      title: `Drain ${node} once another copy is healthy`,
      why: 'The eviction respects the budget: it waits rather than take the last one.',
      commands: [
        commandLine('kubectl', 'drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=30m'),
      ],
    },
    [
      {
        claim: `as many pods of ${name} are healthy as the budget wants, and one more`,
        found: undefined,
        howTo: `Look: ${kubectl(['get', 'poddisruptionbudget', name], namespace)}; ALLOWED DISRUPTIONS must be 1 or more.`,
      },
      {
        claim: `no pod on ${node} keeps data in an emptyDir`,
        found: undefined,
        howTo: `Look: ${kubectl(['get', 'pods', '--all-namespaces', `--field-selector=spec.nodeName=${node}`, '-o', 'yaml'])}`,
      },
    ],
  );
}
