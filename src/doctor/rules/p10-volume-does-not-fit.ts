// P10: the volume that a claim asks for by name does not fit it.

import { isReservedFor, mayBelongTo } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { absence, type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { claimHoldsNoData } from '../safety/proofs.ts';
import { mismatches } from '../snapshot/binding.ts';
import { volumeOfClaim, waitingClaims } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const p10VolumeDoesNotFit = defineRule({
  id: 'P10',
  title: 'Volume that does not fit the claim that names it',
  severity: 'Medium',
  needs: ['claims', 'volumes'],
  page: {
    symptom:
      '"Cannot bind to requested volume …: requested PV is too small", "incompatible accessMode", "storageClassName does not match" or "incompatible volumeMode" on a claim that stays Pending.',
    cause: 'The claim names one volume, and that differs from what the claim asks for, or does not exist.',
    consequence: 'The claim stays Pending, and its pod does not start.',
    remedy:
      'Make the claim again so that it asks for what the volume has. A claim can not be changed before it is bound.',
    wrongMoves:
      'Writing a larger capacity into the volume: the disk stays as small as it is, and the application meets its end early.',
    sources: [
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/volume/persistentvolume/pv_controller.go',
    ],
  },
  examine: (snapshot) =>
    waitingClaims(snapshot).flatMap((claim) => {
      const name = claim.spec?.volumeName;
      if (!name) return [];
      const volume = volumeOfClaim(snapshot, claim);
      if (!volume) {
        const facts = [evidence(claim, 'spec.volumeName', name), absence('PersistentVolume', 'metadata.name', name)];
        return snapshot.covers('volumes') ? [findingOf(snapshot, claim, { why: ['it does not exist'], facts })] : [];
      }
      const isTaken = volume.spec?.claimRef && !mayBelongTo(volume, claim) && !isReservedFor(volume, claim);
      const differing = mismatches(volume, claim);
      // Who owns a volume that is taken is another question.
      if (isTaken || differing.length === 0) return [];
      const [why, facts] = [differing.map((each) => each.why), differing.flatMap((each) => each.facts)];
      return [findingOf(snapshot, claim, { volume, why, facts })];
    }),
});

function findingOf(
  snapshot: Snapshot,
  claim: PersistentVolumeClaim,
  { volume, why, facts }: { volume?: PersistentVolume; why: readonly string[]; facts: Evidence[] },
): FindingDraft {
  const { namespace, name } = claim.metadata;
  const { volumeName = '' } = claim.spec ?? {};
  return {
    subject: refTo(claim),
    related: volume ? [refTo(volume)] : [],
    sentence: `Claim ${name} asks for the volume ${volumeName} by name, and ${why.join(', and ')}.`,
    evidence: facts,
    actions: [
      harmless({
        title: 'Compare the two',
        why: 'Either the volume is the wrong one, or the claim asks for too much.',
        commands: [
          kubectl(['get', 'persistentvolume', volumeName, '-o', 'yaml']),
          kubectl(['get', 'persistentvolumeclaim', name, '-o', 'yaml'], namespace),
        ],
      }),
      guarded(
        {
          title: 'Delete the claim, and make it again so that it fits the volume',
          why: 'Nothing but its labels can be changed before it is bound.',
          commands: [kubectl(['delete', 'persistentvolumeclaim', name, '--wait=false'], namespace)],
        },
        [claimHoldsNoData(snapshot, claim)],
      ),
      wrongMove({
        title: 'Write another capacity or mode into the volume so that it fits',
        why: 'The disk stays what it is: the application meets its end early, or a second writer.',
      }),
    ],
  };
}
