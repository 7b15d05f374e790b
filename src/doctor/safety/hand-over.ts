// May a volume that another claim has left go to this one? The proofs, and the command that refuses to take it from the living.

import { claimKeyOf } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { type Action, absence, evidence, type Proof } from '../finding.ts';
import { attachmentsOfVolume } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { guarded } from './actions.ts';
import { kubectl } from './commands.ts';

/** The claim with that UID, if it still exists. */
export function claimWithUid(snapshot: Snapshot, uid: string): PersistentVolumeClaim | undefined {
  return snapshot.where('claims', { index: 'claimsByUid', key: uid, keysOf: ({ metadata }) => [metadata.uid] })[0];
}

/** Points the volume's reservation at `claim`, data and all. */
export function handOver(snapshot: Snapshot, volume: PersistentVolume, claim: PersistentVolumeClaim): Action {
  const { namespace, name } = claim.metadata;
  const { uid = '' } = volume.spec?.claimRef ?? {};
  const patch = [
    // Refused if somebody else has got the volume since.
    ...(uid ? [{ op: 'test', path: '/spec/claimRef/uid', value: uid }] : []),
    { op: 'replace', path: '/spec/claimRef', value: { kind: 'PersistentVolumeClaim', namespace, name } },
  ];
  return guarded(
    {
      title: `Give the volume ${volume.metadata.name} to the claim, with the data that is on it`,
      why: 'The binder binds the two as soon as the volume names no other claim.',
      commands: [
        kubectl(['patch', 'persistentvolume', volume.metadata.name, '--type=json', '-p', JSON.stringify(patch)]),
      ],
    },
    [ownerIsGone(snapshot, volume), isDetached(snapshot, volume), isOfSameOwner(volume, claim)],
  );
}

function ownerIsGone(snapshot: Snapshot, volume: PersistentVolume): Proof {
  const { uid = '', namespace = '', name = '' } = volume.spec?.claimRef ?? {};
  const isGone = uid !== '' && snapshot.covers('claims', namespace) && !claimWithUid(snapshot, uid);
  return {
    claim: `the claim that ${volume.metadata.name} was bound to is gone`,
    found: isGone ? absence('PersistentVolumeClaim', 'metadata.uid', uid) : undefined,
    howTo: `Compare its UID with ${uid || 'the one in spec.claimRef'}: ${kubectl(['get', 'persistentvolumeclaim', name, '-o', 'jsonpath={.metadata.uid}'], namespace)}`,
  };
}

/** That no attachment names the volume. */
export function isDetached(snapshot: Snapshot, { metadata: { name } }: PersistentVolume): Proof {
  const isFree = snapshot.covers('attachments') && attachmentsOfVolume(snapshot, name).length === 0;
  return {
    claim: `${name} is attached to no node`,
    found: isFree ? absence('VolumeAttachment', 'spec.source.persistentVolumeName', name) : undefined,
    howTo: `Look for it: ${kubectl(['get', 'volumeattachments'])}`,
  };
}

/** A claim of the same name in the same namespace is the old one made again, as a StatefulSet does it. */
function isOfSameOwner(volume: PersistentVolume, claim: PersistentVolumeClaim): Proof {
  const { namespace = '', name } = claim.metadata;
  const isSame = claimKeyOf(volume) === `${namespace}/${name}`;
  return {
    claim: `the data on ${volume.metadata.name} belongs to whoever owns the claim ${namespace}/${name}`,
    found: isSame ? evidence(volume, 'spec.claimRef', `${namespace}/${name}`) : undefined,
    howTo: 'Ask the owner of the claim that the volume was bound to before.',
  };
}
