// W04: the template of a StatefulSet was mended, and the broken pod of the old one blocks its own replacement.

import { controllerOf } from '../../apimachinery/meta.ts';
import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import { isPodReady, podCondition } from '../../apis/core/conditions.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { nodeIsHeard } from '../safety/restart-proofs.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { claimsOfPod } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

const revisionLabel = 'controller-revision-hash';

export const w04OrderedTrap = defineRule({
  id: 'W04',
  title: 'Old pod blocks the mended StatefulSet',
  severity: 'Medium',
  needs: ['statefulSets', 'pods'],
  reads: ['nodes', 'claims'],
  page: {
    symptom: 'A StatefulSet was corrected or rolled back, and still its pod keeps failing with the old settings.',
    cause:
      'With OrderedReady the controller waits until each pod is ready before it touches the next. A pod that never becomes ready is waited for without end, also when a new template would mend it.',
    consequence: 'The rollout never ends; the replicas after this one are not updated either.',
    remedy: 'Delete that one pod: it is made again from the new template, with the same claim.',
    wrongMoves: 'Deleting the claim of the pod: it has nothing to do with it, and holds the data.',
    sources: ['https://github.com/kubernetes/kubernetes/issues/67250'],
  },
  examine: (snapshot, { graceMs }) =>
    snapshot.all('statefulSets').flatMap((set) => {
      const { updateRevision, currentRevision } = set.status ?? {};
      if (!updateRevision || updateRevision === currentRevision) return [];
      if (set.spec?.podManagementPolicy === 'Parallel' || set.spec?.updateStrategy?.type === 'OnDelete') return [];
      const trapped = podsOf(snapshot, set).find((pod) => isTrapped(snapshot, set, { pod, graceMs }));
      return trapped ? [findingOf(snapshot, set, trapped)] : [];
    }),
});

function podsOf(snapshot: Snapshot, { metadata }: StatefulSet): readonly Pod[] {
  return snapshot.where('pods', {
    index: 'podsOfStatefulSet',
    key: `${metadata.namespace}/${metadata.name}`,
    keysOf: (pod) => {
      const owner = controllerOf(pod);
      return owner?.kind === 'StatefulSet' ? [`${pod.metadata.namespace}/${owner.name}`] : [];
    },
  });
}

/** Is of an older revision, should be of the new one, and has not been ready for longer than the grace. */
function isTrapped(snapshot: Snapshot, set: StatefulSet, { pod, graceMs }: { pod: Pod; graceMs: number }): boolean {
  const revision = pod.metadata.labels?.[revisionLabel];
  if (!revision || revision === set.status?.updateRevision || pod.metadata.deletionTimestamp || isPodReady(pod))
    return false;
  const ordinal = Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? -1);
  if (ordinal < (set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0)) return false;
  const since = podCondition(pod, 'Ready')?.lastTransitionTime ?? pod.metadata.creationTimestamp;
  return (snapshot.ageMs(since) ?? 0) > graceMs;
}

function findingOf(snapshot: Snapshot, set: StatefulSet, pod: Pod): FindingDraft {
  const { namespace, name } = pod.metadata;
  const nodeName = pod.spec?.nodeName ?? '';
  return {
    subject: refTo(set),
    related: [pod, ...claimsOfPod(snapshot, pod)].map(refTo),
    sentence: `StatefulSet ${set.metadata.name} has a new template, but waits for its old pod ${name}, which never becomes ready.`,
    evidence: [
      evidence(set, 'status.updateRevision', set.status?.updateRevision),
      evidence(pod, `metadata.labels[${revisionLabel}]`, pod.metadata.labels?.[revisionLabel]),
      evidence(pod, 'status.conditions[Ready].status', podCondition(pod, 'Ready')?.status),
      evidence(set, 'spec.podManagementPolicy', set.spec?.podManagementPolicy),
    ],
    // A dead node explains a pod that is not ready better than its template does.
    blames: [{ kind: 'Node', name: nodeName }],
    actions: [
      guarded(
        {
          title: `Delete pod ${name}, and only it`,
          why: 'The controller makes it again from the new template, with the same name and the same claim.',
          commands: [kubectl(['delete', 'pod', name], namespace)],
        },
        [nodeIsHeard(snapshot, nodeName)],
      ),
      wrongMove({
        title: `Delete the claim of ${name}`,
        why: 'It is not the cause, and it holds the data of this replica.',
      }),
      wrongMoves.forceDeletePod,
    ],
  };
}
