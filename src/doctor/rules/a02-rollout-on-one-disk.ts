// A02: pods of one Deployment on two healthy nodes want a volume that one node can have.

import { controllerOf } from '../../apimachinery/meta.ts';
import type { Deployment } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { isMultiAttach } from '../../apis/storage/attachments.ts';
import { eventTexts } from '../event-texts.ts';
import { type Action, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, guarded, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { nodeIsHeard } from '../safety/restart-proofs.ts';
import { claimsOfPod, isNodeDown, newestEvent, podsOfClaim, volumeOfClaim, waitingPods } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { workloadOf } from '../snapshot/workloads.ts';

export const a02RolloutOnOneDisk = defineRule({
  id: 'A02',
  title: 'Deployment that wants one disk on two nodes',
  severity: 'High',
  needs: ['pods', 'claims', 'volumes', 'nodes', 'deployments', 'replicaSets'],
  reads: ['events'],
  page: {
    symptom: '"Multi-Attach error for volume …" although both nodes are healthy; the rollout hangs.',
    cause:
      'The Deployment starts the new pod before it stops the old one (RollingUpdate), or has several replicas, and its volume can be used by one node at a time.',
    consequence: 'The rollout never ends. It works by luck only, as long as both pods land on one node.',
    remedy: 'Set the strategy to Recreate, or use a StatefulSet with a claim for each replica.',
    wrongMoves: 'More replicas: each of them waits for the same disk.',
    sources: ['https://github.com/kguardian-dev/kguardian/pull/870'],
  },
  examine: (snapshot, { graceMs }) => {
    const seen = new Set<string>();
    return waitingPods(snapshot).flatMap((pod) => {
      if (!pod.spec?.nodeName || (snapshot.ageMs(pod.metadata.creationTimestamp) ?? 0) <= graceMs) return [];
      const rivalry = rivalryOf(snapshot, pod);
      if (!rivalry || seen.has(rivalry.deployment.metadata.uid)) return [];
      seen.add(rivalry.deployment.metadata.uid);
      return [findingOf(snapshot, rivalry)];
    });
  },
});

interface Rivalry {
  deployment: Deployment;
  volume: PersistentVolume;
  waiting: Pod;
  holder: Pod;
}

function rivalryOf(snapshot: Snapshot, waiting: Pod): Rivalry | undefined {
  const workload = workloadOf(snapshot, waiting);
  if (workload.kind !== 'Deployment') return undefined;
  const { namespace = '' } = waiting.metadata;
  const deployment = snapshot.find('deployments', { namespace, name: workload.name });
  if (!deployment) return undefined;
  for (const claim of claimsOfPod(snapshot, waiting)) {
    const volume = volumeOfClaim(snapshot, claim);
    if (!volume || isMultiAttach(volume)) continue;
    const holder = podsOfClaim(snapshot, claim).find(
      (other) =>
        other.status?.phase === 'Running' &&
        other.spec?.nodeName !== waiting.spec?.nodeName &&
        workloadOf(snapshot, other).name === workload.name &&
        !isNodeDown(snapshot, other.spec?.nodeName ?? ''),
    );
    if (holder) return { deployment, volume, waiting, holder };
  }
  return undefined;
}

function findingOf(snapshot: Snapshot, { deployment, volume, waiting, holder }: Rivalry): FindingDraft {
  const { name } = deployment.metadata;
  const isRollout = controllerOf(waiting)?.name !== controllerOf(holder)?.name;
  const event = newestEvent(snapshot.eventsOf(waiting), eventTexts.multiAttach);
  return {
    subject: refTo(deployment),
    related: [waiting, holder, volume].map(refTo),
    sentence: isRollout
      ? `The rollout of ${name} hangs: its new pod on ${waiting.spec?.nodeName} needs the disk that its old pod on ${holder.spec?.nodeName} has.`
      : `The replicas of ${name} share one disk that one node can have: the one on ${waiting.spec?.nodeName} waits for the one on ${holder.spec?.nodeName}.`,
    evidence: [
      evidence(deployment, 'spec.strategy.type', deployment.spec?.strategy?.type ?? 'RollingUpdate'),
      evidence(deployment, 'spec.replicas', deployment.spec?.replicas ?? 1),
      evidence(volume, 'spec.accessModes', volume.spec?.accessModes),
      evidence(holder, 'spec.nodeName', holder.spec?.nodeName),
      evidence(waiting, 'spec.nodeName', waiting.spec?.nodeName),
      ...(event ? [evidence(event, 'message', event.message)] : []),
    ],
    actions: [
      isRollout ? recreate(snapshot, deployment, holder) : fewer,
      wrongMove({ title: 'Add replicas', why: 'Each of them waits for the same disk.' }),
    ],
  };
}

function recreate(snapshot: Snapshot, { metadata: { namespace, name } }: Deployment, holder: Pod): Action {
  const patch = JSON.stringify({ spec: { strategy: { type: 'Recreate', rollingUpdate: null } } });
  return guarded(
    {
      title: 'Set the strategy to Recreate',
      why: 'The old pod ends first, its disk is let go of, and the new one gets it. The application stops for that long.',
      commands: [kubectl(['patch', 'deployment', name, '--type=merge', '-p', patch], namespace)],
    },
    [nodeIsHeard(snapshot, holder.spec?.nodeName ?? '')],
  );
}

const fewer = forExpert({
  title: 'Run one replica, or give each its own claim by a StatefulSet',
  why: 'Which pod may end, and whether the application can live with separate data, its owner has to say.',
});
