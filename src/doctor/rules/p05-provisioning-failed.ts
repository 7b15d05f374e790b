// P05: the storage backend refuses to make the volume, and says why with a code.

import type { Event, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { StorageClass } from '../../apis/storage/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { absence, type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { csiDriverName } from '../snapshot/in-tree.ts';
import { classOfClaim, newestEvent, waitingClaims } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const p05ProvisioningFailed = defineRule({
  id: 'P05',
  title: 'Volume that the backend refuses to make',
  severity: 'High',
  needs: ['claims', 'classes', 'events'],
  reads: ['secrets'],
  page: {
    symptom: '"failed to provision volume with StorageClass …: rpc error: code = …" on the claim.',
    cause:
      'The storage backend was asked and refused: a parameter of the class, a credential, or a quota of the provider.',
    consequence: 'The claim stays Pending, and no pod that uses it starts.',
    remedy: 'Mend what the code names. The provisioner tries again by itself.',
    wrongMoves:
      'Deleting the claim and making it again in a loop: a call that timed out may still have made a disk, and each new claim asks for another one.',
    sources: ['https://github.com/kubernetes-csi/external-provisioner/blob/master/pkg/controller/controller.go'],
  },
  examine: (snapshot) =>
    waitingClaims(snapshot).flatMap((claim) => {
      const storageClass = classOfClaim(snapshot, claim);
      const event = newestEvent(snapshot.eventsOf(claim), eventTexts.provisionerSpoke);
      if (!storageClass || event?.reason !== 'ProvisioningFailed') return [];
      return [findingOf(snapshot, { claim, storageClass, event })];
    }),
});

/** What a code of a CSI call means for someone who has to mend it. Source: CSI, CreateVolume Errors. */
const meanings: Record<string, string> = {
  InvalidArgument: 'it does not accept a parameter of the storage class or of the claim',
  Unauthenticated: 'it does not know the credentials of the driver',
  PermissionDenied: 'the credentials of the driver are not allowed to make volumes',
  ResourceExhausted: 'its space or its quota is used up',
  OutOfRange: 'it makes no volumes of this size',
  NotFound: 'something that the request names does not exist there',
  AlreadyExists: 'it has another volume of this name',
  Unavailable: 'it can not be reached; the volume may be in the making all the same',
  DeadlineExceeded: 'it did not answer in time; the volume may be in the making all the same',
  Aborted: 'it still works on an earlier request for the same volume',
  FailedPrecondition: 'it is not in a state to make volumes',
  Unimplemented: 'it can not make such a volume at all',
};

interface Refusal {
  claim: PersistentVolumeClaim;
  storageClass: StorageClass;
  event: Event;
}

function findingOf(snapshot: Snapshot, { claim, storageClass, event }: Refusal): FindingDraft {
  const { namespace, name } = claim.metadata;
  const className = storageClass.metadata.name;
  const code = /code = (\w+)/.exec(event.message ?? '')?.[1];
  const secret = missingSecret(snapshot, claim, storageClass);
  const why = secret
    ? `the Secret ${secret.name}, which the class names, does not exist`
    : ((code && meanings[code]) ?? 'the event says why');
  return {
    subject: refTo(claim),
    related: [refTo(storageClass)],
    sentence: `The storage backend refuses to make a volume for claim ${name}: ${why}.`,
    evidence: [
      evidence(claim, 'status.phase', claim.status?.phase),
      evidence(event, 'message', event.message),
      ...(secret ? [secret.fact] : []),
    ],
    // A finding about what exactly is wrong with the claim explains the refusal.
    blames: [refTo(claim), { kind: 'CSIDriver', name: csiDriverName(storageClass.provisioner) }],
    actions: [
      harmless({
        title: 'Compare the message with the parameters of the class',
        why: 'The provisioner tries again by itself once the cause is gone.',
        commands: [
          kubectl(['describe', 'persistentvolumeclaim', name], namespace),
          kubectl(['get', 'storageclass', className, '-o', 'yaml']),
          ...(secret ? [kubectl(['get', 'secret', secret.name], secret.namespace)] : []),
        ],
      }),
      wrongMove({
        title: 'Delete the claim and make it again until it works',
        why: 'A call that timed out may have made a disk, and each new claim asks for one more: they stay behind and are paid for.',
      }),
    ],
  };
}

interface MissingSecret {
  namespace: string;
  name: string;
  fact: Evidence;
}

/** The Secret that the class gives to the provisioner, if it is known not to exist. */
function missingSecret(
  snapshot: Snapshot,
  claim: PersistentVolumeClaim,
  { parameters = {} }: StorageClass,
): MissingSecret | undefined {
  const filled = (parameter: string): string | undefined =>
    parameters[`csi.storage.k8s.io/provisioner-secret-${parameter}`]
      ?.replaceAll('${pvc.namespace}', claim.metadata.namespace ?? '')
      .replaceAll('${pvc.name}', claim.metadata.name);
  const [name, namespace] = [filled('name'), filled('namespace')];
  // Names made of the volume's name or of annotations can't be told from here.
  if (!name || !namespace || name.includes('${') || namespace.includes('${')) return undefined;
  if (!snapshot.covers('secrets', namespace) || snapshot.find('secrets', { namespace, name })) return undefined;
  return { namespace, name, fact: absence('Secret', 'metadata.name', `${namespace}/${name}`) };
}
