// P07: a claim asks a driver of block storage for a file system that several nodes may write.

import { volumeModeOf } from '../../apis/core/claims.ts';
import type { Event, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { StorageClass } from '../../apis/storage/generated/v1.ts';
import { fileCounterpart, isBlockDriver } from '../block-drivers.ts';
import { eventTexts } from '../event-texts.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { claimHoldsNoData } from '../safety/proofs.ts';
import { csiDriverName } from '../snapshot/in-tree.ts';
import { classOfClaim, newestEvent, waitingClaims } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

const sharedModes = ['ReadWriteMany', 'ReadOnlyMany'];

export const p07SharedOnBlock = defineRule({
  id: 'P07',
  title: 'Shared claim on a block driver',
  severity: 'Medium',
  needs: ['claims', 'classes', 'volumes'],
  reads: ['events'],
  page: {
    symptom: '"MULTI_NODE_MULTI_WRITER not supported. Only AccessModes[ReadWriteOnce]" on the claim, or words like it.',
    cause: 'The claim asks for ReadWriteMany, and the driver of its class attaches a disk to one node at a time.',
    consequence: 'The claim stays Pending for ever.',
    remedy: 'Use a class of file storage, or ReadWriteOnce and let the application keep its own replicas.',
    wrongMoves:
      'A raw block volume shared by several nodes with ext4 or xfs on it: these file systems have one writer, and are destroyed by a second.',
    sources: ['https://github.com/kubernetes-sigs/aws-ebs-csi-driver/issues/2237'],
  },
  examine: (snapshot) =>
    waitingClaims(snapshot).flatMap((claim) => {
      const storageClass = classOfClaim(snapshot, claim);
      const isShared = claim.spec?.accessModes?.some((mode) => sharedModes.includes(mode));
      if (!storageClass || !isShared || volumeModeOf(claim) !== 'Filesystem') return [];
      const refusal = newestEvent(snapshot.eventsOf(claim), eventTexts.accessModeRefused);
      if (!refusal && !isBlockDriver(csiDriverName(storageClass.provisioner))) return [];
      return [findingOf(snapshot, { claim, storageClass, refusal })];
    }),
});

function findingOf(
  snapshot: Snapshot,
  {
    claim,
    storageClass,
    refusal,
  }: { claim: PersistentVolumeClaim; storageClass: StorageClass; refusal?: Event | undefined },
): FindingDraft {
  const { namespace, name } = claim.metadata;
  const driver = csiDriverName(storageClass.provisioner);
  const counterpart = fileCounterpart(driver);
  const fileClasses = snapshot.all('classes').filter(({ provisioner }) => provisioner === counterpart);
  return {
    subject: refTo(claim),
    related: [refTo(storageClass)],
    sentence: `Claim ${name} wants to be shared by several nodes, and disks of the class ${storageClass.metadata.name} can be used by one node at a time.`,
    evidence: [
      evidence(claim, 'spec.accessModes', claim.spec?.accessModes),
      evidence(storageClass, 'provisioner', storageClass.provisioner),
      ...(refusal ? [evidence(refusal, 'message', refusal.message)] : []),
    ],
    actions: [
      harmless({
        title: 'Choose: a class of file storage, or ReadWriteOnce',
        why:
          fileClasses.length > 0
            ? `Classes that can be shared: ${fileClasses.map(({ metadata }) => metadata.name).join(', ')}.`
            : counterpart
              ? `The driver ${counterpart} makes volumes that can be shared; no class uses it yet.`
              : 'A driver of file storage, such as NFS, makes volumes that can be shared.',
        commands: [kubectl(['get', 'storageclasses'])],
      }),
      guarded(
        {
          title: 'Delete the claim, and make it again with the other class or mode',
          why: 'Class and access modes of a claim can not be changed.',
          commands: [kubectl(['delete', 'persistentvolumeclaim', name, '--wait=false'], namespace)],
        },
        [claimHoldsNoData(snapshot, claim)],
      ),
      wrongMove({
        title: 'Share a raw block volume with ext4 or xfs on it',
        why: 'These file systems know one writer. A second one on another node destroys them.',
      }),
    ],
  };
}
