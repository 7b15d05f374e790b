// E01: a claim asks for more than it has, and nobody is making its volume larger.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { StorageClass } from '../../apis/storage/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { type Action, evidence, type FindingDraft, type Proof, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { classOfClaim, newestEvent } from '../snapshot/joins.ts';
import { lastedMs } from '../snapshot/mounts.ts';
import { claimCondition, growingClaims, resizeStatus } from '../snapshot/resizing.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const e01NotExpanding = defineRule({
  id: 'E01',
  title: 'Nobody expands the claim',
  severity: 'Medium',
  needs: ['claims', 'classes'],
  reads: ['events'],
  page: {
    symptom:
      '"waiting for an external controller to expand this PVC" without end, or "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize".',
    cause: 'The storage class does not allow expansion, or the driver runs without the external-resizer.',
    consequence: 'The volume keeps its size, and fills up.',
    remedy: 'Run the external-resizer of the driver; allow expansion in the class if the driver can expand.',
    wrongMoves: 'Editing the capacity of the PersistentVolume: it changes a number, not the disk.',
    sources: [
      'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#expanding-persistent-volumes-claims',
      'https://github.com/kubernetes-csi/external-resizer/tree/master/pkg',
    ],
  },
  examine: (snapshot, { graceMs }) =>
    growingClaims(snapshot)
      .filter((claim) => !claimCondition(claim, 'Resizing') && !claimCondition(claim, 'FileSystemResizePending'))
      .filter((claim) => !resizeStatus(claim) && !claimCondition(claim, 'ControllerResizeError'))
      .flatMap((claim) => findingOf(snapshot, claim, graceMs)),
});

function findingOf(snapshot: Snapshot, claim: PersistentVolumeClaim, graceMs: number): FindingDraft[] {
  const storageClass = classOfClaim(snapshot, claim);
  const isAllowed = storageClass?.allowVolumeExpansion === true;
  const event = newestEvent(snapshot.eventsOf(claim), eventTexts.externalExpanding);
  // A resizer takes a claim within seconds. When the wish was made, only the event says.
  const isLate = event !== undefined && lastedMs(snapshot, event) > graceMs;
  if (!storageClass || (isAllowed && !isLate)) return [];
  const { name } = claim.metadata;
  const { provisioner } = storageClass;
  return [
    {
      subject: refTo(claim),
      related: [refTo(storageClass)],
      sentence: isAllowed
        ? `Claim ${name} asks for more space, and no resizer of ${provisioner} takes it up.`
        : `Claim ${name} asks for more space, and its class ${storageClass.metadata.name} does not allow that.`,
      evidence: [
        evidence(claim, 'spec.resources.requests.storage', claim.spec?.resources?.requests?.['storage']),
        evidence(claim, 'status.capacity.storage', claim.status?.capacity?.['storage']),
        evidence(claim, 'status.conditions', claim.status?.conditions),
        evidence(storageClass, 'allowVolumeExpansion', storageClass.allowVolumeExpansion),
        ...(event ? [evidence(event, 'message', event.message)] : []),
      ],
      cause: isAllowed
        ? `The external-resizer of ${provisioner} is not installed, does not run, or has lost its lease.`
        : 'The class does not allow expansion.',
      // A driver whose controller is down is the cause of this one.
      blames: [{ kind: 'CSIDriver', name: provisioner }, refTo(storageClass)],
      actions: [
        ...(isAllowed ? [lookForResizer(provisioner)] : [allowExpansion(snapshot, storageClass)]),
        wrongMove({
          title: 'Edit the capacity of the PersistentVolume',
          why: 'Everything then believes in space that the disk does not have.',
        }),
      ],
    },
  ];
}

function lookForResizer(provisioner: string): Action {
  return harmless({
    title: `Look for the external-resizer of ${provisioner}`,
    why: "It is a container of the driver's controller. Its Lease says whether one of them leads.",
    commands: [
      kubectl(['get', 'leases', '--all-namespaces']),
      "kubectl get pods --all-namespaces -o wide | grep -iE 'csi|controller'",
    ],
  });
}

function allowExpansion(snapshot: Snapshot, storageClass: StorageClass): Action {
  const { name } = storageClass.metadata;
  return guarded(
    {
      title: `Allow expansion in the class ${name}`,
      why: 'The field may be changed at any time and holds for all claims of the class. A driver that can not expand leaves them waiting.',
      commands: [kubectl(['patch', 'storageclass', name, '-p', '{"allowVolumeExpansion":true}'])],
    },
    [driverExpands(snapshot, storageClass)],
  );
}

/** Another class of the driver allows it, and so it is meant to be able to. */
function driverExpands(snapshot: Snapshot, { provisioner, metadata }: StorageClass): Proof {
  const other = snapshot
    .all('classes')
    .find(
      (each) => each.provisioner === provisioner && each.allowVolumeExpansion && each.metadata.name !== metadata.name,
    );
  return {
    claim: `${provisioner} can expand volumes`,
    found: other && evidence(other, 'allowVolumeExpansion', true),
    howTo: "Look in the driver's documentation, and for a container csi-resizer in its controller.",
  };
}
