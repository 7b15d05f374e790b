// M09: an application fails on its volume because the files there do not belong to its group.

import type { ContainerStatus, PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { statusesOf, troubledPods, volumesOfPod } from '../snapshot/mounts.ts';
import { type OwnershipSkipped, ownershipSkipped } from '../snapshot/ownership.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { workloadOf } from '../snapshot/workloads.ts';

const denied = /permission denied|EACCES|operation not permitted|not writable/i;

export const m09PermissionDenied = defineRule({
  id: 'M09',
  title: 'Application may not write to its volume',
  severity: 'Medium',
  needs: ['pods', 'claims', 'volumes', 'drivers'],
  page: {
    symptom: 'The application ends with "permission denied" on its volume, and restarts again and again.',
    cause:
      'The kubelet did not give the volume to the fsGroup of the pod: the policy of the driver is None, or it is the default and the volume is shared or names no file system type; or an NFS server maps root away; or the pod sets no fsGroup.',
    consequence: 'The application does not run. No data is in danger.',
    remedy:
      "Set the CSIDriver's fsGroupPolicy to File if its volumes can be owned so, or give the pod the group that owns the files (supplementalGroups).",
    wrongMoves: 'chmod 777 on the volume, or running the application as root.',
    sources: [
      'https://github.com/piraeusdatastore/piraeus-operator/pull/1059',
      'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
    ],
  },
  examine: (snapshot) =>
    troubledPods(snapshot).flatMap((pod) => {
      const failed = statusesOf(pod).find(isFailing);
      return failed && runsUnprivileged(pod, failed.name) ? findingsOf(snapshot, pod, failed) : [];
    }),
});

/** Has ended with an error, and is to be started again. */
function isFailing({ state, lastState }: ContainerStatus): boolean {
  const ended = state?.terminated ?? lastState?.terminated;
  return !state?.running && ended !== undefined && ended.exitCode !== 0;
}

function runsUnprivileged(pod: Pod, containerName: string): boolean {
  const container = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(
    ({ name }) => name === containerName,
  );
  return (container?.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser) !== 0;
}

const reasons: Record<OwnershipSkipped, string> = {
  'policy-none': "the policy of the volume's driver is None",
  shared: 'the default policy of the driver leaves shared volumes alone',
  'no-type': 'the default policy of the driver leaves volumes without a file system type alone',
  server: 'the owner of its files is the business of the file server',
};

function findingsOf(snapshot: Snapshot, pod: Pod, failed: ContainerStatus): FindingDraft[] {
  const { fsGroup } = pod.spec?.securityContext ?? {};
  const ended = failed.state?.terminated ?? failed.lastState?.terminated;
  const isDenied = denied.test(ended?.message ?? '');
  for (const volume of volumesOfPod(snapshot, pod)) {
    const skipped = ownershipSkipped(snapshot, volume);
    // A container fails for many reasons. Without a text that names this one, the group must have been skipped.
    if (fsGroup !== undefined && skipped) return [skippedFinding(snapshot, pod, { failed, volume, skipped })];
    if (fsGroup === undefined && isDenied) return [noGroupFinding(snapshot, pod, { failed, volume })];
  }
  return [];
}

interface Failure {
  failed: ContainerStatus;
  volume: PersistentVolume;
}

function skippedFinding(snapshot: Snapshot, pod: Pod, failure: Failure & { skipped: OwnershipSkipped }): FindingDraft {
  const { volume, failed, skipped } = failure;
  const { fsGroup } = pod.spec?.securityContext ?? {};
  const driverName = volume.spec?.csi?.driver ?? '';
  const driver = snapshot.find('drivers', { name: driverName });
  return {
    ...common(snapshot, pod, failure),
    sentence: `Container ${failed.name} of pod ${pod.metadata.name} fails, and its volume was not given to its group ${fsGroup}: ${reasons[skipped]}.`,
    evidence: [
      ...facts(pod, failure),
      evidence(volume, 'spec.accessModes', volume.spec?.accessModes),
      evidence(volume, 'spec.csi.fsType', volume.spec?.csi?.fsType),
      ...(driver ? [evidence(driver, 'spec.fsGroupPolicy', driver.spec.fsGroupPolicy)] : []),
    ],
    actions: [
      look(pod, failed),
      ...(driver
        ? [
            forExpert({
              title: `Set the fsGroupPolicy of ${driverName} to File`,
              why: 'The kubelet then changes the owner of every file of every volume of this driver when it mounts it. Not every storage allows that.',
              commands: [
                kubectl(['patch', 'csidriver', driverName, '-p', JSON.stringify({ spec: { fsGroupPolicy: 'File' } })]),
              ],
            }),
          ]
        : []),
      ...groupActions,
    ],
  };
}

function noGroupFinding(snapshot: Snapshot, pod: Pod, failure: Failure): FindingDraft {
  return {
    ...common(snapshot, pod, failure),
    sentence: `Container ${failure.failed.name} of pod ${pod.metadata.name} is denied access, and the pod names no fsGroup to own its volume.`,
    evidence: facts(pod, failure),
    cause: 'The files belong to another user, and the pod asks for no group that the kubelet could give them to.',
    actions: [look(pod, failure.failed), ...groupActions],
  };
}

function common(
  snapshot: Snapshot,
  pod: Pod,
  { volume }: Failure,
): Pick<FindingDraft, 'subject' | 'related' | 'blames'> {
  return {
    subject: refTo(pod),
    related: [workloadOf(snapshot, pod), refTo(volume)],
    blames: [refTo(volume), { kind: 'Node', name: pod.spec?.nodeName ?? '' }],
  };
}

function facts(pod: Pod, { failed }: Failure): Evidence[] {
  const ended = failed.state?.terminated ?? failed.lastState?.terminated;
  const path = `status.containerStatuses[${failed.name}].${failed.state?.terminated ? 'state' : 'lastState'}.terminated`;
  return [
    evidence(pod, `${path}.exitCode`, ended?.exitCode),
    evidence(pod, `${path}.message`, ended?.message),
    evidence(pod, 'spec.securityContext.fsGroup', pod.spec?.securityContext?.fsGroup),
  ];
}

function look(pod: Pod, { name }: ContainerStatus): FindingDraft['actions'][number] {
  const { namespace } = pod.metadata;
  return harmless({
    title: 'Look at what the application says',
    why: 'If it is not "permission denied", this finding does not explain the failure.',
    commands: [kubectl(['logs', pod.metadata.name, '-c', name, '--previous', '--tail=50'], namespace)],
  });
}

const groupActions = [
  forExpert({
    title: 'Give the pod the group that owns the files (supplementalGroups) in its template',
    why: 'Nothing on the volume changes. On a file server this is often the only way.',
  }),
  wrongMoves.openPermissions,
];
