// L03: a claim waits beside the very volume that it had before.

import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { wrongMove } from '../safety/actions.ts';
import { handOver } from '../safety/hand-over.ts';
import { volumesNaming, waitingClaims } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const l03Released = defineRule({
  id: 'L03',
  title: 'Released volume that a new claim waits for',
  severity: 'Medium',
  needs: ['volumes', 'claims'],
  reads: ['attachments'],
  page: {
    symptom: 'A PersistentVolume is Released, and a new claim of the old name stays Pending or got an empty volume.',
    cause:
      'The policy Retain kept the volume when its claim was deleted. It still holds the UID of that claim, and no other may have it.',
    consequence: 'The data is there, and nobody can use it.',
    remedy: 'Make sure that the new claim belongs to the owner of the data, then give the volume to it.',
    wrongMoves: 'Deleting the PersistentVolume to get rid of the name: it is what finds the disk.',
    sources: ['https://github.com/jupyterhub/zero-to-jupyterhub-k8s/issues/860'],
  },
  examine: (snapshot) => {
    const seen = new Set<string>();
    return waitingClaims(snapshot).flatMap((claim) => {
      const volume = formerVolume(snapshot, claim);
      if (!volume || seen.has(volume.metadata.name)) return [];
      seen.add(volume.metadata.name);
      return [findingOf(snapshot, volume, claim)];
    });
  },
});

/** The Released volume that the claim names, or that a claim of its name had. */
function formerVolume(snapshot: Snapshot, claim: PersistentVolumeClaim): PersistentVolume | undefined {
  const named = claim.spec?.volumeName;
  if (named) {
    const volume = snapshot.find('volumes', { name: named });
    return volume && isKept(volume, claim) ? volume : undefined;
  }
  return volumesNaming(snapshot, claim.metadata).find((volume) => isKept(volume, claim));
}

function isKept({ status, spec, metadata }: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (
    status?.phase === 'Released' &&
    spec?.persistentVolumeReclaimPolicy === 'Retain' &&
    !metadata.deletionTimestamp &&
    spec.claimRef?.uid !== undefined &&
    spec.claimRef.uid !== claim.metadata.uid
  );
}

function findingOf(snapshot: Snapshot, volume: PersistentVolume, claim: PersistentVolumeClaim): FindingDraft {
  const { name } = volume.metadata;
  return {
    subject: refTo(volume),
    related: [refTo(claim)],
    sentence: `Claim ${claim.metadata.name} waits, and the volume ${name} with the data of the claim before it lies beside, kept and reserved for that one.`,
    evidence: [
      evidence(volume, 'status.phase', volume.status?.phase),
      evidence(volume, 'spec.persistentVolumeReclaimPolicy', volume.spec?.persistentVolumeReclaimPolicy),
      evidence(volume, 'spec.claimRef.uid', volume.spec?.claimRef?.uid),
      evidence(claim, 'metadata.uid', claim.metadata.uid),
    ],
    actions: [
      handOver(snapshot, volume, claim),
      wrongMove({
        title: `Delete the PersistentVolume ${name}`,
        why: 'The disk stays and nothing names it any more; the data on it is then found only by the list of the provider.',
      }),
    ],
  };
}
