// M11: pods of one volume ask for different SELinux labels, and a mount has only one.

import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { driverOfVolume, newestEvent, volumeOfClaim } from '../snapshot/joins.ts';
import { sharedClaims } from '../snapshot/sharing.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const m11SelinuxConflict = defineRule({
  id: 'M11',
  title: 'Pods of one volume with different SELinux labels',
  severity: 'High',
  needs: ['pods', 'claims', 'volumes', 'drivers'],
  reads: ['events'],
  page: {
    symptom:
      '"SELinuxLabel "…" conflicts with pod … that uses the same volume as this pod with SELinuxLabel "…"": one of the pods stays in ContainerCreating.',
    cause:
      'Where the driver says seLinuxMount, the label is a mount option (for all access modes since 1.37, for ReadWriteOncePod before), and one mount has one label.',
    consequence:
      'On one node only one of the pods can have the volume; the others wait, or lose access after an upgrade.',
    remedy: 'Give the pods the same seLinuxOptions, or set seLinuxChangePolicy: Recursive on all of them.',
    wrongMoves: 'Setting SELinux to permissive on the node: it takes the protection from everything that runs there.',
    sources: ['https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/1710-selinux-relabeling'],
  },
  examine: (snapshot) =>
    sharedClaims(snapshot).flatMap(({ claim, pods }) => {
      const volume = volumeOfClaim(snapshot, claim);
      const driver = volume && snapshot.find('drivers', { name: driverOfVolume(volume) ?? '' });
      if (!driver?.spec.seLinuxMount) return [];
      const conflict = conflictOf(pods);
      return conflict ? [findingOf(snapshot, claim, conflict)] : [];
    }),
});

type Field = 'seLinuxOptions' | 'seLinuxChangePolicy';

interface Conflict {
  first: Pod;
  second: Pod;
  field: Field;
}

/** Two pods that can't both have the volume on one node, and the field in which they differ. */
function conflictOf(pods: readonly Pod[]): Conflict | undefined {
  for (const field of ['seLinuxOptions', 'seLinuxChangePolicy'] as const) {
    const [first, ...others] = field === 'seLinuxOptions' ? pods.filter(mountsWithLabel) : pods;
    const second = first && others.find((pod) => valueOf(pod, field) !== valueOf(first, field));
    if (first && second) return { first, second, field };
  }
  return undefined;
}

/** With Recursive, the files are relabelled and the mount carries no label. */
function mountsWithLabel(pod: Pod): boolean {
  return pod.spec?.securityContext?.seLinuxChangePolicy !== 'Recursive';
}

function valueOf(pod: Pod, field: Field): string {
  const { seLinuxOptions, seLinuxChangePolicy } = pod.spec?.securityContext ?? {};
  if (field === 'seLinuxChangePolicy') return seLinuxChangePolicy ?? 'MountOption';
  const { user = '', role = '', type = '', level = '' } = seLinuxOptions ?? {};
  return `${user}:${role}:${type}:${level}`;
}

function findingOf(snapshot: Snapshot, claim: PersistentVolumeClaim, { first, second, field }: Conflict): FindingDraft {
  const pods = [first, second];
  const events = pods.map((pod) => newestEvent(snapshot.eventsOf(pod), eventTexts.labelConflict));
  return {
    subject: refTo(claim),
    related: pods.map(refTo),
    sentence: `Pods ${first.metadata.name} and ${second.metadata.name} use claim ${claim.metadata.name} with different ${field}, and on one node only one of them gets it.`,
    evidence: [
      ...pods.map((pod) => evidence(pod, `spec.securityContext.${field}`, pod.spec?.securityContext?.[field])),
      ...events.flatMap((event) => (event ? [evidence(event, 'message', event.message)] : [])),
    ],
    actions: [
      harmless({
        title: 'Look at the labels that the pods ask for',
        why: 'A label that the runtime chooses differs for each pod: then none of them names seLinuxOptions.',
        commands: pods.map(({ metadata }) =>
          kubectl(
            [
              'get',
              'pod',
              metadata.name,
              '-o',
              'jsonpath={.spec.securityContext}{"\\n"}{.spec.containers[*].securityContext}',
            ],
            metadata.namespace,
          ),
        ),
      }),
      forExpert({
        title: 'Give them the same seLinuxOptions, or seLinuxChangePolicy: Recursive on all of them',
        why: 'Which label the files may carry is a decision about who may read them. Recursive walks over all files at each start.',
      }),
      wrongMove({
        title: 'Set SELinux to permissive on the node',
        why: 'It takes the protection from every container there, not only from these.',
      }),
    ],
  };
}
