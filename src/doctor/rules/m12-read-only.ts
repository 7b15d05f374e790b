// M12: the kernel has taken a file system read-only, because the disk under it failed. What was being written is lost.

import { nodeCondition } from '../../apis/core/conditions.ts';
import type { Node, Pod } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { type Action, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { nodeIsHeard, podComesBack } from '../safety/restart-proofs.ts';
import { claimsOfPod, driverOfVolume, newestEvent, podsOnNode } from '../snapshot/joins.ts';
import { statusesOf, troubledPods, volumesOfPod } from '../snapshot/mounts.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { LogLine } from '../snapshot/types.ts';

const inApplication = /read-only file ?system|EROFS|input\/output error|\bEIO\b/i;
const inKernel = /remounting filesystem read-only|filesystem is now read-only/i;

export const m12ReadOnly = defineRule({
  id: 'M12',
  title: 'File system went read-only',
  severity: 'Critical',
  needs: ['pods', 'nodes', 'claims'],
  reads: ['volumes', 'events', 'logs'],
  page: {
    symptom:
      'The application fails with "Read-only file system" or "Input/output error"; the kernel says "Remounting filesystem read-only"; the node has the condition ReadonlyFilesystem (from the node-problem-detector).',
    cause:
      'The disk stopped answering: the path to it was lost, the engine behind it died, or its pool is full. The kernel stops writing to save what is there.',
    consequence: 'Nothing is written any more. What the application had not synced is lost.',
    remedy: 'Bring the storage back first; then make the pod anew, so that its volume is mounted and checked again.',
    wrongMoves: 'mount -o remount,rw: it writes on over what failed.',
    sources: ['https://longhorn.io/kb/troubleshooting-volume-readonly-or-io-error/'],
  },
  examine: (snapshot) => [
    ...snapshot.all('nodes').flatMap((node) => nodeFinding(snapshot, node)),
    ...troubledPods(snapshot).flatMap((pod) => podFinding(snapshot, pod)),
  ],
});

function nodeFinding(snapshot: Snapshot, node: Node): FindingDraft[] {
  const { name } = node.metadata;
  const condition = nodeCondition(node, 'ReadonlyFilesystem');
  const event = newestEvent(snapshot.eventsOf(node), eventTexts.remountedReadOnly);
  const line = linesOf(snapshot, name).find(({ text }) => inKernel.test(text));
  if (condition?.status !== 'True' && !event && !line) return [];
  const pods = podsOnNode(snapshot, name).filter((pod) => claimsOfPod(snapshot, pod).length > 0);
  return [
    {
      subject: refTo(node),
      related: pods.map(refTo),
      sentence: `A file system on node ${name} went read-only, and ${pods.length === 1 ? '1 pod' : `${pods.length} pods`} with storage may no longer write.`,
      evidence: [
        evidence(node, 'status.conditions[ReadonlyFilesystem].status', condition?.status),
        evidence(node, 'status.conditions[ReadonlyFilesystem].message', condition?.message),
        ...(event ? [evidence(event, 'message', event.message)] : []),
        ...(line ? [evidence(line, 'text', line.text)] : []),
      ],
      actions: [
        harmless({
          title: `See which file system it is, on ${name}`,
          why: "It may be a volume, or the node's own disk. The kernel's message names the device.",
          commands: ["dmesg --level=err,warn | grep -iE 'read-only|I/O error'", 'findmnt -rn -O ro'],
        }),
        ...pods.slice(0, 10).map((pod) => makeAnew(snapshot, pod)),
        remountMove,
      ],
    },
  ];
}

function linesOf(snapshot: Snapshot, nodeName: string): readonly LogLine[] {
  return snapshot.where('logs', {
    index: 'logsOfNode',
    key: nodeName,
    keysOf: (line) => (line.nodeName ? [line.nodeName] : []),
  });
}

function podFinding(snapshot: Snapshot, pod: Pod): FindingDraft[] {
  const failed = statusesOf(pod).find(({ state, lastState }) =>
    inApplication.test((state?.terminated ?? lastState?.terminated)?.message ?? ''),
  );
  if (!failed || failed.state?.running || !writesToClaim(pod)) return [];
  const volumes = volumesOfPod(snapshot, pod);
  const ended = failed.state?.terminated ? 'state' : 'lastState';
  return [
    {
      subject: refTo(pod),
      related: volumes.map(refTo),
      sentence: `Pod ${pod.metadata.name} can't write to its volume: the file system is read-only or its disk fails.`,
      evidence: [
        evidence(
          pod,
          `status.containerStatuses[${failed.name}].${ended}.terminated.message`,
          failed[ended]?.terminated?.message,
        ),
        ...volumes.map((volume) => evidence(volume, 'spec.csi.volumeHandle', volume.spec?.csi?.volumeHandle)),
      ],
      blames: [
        ...volumes.map(refTo),
        { kind: 'Node', name: pod.spec?.nodeName ?? '' },
        ...volumes.flatMap((volume) => ({ kind: 'CSIDriver', name: driverOfVolume(volume) ?? '' })),
      ],
      actions: [
        harmless({
          title: 'Look at the storage behind the volume',
          why: 'The file system is only as healthy as its disk: path, engine and free space of the pool.',
          commands: [kubectl(['describe', 'pod', pod.metadata.name], pod.metadata.namespace)],
        }),
        makeAnew(snapshot, pod),
        remountMove,
      ],
    },
  ];
}

/** Mounts a claim not as read-only, somewhere. */
function writesToClaim(pod: Pod): boolean {
  const names = (pod.spec?.volumes ?? [])
    .filter(
      ({ persistentVolumeClaim, ephemeral }) => ephemeral || (persistentVolumeClaim && !persistentVolumeClaim.readOnly),
    )
    .map(({ name }) => name);
  return (pod.spec?.containers ?? []).some(({ volumeMounts = [] }) =>
    volumeMounts.some(({ name, readOnly }) => names.includes(name) && !readOnly),
  );
}

function makeAnew(snapshot: Snapshot, pod: Pod): Action {
  const { namespace, name } = pod.metadata;
  return guarded(
    {
      title: `Make pod ${name} anew`,
      why: 'Its volume is unmounted, checked and mounted again.',
      commands: [kubectl(['delete', 'pod', name], namespace)],
    },
    [
      {
        claim: `the storage behind the volumes of ${name} is healthy again`,
        found: undefined,
        howTo: 'Look at its own dashboard or command line: path, engine, free space for data and metadata.',
      },
      nodeIsHeard(snapshot, pod.spec?.nodeName ?? ''),
      podComesBack(pod),
    ],
  );
}

const remountMove = wrongMove({
  title: 'mount -o remount,rw',
  why: 'It writes on over what the disk has lost, and turns a file system that can be checked into one that cannot.',
});
