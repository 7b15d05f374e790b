// M05: an XFS clone can't be mounted on the node where its source is mounted: both carry the same UUID.

import type { PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { volumeIsUnmounted } from '../safety/proofs.ts';
import { nodeIsHeard, podComesBack } from '../safety/restart-proofs.ts';
import { sourceVolume } from '../snapshot/clones.ts';
import { attachmentsOfVolume } from '../snapshot/joins.ts';
import { type MountFailure, mountFailures, volumesNamedBy } from '../snapshot/mounts.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const m05DuplicateUuid = defineRule({
  id: 'M05',
  title: 'XFS clone beside its source',
  severity: 'Medium',
  needs: ['pods', 'claims', 'volumes', 'events', 'attachments'],
  reads: ['snapshots'],
  page: {
    symptom:
      'A pod with a cloned or restored XFS volume stays in ContainerCreating with "wrong fs type, bad option, bad superblock", but only on the node where the source is mounted.',
    cause: "XFS refuses to mount a second file system with the same UUID, and a clone carries its source's.",
    consequence: 'The pod does not start on this node. No data is in danger.',
    remedy: 'Run the pod on another node, or mount the clone with nouuid.',
    wrongMoves: 'Giving the source a new UUID while it is mounted.',
    sources: ['https://github.com/container-storage-interface/spec/issues/482'],
  },
  examine: (snapshot) =>
    mountFailures(snapshot, eventTexts.wrongFileSystem).flatMap((failure) =>
      volumesNamedBy(snapshot, failure.pod, failure.event.message ?? '')
        .filter((volume) => isBesideItsSource(snapshot, volume, failure.pod))
        .map((volume) => findingOf(snapshot, volume, failure)),
    ),
});

/** An XFS copy whose source, or another copy of it, is attached to the pod's node. */
export function isBesideItsSource(snapshot: Snapshot, volume: PersistentVolume, pod: Pod): boolean {
  return volume.spec?.csi?.fsType === 'xfs' && twinOn(snapshot, volume, pod.spec?.nodeName ?? '') !== undefined;
}

/** The volume on the node that carries the same UUID. */
function twinOn(snapshot: Snapshot, volume: PersistentVolume, nodeName: string): PersistentVolume | undefined {
  const source = sourceVolume(snapshot, volume);
  if (!source) return undefined;
  const isThere = attachmentsOfVolume(snapshot, source.metadata.name).some(
    ({ spec, status }) => spec.nodeName === nodeName && status?.attached,
  );
  return isThere ? source : undefined;
}

function findingOf(snapshot: Snapshot, volume: PersistentVolume, { pod, facts }: MountFailure): FindingDraft {
  const nodeName = pod.spec?.nodeName ?? '';
  const { name } = volume.metadata;
  const twin = twinOn(snapshot, volume, nodeName);
  const options = [...new Set([...(volume.spec?.mountOptions ?? []), 'nouuid'])];
  return {
    subject: refTo(volume),
    related: [pod, ...(twin ? [twin] : [])].map(refTo),
    sentence: `Volume ${name} is an XFS copy of ${twin?.metadata.name}, which is on ${nodeName} too, and XFS mounts only one of them there.`,
    evidence: [
      ...facts,
      evidence(volume, 'spec.csi.fsType', volume.spec?.csi?.fsType),
      ...(twin
        ? attachmentsOfVolume(snapshot, twin.metadata.name).map((each) =>
            evidence(each, 'spec.nodeName', each.spec.nodeName),
          )
        : []),
    ],
    actions: [
      harmless({
        title: 'Let the pod run on another node',
        why: 'There the UUID is the only one of its kind. A pod anti-affinity to the pod of the source keeps it so.',
        commands: [kubectl(['get', 'pod', pod.metadata.name, '-o', 'wide'], pod.metadata.namespace)],
      }),
      guarded(
        {
          title: 'Mount the copy with nouuid',
          why: 'XFS then does not compare UUIDs for this volume. The pod has to be made again to be mounted so.',
          commands: [
            kubectl(['patch', 'persistentvolume', name, '-p', JSON.stringify({ spec: { mountOptions: options } })]),
            kubectl(['delete', 'pod', pod.metadata.name], pod.metadata.namespace),
          ],
        },
        [volumeIsUnmounted(snapshot, volume, nodeName), nodeIsHeard(snapshot, nodeName), podComesBack(pod)],
      ),
      wrongMove({
        title: 'Give the source a new UUID',
        why: 'It is mounted: changing its superblock under the running file system can destroy it.',
      }),
    ],
  };
}
