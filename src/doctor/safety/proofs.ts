// Which proofs can be read from a cluster? Each returns what was found, or how to find it out.
// Not Ready is never a proof: a node that can't be heard may still write.

import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { evidence, type Proof } from '../finding.ts';
import type { Settings } from '../settings.ts';
import { newestGoodBackup } from '../snapshot/copies.ts';
import { readinessOf, volumeOfClaim, volumesNaming } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { backUpNamespace } from './backup-commands.ts';
import { commandLine, kubectl } from './commands.ts';

// The cloud provider's own word that the machine is stopped. Source: k8s.io/cloud-provider/api, TaintNodeShutdown.
const shutdownTaint = 'node.cloudprovider.kubernetes.io/shutdown';

/** That the node can't write any more: the provider says so, or every attachment from it has a FenceProof. */
export function nodeIsFenced(snapshot: Snapshot, nodeName: string, attachments: readonly VolumeAttachment[]): Proof {
  const claim = `${nodeName} is powered off, or fenced from the storage`;
  const howTo = `Ask the provider or the machine's management controller for the power state of ${nodeName}; "NotReady" is not one.`;
  const node = snapshot.find('nodes', { name: nodeName });
  const taint = node?.spec?.taints?.find(({ key }) => key === shutdownTaint);
  if (node && taint) return { claim, howTo, found: evidence(node, `spec.taints[${shutdownTaint}]`, taint.effect) };
  const proofs = attachments.map((attachment) =>
    snapshot
      .all('fenceProofs')
      .find(({ spec }) => spec.attachmentUID === attachment.metadata.uid && spec.nodeName === nodeName),
  );
  const [first] = proofs;
  if (first && proofs.every(Boolean)) return { claim, howTo, found: evidence(first, 'spec.class', first.spec.class) };
  return { claim, howTo, found: undefined };
}

/** That no node has the volume mounted: its node is heard and does not list it. */
export function volumeIsUnmounted(snapshot: Snapshot, volume: PersistentVolume, nodeName: string): Proof {
  const claim = `${volume.metadata.name} is not mounted on ${nodeName}`;
  const howTo = `Run on ${nodeName}: ${commandLine('findmnt', '-rn')}, and look for ${volume.metadata.name}.`;
  const node = snapshot.find('nodes', { name: nodeName });
  const { driver = '', volumeHandle = '' } = volume.spec?.csi ?? {};
  const isListed = node?.status?.volumesInUse?.includes(`kubernetes.io/csi/${driver}^${volumeHandle}`);
  // A node that is not heard says what was so once.
  if (!node || !driver || isListed || readinessOf(node) !== 'True') return { claim, howTo, found: undefined };
  return { claim, howTo, found: evidence(node, 'status.volumesInUse', node.status?.volumesInUse ?? []) };
}

/** That the claim never got a volume, so that nothing is lost with it. */
export function claimHoldsNoData(snapshot: Snapshot, claim: PersistentVolumeClaim): Proof {
  const { namespace, name } = claim.metadata;
  const isEmpty = claim.status?.phase === 'Pending' && volumesNaming(snapshot, claim.metadata).length === 0;
  return {
    claim: `claim ${name} has no volume yet`,
    // Its volume may be one that could not be read.
    found: isEmpty && snapshot.covers('volumes') ? evidence(claim, 'status.phase', 'Pending') : undefined,
    howTo: `Look for a volume that names it: ${kubectl(['describe', 'persistentvolumeclaim', name], namespace)}`,
  };
}

/** What only people can say; never found in a cluster. */
export function askedOf(claim: string, howTo: string): Proof {
  return { claim, found: undefined, howTo };
}

/** That the data outlives its claim: the volume's policy is Retain. */
export function volumeIsRetained(volume: PersistentVolume): Proof {
  const policy = volume.spec?.persistentVolumeReclaimPolicy;
  const found = policy === 'Retain' ? evidence(volume, 'spec.persistentVolumeReclaimPolicy', policy) : undefined;
  const { name } = volume.metadata;
  const patch = '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}';
  return {
    claim: `${name} is kept when its claim is deleted`,
    found,
    howTo: `Set it: ${kubectl(['patch', 'persistentvolume', name, '-p', patch])}`,
  };
}

/** That the data outlives its claim one way or the other: the volume is kept, or a fresh backup holds it. */
export function dataSurvives(snapshot: Snapshot, claim: PersistentVolumeClaim, settings: Settings): Proof {
  const volume = volumeOfClaim(snapshot, claim);
  const retained = volume && volumeIsRetained(volume);
  const backedUp = claimIsBackedUp(snapshot, claim, settings);
  return {
    claim: `the data of ${claim.metadata.namespace}/${claim.metadata.name} is kept when the claim goes, or lies in a fresh backup`,
    found: retained?.found ?? backedUp.found,
    howTo: retained?.howTo ?? backedUp.howTo,
  };
}

/** That a completed backup holds the claim's data and is younger than the recovery point objective. */
export function claimIsBackedUp(snapshot: Snapshot, claim: PersistentVolumeClaim, settings: Settings): Proof {
  const { namespace = '', name } = claim.metadata;
  const copy = newestGoodBackup(snapshot, claim);
  const ageMs = snapshot.ageMs(copy?.status?.completionTimestamp);
  const isFresh = copy !== undefined && ageMs !== undefined && ageMs <= settings.rpoMs;
  return {
    claim: `a completed backup younger than ${settings.rpoMs / 3_600_000} h holds the data of ${namespace}/${name}`,
    found: isFresh ? evidence(copy, 'status.completionTimestamp', copy.status?.completionTimestamp) : undefined,
    howTo: `Make one: ${backUpNamespace(snapshot, namespace)}`,
  };
}
