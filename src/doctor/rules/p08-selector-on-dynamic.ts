// P08: a claim selects among volumes, and its class makes new ones.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { StorageClass } from '../../apis/storage/generated/v1.ts';
import { noProvisioner } from '../../apis/storage/names.ts';
import { eventTexts } from '../event-texts.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { claimHoldsNoData } from '../safety/proofs.ts';
import { isFreeFor } from '../snapshot/binding.ts';
import { classOfClaim, newestEvent, volumesOfClass, waitingClaims } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const p08SelectorOnDynamic = defineRule({
  id: 'P08',
  title: 'Selector on a claim of a class that makes volumes',
  severity: 'Low',
  needs: ['claims', 'classes', 'volumes'],
  reads: ['events'],
  page: {
    symptom: '"claim Selector is not supported" on the claim, which stays Pending.',
    cause: 'The claim has spec.selector. That chooses among volumes made by hand; a provisioner can not obey it.',
    consequence: 'The claim stays Pending until somebody makes a volume with these labels.',
    remedy: 'Make the claim again without the selector, or make a PersistentVolume that it selects.',
    wrongMoves: 'None are known to lose data.',
    sources: ['https://github.com/kubernetes-csi/external-provisioner/blob/master/pkg/controller/controller.go'],
  },
  examine: (snapshot) =>
    waitingClaims(snapshot).flatMap((claim) => {
      const storageClass = classOfClaim(snapshot, claim);
      const { selector, volumeName } = claim.spec ?? {};
      if (!storageClass || !selector || volumeName || storageClass.provisioner === noProvisioner) return [];
      if (volumesOfClass(snapshot, storageClass.metadata.name).some((volume) => isFreeFor(volume, claim))) return [];
      return [findingOf(snapshot, claim, storageClass)];
    }),
});

function findingOf(snapshot: Snapshot, claim: PersistentVolumeClaim, storageClass: StorageClass): FindingDraft {
  const { namespace, name } = claim.metadata;
  const refusal = newestEvent(snapshot.eventsOf(claim), eventTexts.selectorRefused);
  return {
    subject: refTo(claim),
    related: [refTo(storageClass)],
    sentence: `Claim ${name} selects a volume by labels, no free volume has them, and the class ${storageClass.metadata.name} can not make one to order.`,
    evidence: [
      evidence(claim, 'spec.selector', claim.spec?.selector),
      evidence(storageClass, 'provisioner', storageClass.provisioner),
      ...(refusal ? [evidence(refusal, 'message', refusal.message)] : []),
    ],
    actions: [
      harmless({
        title: 'See which volumes there are to select from',
        why: 'A volume made by hand with these labels, of the same class and size, is bound at once.',
        commands: [kubectl(['get', 'persistentvolumes', '--show-labels'])],
      }),
      guarded(
        {
          title: 'Delete the claim, and make it again without the selector',
          why: 'The selector of a claim can not be changed. Without it the class makes a volume.',
          commands: [kubectl(['delete', 'persistentvolumeclaim', name, '--wait=false'], namespace)],
        },
        [claimHoldsNoData(snapshot, claim)],
      ),
    ],
  };
}
