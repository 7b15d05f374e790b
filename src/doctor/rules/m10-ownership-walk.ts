// M10: a pod waits because the kubelet changes the owner of every file on its volume, one by one.

import type { Pod } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { evidence, type FindingDraft, type Proof, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { newestEvent } from '../snapshot/joins.ts';
import { volumesOfPod, waitedMs, waitingPods } from '../snapshot/mounts.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { workloadOf } from '../snapshot/workloads.ts';

export const m10OwnershipWalk = defineRule({
  id: 'M10',
  title: 'Every file changes its owner before the start',
  severity: 'Medium',
  needs: ['pods', 'events'],
  reads: ['claims', 'volumes'],
  page: {
    symptom:
      'The pod stays in ContainerCreating for minutes: "Setting volume ownership for … is taking longer than expected, consider using OnRootMismatch", then "processed N files".',
    cause:
      'The pod names an fsGroup without fsGroupChangePolicy, which means Always: at each start the kubelet visits every file of the volume.',
    consequence: 'Each start and each failover takes as long as the walk, whatever else is done.',
    remedy: 'Set fsGroupChangePolicy to OnRootMismatch in the template, for the next rollout; let this walk end.',
    wrongMoves: 'Deleting the pod: the walk starts again from the first file.',
    sources: [
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/volume_linux.go',
      'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
    ],
  },
  examine: (snapshot) => waitingPods(snapshot).flatMap((pod) => findingOf(snapshot, pod)),
});

function findingOf(snapshot: Snapshot, pod: Pod): FindingDraft[] {
  const { fsGroup, fsGroupChangePolicy } = pod.spec?.securityContext ?? {};
  if (fsGroup === undefined || fsGroupChangePolicy === 'OnRootMismatch') return [];
  const event = newestEvent(snapshot.eventsOf(pod), eventTexts.ownershipSlow);
  if (!event) return [];
  const { namespace = '', name } = pod.metadata;
  const workload = workloadOf(snapshot, pod);
  const minutes = Math.round(waitedMs(snapshot, pod) / 60_000);
  const patch = JSON.stringify({
    spec: { template: { spec: { securityContext: { fsGroupChangePolicy: 'OnRootMismatch' } } } },
  });
  return [
    {
      subject: refTo(pod),
      related: [workload, ...volumesOfPod(snapshot, pod).map(refTo)],
      sentence: `Pod ${name} has waited ${minutes} min while the kubelet changes the owner of every file on its volume.`,
      evidence: [
        evidence(pod, 'status.phase', pod.status?.phase),
        evidence(pod, 'spec.securityContext.fsGroup', fsGroup),
        evidence(pod, 'spec.securityContext.fsGroupChangePolicy', fsGroupChangePolicy),
        evidence(event, 'message', event.message),
      ],
      actions: [
        harmless({
          title: 'Let the walk end',
          why: 'The kubelet reports how many files it has done. The pod starts after the last one.',
          commands: [kubectl(['get', 'events', `--field-selector=involvedObject.name=${name}`], namespace)],
        }),
        guarded(
          {
            title: 'Set fsGroupChangePolicy to OnRootMismatch in the template',
            why: 'The next start looks at the top folder only. Changing the template restarts the pods: do it with the next rollout.',
            commands:
              workload.kind === 'Pod'
                ? []
                : [kubectl(['patch', workload.kind.toLowerCase(), workload.name, '-p', patch], namespace)],
          },
          [walkHasEnded(pod)],
        ),
        wrongMove({
          title: 'Delete the pod',
          why: 'The walk starts again from the first file, and takes as long again.',
        }),
      ],
    },
  ];
}

/** Never so while the finding stands: the rollout would begin the walk again. */
function walkHasEnded(pod: Pod): Proof {
  const { namespace, name } = pod.metadata;
  return {
    claim: `${name} runs: this walk has ended`,
    found: undefined,
    howTo: `Wait for it: ${kubectl(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=1h'], namespace)}`,
  };
}
