// M08: a container can't start because the path inside its volume can't be prepared. The kubelet hides why, on purpose.

import type { ContainerStatus, PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { nodeIsHeard, podComesBack } from '../safety/restart-proofs.ts';
import { blockedContainers, troubledPods, volumesOfPod } from '../snapshot/mounts.ts';
import { nfsServerOf, serverRef } from '../snapshot/nfs.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

const text = /failed to prepare subPath for volumeMount "([^"]+)" of container/;

export const m08SubPath = defineRule({
  id: 'M08',
  title: 'Path inside a volume cannot be prepared',
  severity: 'Medium',
  needs: ['pods'],
  reads: ['claims', 'volumes', 'nodes'],
  page: {
    symptom:
      'A container waits with CreateContainerConfigError: "failed to prepare subPath for volumeMount "v" of container "c"". The log of the kubelet has the detail; the API hides it on purpose.',
    cause:
      'The path does not exist and cannot be made (read-only volume), a part of it is a symbolic link that leaves the volume, a file stands where a folder is needed, or the mount is stale.',
    consequence: 'The container does not start.',
    remedy: 'Make the path inside the volume, or mount the volume whole; if the mount is stale, make the pod again.',
    wrongMoves: 'Mounting the same folder by hostPath: it goes around all protection, and to another node.',
    sources: ['https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/kubelet_pods.go'],
  },
  examine: (snapshot) =>
    troubledPods(snapshot).flatMap((pod) => {
      const [blocked] = pod.metadata.deletionTimestamp
        ? []
        : blockedContainers(pod, 'CreateContainerConfigError', text);
      return blocked ? [findingOf(snapshot, pod, blocked)] : [];
    }),
});

function findingOf(snapshot: Snapshot, pod: Pod, status: ContainerStatus): FindingDraft {
  const { namespace, name } = pod.metadata;
  const message = status.state?.waiting?.message ?? '';
  const mountName = text.exec(message)?.[1] ?? '';
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const container = containers.find((each) => each.name === status.name);
  const mount = container?.volumeMounts?.find((each) => each.name === mountName && (each.subPath || each.subPathExpr));
  const path = mount?.subPath ?? mount?.subPathExpr ?? '';
  const isReadOnly = mount?.readOnly || readOnlyVolume(pod, mountName);
  const nodeName = pod.spec?.nodeName ?? '';
  const volumes = volumesOfPod(snapshot, pod);
  return {
    subject: refTo(pod),
    related: volumes.map(refTo),
    sentence: `Container ${status.name} of pod ${name} can't start: the path "${path}" inside its volume ${mountName} can't be prepared${isReadOnly ? ', and the volume is read-only' : ''}.`,
    evidence: [
      evidence(pod, `status.containerStatuses[${status.name}].state.waiting.reason`, status.state?.waiting?.reason),
      evidence(pod, `status.containerStatuses[${status.name}].state.waiting.message`, message),
      evidence(pod, `spec.containers[${status.name}].volumeMounts[${mountName}].subPath`, path),
    ],
    ...(isReadOnly && {
      cause: 'The path is not there, and it cannot be made because the volume is mounted read-only.',
    }),
    blames: [{ kind: 'Node', name: nodeName }, ...serversOf(volumes), ...volumes.map(refTo)],
    actions: [
      harmless({
        title: 'Look at the path, in a pod that mounts the whole volume',
        why: 'It shows whether the path is missing, a link or a file. The log of the kubelet on the node has the error.',
        commands: [
          kubectl(['describe', 'pod', name], namespace),
          kubectl(['get', '--raw', `/api/v1/nodes/${nodeName}/proxy/logs/?query=kubelet&pattern=subPath`]),
        ],
      }),
      guarded(
        {
          title: 'Make the pod again once the path is there',
          why: 'Its volumes are then mounted anew, which also ends a stale mount.',
          commands: [kubectl(['delete', 'pod', name], namespace)],
        },
        [nodeIsHeard(snapshot, nodeName), podComesBack(pod)],
      ),
      wrongMove({
        title: 'Mount the folder by hostPath instead',
        why: 'The data then lies on one node, outside of every quota, backup and protection.',
      }),
    ],
  };
}

function readOnlyVolume(pod: Pod, name: string): boolean {
  const volume = pod.spec?.volumes?.find((each) => each.name === name);
  return volume?.persistentVolumeClaim?.readOnly === true || volume?.configMap !== undefined;
}

function serversOf(volumes: readonly PersistentVolume[]): ObjectRef[] {
  return volumes.map(nfsServerOf).flatMap((name) => (name ? serverRef(name) : []));
}
