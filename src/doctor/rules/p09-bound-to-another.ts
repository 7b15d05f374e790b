// P09: the volume that a claim names belongs to another claim.

import { isReservedFor, mayBelongTo } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { type Action, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { claimWithUid, handOver } from '../safety/hand-over.ts';
import { claimHoldsNoData } from '../safety/proofs.ts';
import { newestEvent, volumeOfClaim, waitingClaims } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const p09BoundToAnother = defineRule({
  id: 'P09',
  title: 'Volume that belongs to another claim',
  severity: 'High',
  needs: ['claims', 'volumes'],
  reads: ['events', 'attachments'],
  page: {
    symptom: '"volume … already bound to a different claim" on a claim that stays Pending.',
    cause:
      'The claim names a volume whose claimRef holds the UID of another claim: one that lives, or one of the same name that was deleted.',
    consequence: 'The claim stays Pending, and its pod does not start.',
    remedy: 'Find out who owns the data. Give the volume to the new claim only if the old one is gone for good.',
    wrongMoves:
      'Clearing the claimRef while the claim in it lives: two claims then share one disk, and the one that loses it may be in use.',
    sources: [
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/volume/persistentvolume/pv_controller.go',
    ],
  },
  examine: (snapshot) =>
    waitingClaims(snapshot).flatMap((claim) => {
      const volume = volumeOfClaim(snapshot, claim);
      if (!volume?.spec?.claimRef || isReservedFor(volume, claim) || mayBelongTo(volume, claim)) return [];
      return [findingOf(snapshot, claim, volume)];
    }),
});

function findingOf(snapshot: Snapshot, claim: PersistentVolumeClaim, volume: PersistentVolume): FindingDraft {
  const { name } = claim.metadata;
  const { uid = '', namespace: otherNamespace, name: otherName } = volume.spec?.claimRef ?? {};
  const owner = claimWithUid(snapshot, uid);
  const event = newestEvent(snapshot.eventsOf(claim), eventTexts.misbound);
  return {
    subject: refTo(claim),
    related: [refTo(volume), ...(owner ? [refTo(owner)] : [])],
    sentence: owner
      ? `Claim ${name} names the volume ${volume.metadata.name}, which the claim ${otherNamespace}/${otherName} has.`
      : `Claim ${name} names the volume ${volume.metadata.name}, which is still reserved for a claim that is not there any more.`,
    evidence: [
      evidence(volume, 'spec.claimRef.uid', uid),
      evidence(claim, 'metadata.uid', claim.metadata.uid),
      evidence(volume, 'status.phase', volume.status?.phase),
      ...(event ? [evidence(event, 'message', event.message)] : []),
    ],
    blames: [refTo(volume)],
    actions: owner ? againstOwner(snapshot, claim, owner) : [handOver(snapshot, volume, claim), tooEarly],
  };
}

const tooEarly = wrongMove({
  title: 'Clear the claimRef without looking for the claim in it',
  why: 'If that claim lives, two claims share one disk, and the one that loses it may be in use.',
});

/** The volume has a living owner: it is the claim that must give way. */
function againstOwner(snapshot: Snapshot, claim: PersistentVolumeClaim, owner: PersistentVolumeClaim): Action[] {
  const { namespace, name } = claim.metadata;
  return [
    harmless({
      title: 'Find out why the claim names this volume',
      why: 'The name may be copied from another manifest; the owner keeps the volume.',
      commands: [
        kubectl(['get', 'persistentvolumeclaim', name, '-o', 'yaml'], namespace),
        kubectl(['describe', 'persistentvolumeclaim', owner.metadata.name], owner.metadata.namespace),
      ],
    }),
    guarded(
      {
        title: 'Delete the claim, and make it again without volumeName or with another',
        why: 'The volume that a claim names can not be changed.',
        commands: [kubectl(['delete', 'persistentvolumeclaim', name, '--wait=false'], namespace)],
      },
      [claimHoldsNoData(snapshot, claim)],
    ),
    wrongMove({
      title: 'Clear the claimRef of the volume',
      why: `The claim ${owner.metadata.namespace}/${owner.metadata.name} has it, and would lose its data to this one.`,
    }),
  ];
}
