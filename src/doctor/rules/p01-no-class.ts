// P01: the claim has no storage class that could make a volume for it.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { isDefaultClass } from '../../apis/storage/storage-class.ts';
import { eventTexts } from '../event-texts.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless } from '../safety/actions.ts';
import { blank, kubectl } from '../safety/commands.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { newestEvent, waitingClaims } from '../snapshot/joins.ts';
import { siftVolumes } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const p01NoClass = defineRule({
  id: 'P01',
  title: 'Claim without a usable storage class',
  severity: 'Medium',
  needs: ['claims', 'classes', 'volumes'],
  page: {
    symptom:
      'The claim stays Pending: "no persistent volumes available for this claim and no storage class is set" (an event of type Normal), or `storageclass.storage.k8s.io "x" not found`.',
    cause: 'The claim names no class and there is no default, or it names one that does not exist.',
    consequence: 'The claim stays Pending, and no pod that uses it starts.',
    remedy:
      'Mark one class as the default (claims without a class adopt it since 1.28), or make the class that the claim names.',
    wrongMoves:
      'Changing the default before looking at every claim without a class: all of them adopt the new one. Deleting claims that hold data.',
    sources: [
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/volume/persistentvolume/pv_controller.go',
    ],
  },
  examine: (snapshot) =>
    waitingClaims(snapshot)
      .filter((claim) => !claim.spec?.volumeName)
      .flatMap((claim) => findingOf(snapshot, claim)),
});

function findingOf(snapshot: Snapshot, claim: PersistentVolumeClaim): FindingDraft[] {
  const className = claim.spec?.storageClassName;
  const { namespace = '', name } = claim.metadata;
  const facts = [
    evidence(claim, 'status.phase', claim.status?.phase),
    evidence(claim, 'spec.storageClassName', className),
  ];
  const event = newestEvent(snapshot.eventsOf(claim), eventTexts.noClass);
  if (event) facts.push(evidence(event, 'message', event.message));
  const draft = { subject: refTo(claim), evidence: facts };

  if (className === undefined) {
    if (snapshot.all('classes').some(isDefaultClass)) return [];
    return [
      {
        ...draft,
        sentence: `Claim ${name} names no storage class, and the cluster has no default one, so nothing makes a volume for it.`,
        actions: [...chooseDefault(snapshot), wrongMoves.deleteClaim],
      },
    ];
  }
  // An empty name asks for a volume that somebody made by hand.
  if (className === '') {
    if (
      siftVolumes(snapshot).loose.some(({ status, spec }) => status?.phase === 'Available' && !spec?.storageClassName)
    )
      return [];
    return [
      {
        ...draft,
        sentence: `Claim ${name} asks for a volume made by hand (storage class ""), and no such volume is free.`,
        actions: [
          harmless({
            title: 'Make a PersistentVolume for it, or make the claim again with a class',
            why: 'A class "" switches dynamic provisioning off.',
            commands: [kubectl(['get', 'persistentvolumes', '--sort-by=.spec.capacity.storage'])],
          }),
        ],
      },
    ];
  }
  if (snapshot.find('classes', { name: className })) return [];
  return [
    {
      ...draft,
      sentence: `Claim ${name} names the storage class ${className}, which does not exist.`,
      actions: [
        harmless({
          title: `Make the class ${className}, or correct the name where the claim comes from`,
          why: 'Adding a class changes nothing that exists.',
          commands: [
            kubectl(['get', 'storageclasses']),
            kubectl(['get', 'persistentvolumeclaim', name, '-o', 'yaml'], namespace),
          ],
        }),
      ],
    },
  ];
}

function chooseDefault(snapshot: Snapshot): FindingDraft['actions'] {
  const waiting = snapshot
    .all('claims')
    .filter(({ spec, status }) => spec?.storageClassName === undefined && status?.phase === 'Pending');
  const [only] = snapshot.all('classes').length === 1 ? snapshot.all('classes') : [];
  const annotation = 'storageclass.kubernetes.io/is-default-class=true';
  return [
    guarded(
      {
        title: 'Mark one storage class as the default',
        why: `Every waiting claim without a class adopts it: ${waiting.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(', ')}.`,
        commands: [
          kubectl([
            'annotate',
            'storageclass',
            only?.metadata.name ?? blank('CLASS', 'the class that is to be the default'),
            annotation,
          ]),
        ],
      },
      [
        {
          claim: 'each claim that would adopt the new default may have a volume of that class',
          found: undefined,
          howTo: 'Look at each of the claims listed above, and say for each that it may get that class.',
        },
      ],
    ),
  ];
}
