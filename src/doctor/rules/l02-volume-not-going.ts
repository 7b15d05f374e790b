// L02: a volume is to be deleted and does not go.

import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import { finalizers } from '../../apis/storage/names.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import type { Settings } from '../settings.ts';
import { attachmentsOfVolume, claimOfVolume, driverOfVolume } from '../snapshot/joins.ts';
import { siftVolumes } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const l02VolumeNotGoing = defineRule({
  id: 'L02',
  title: 'Volume that does not go',
  severity: 'Medium',
  needs: ['volumes', 'attachments', 'claims'],
  page: {
    symptom: 'A PersistentVolume is Terminating or Failed: "persistentvolume … is still attached to node …".',
    cause: 'An attachment, its claim, or a finalizer whose owner fails keeps it.',
    consequence: 'The disk stays, is paid for, and counts against quotas.',
    remedy: 'Resolve what keeps it: the attachment first, then what the driver says of the deletion.',
    wrongMoves: 'Removing the finalizers: the object goes and the disk stays, and nothing names it any more.',
    sources: ['https://github.com/kubernetes/kubernetes/issues/69697'],
  },
  examine: (snapshot, settings) =>
    siftVolumes(snapshot).loose.flatMap((volume) =>
      isLate(snapshot, volume, settings) ? [findingOf(snapshot, volume)] : [],
    ),
});

/** Being deleted for longer than the grace, or released for deletion and failed. */
function isLate(snapshot: Snapshot, { metadata, status, spec }: PersistentVolume, { graceMs }: Settings): boolean {
  const goingMs = snapshot.ageMs(metadata.deletionTimestamp);
  if (goingMs !== undefined) return goingMs > graceMs;
  if (spec?.persistentVolumeReclaimPolicy !== 'Delete') return false;
  if (status?.phase === 'Failed') return true;
  return status?.phase === 'Released' && (snapshot.ageMs(status.lastPhaseTransitionTime) ?? 0) > graceMs;
}

function findingOf(snapshot: Snapshot, volume: PersistentVolume): FindingDraft {
  const { name, deletionTimestamp, finalizers: holds = [] } = volume.metadata;
  const attachments = attachmentsOfVolume(snapshot, name);
  const claim = volume.status?.phase === 'Bound' ? claimOfVolume(snapshot, volume) : undefined;
  const driver = driverOfVolume(volume);
  const [attachment] = attachments;
  const others = holds.filter((each) => each !== finalizers.volumeProtection && each !== finalizers.provisioner);
  const why = attachment
    ? `it is still attached to ${attachment.spec.nodeName}`
    : claim
      ? `the claim ${claim.metadata.namespace}/${claim.metadata.name} still has it`
      : others.length > 0
        ? `${others.join(' and ')} holds it`
        : `${driver ?? 'its driver'} has not deleted the disk`;
  return {
    subject: refTo(volume),
    related: [...attachments, ...(claim ? [claim] : [])].map(refTo),
    sentence: `The volume ${name} is to be deleted and stays, because ${why}.`,
    evidence: [
      evidence(volume, 'metadata.deletionTimestamp', deletionTimestamp),
      evidence(volume, 'metadata.finalizers', holds),
      evidence(volume, 'status.phase', volume.status?.phase),
      ...(volume.status?.message ? [evidence(volume, 'status.message', volume.status.message)] : []),
      ...attachments.map((each) => evidence(each, 'spec.nodeName', each.spec.nodeName)),
    ],
    blames: [
      ...attachments.flatMap((each) => [refTo(each), { kind: 'Node', name: each.spec.nodeName }]),
      ...(claim ? [refTo(claim)] : []),
      ...(driver ? [{ kind: 'CSIDriver', name: driver }] : []),
    ],
    actions: [
      harmless({
        title: 'See what keeps it',
        why: attachment
          ? 'Once it is detached it goes by itself.'
          : 'The events of the volume and the log of the provisioner say what the backend lacks.',
        commands: [kubectl(['describe', 'persistentvolume', name]), kubectl(['get', 'volumeattachments'])],
      }),
      wrongMoves.nullFinalizers,
      wrongMoves.deleteBackendDisk,
    ],
  };
}
