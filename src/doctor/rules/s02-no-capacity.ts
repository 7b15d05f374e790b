// S02: no free volume fits the claim, and nothing reports enough room to make one.

import { compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import { requestOf } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import type { CSIStorageCapacity, StorageClass } from '../../apis/storage/generated/v1.ts';
import { noProvisioner } from '../../apis/storage/names.ts';
import { absence, type Evidence, evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { isFreeFor } from '../snapshot/binding.ts';
import { capacitiesOfClass, limitOf } from '../snapshot/capacities.ts';
import { csiDriverName } from '../snapshot/in-tree.ts';
import { classOfClaim, isUnscheduledFor, podsOfClaim, volumesOfClass, waitingClaims } from '../snapshot/joins.ts';
import { poolsOfClass } from '../snapshot/pools.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const s02NoCapacity = defineRule({
  id: 'S02',
  title: 'No room for a new volume',
  severity: 'Medium',
  needs: ['claims', 'pods', 'classes', 'volumes', 'drivers', 'capacities'],
  page: {
    symptom:
      '"node(s) didn\'t find available persistent volumes to bind" or "node(s) did not have enough free storage" on the pod.',
    cause: 'No volume made by hand is free and fits, or no segment of the storage reports room for one of that size.',
    consequence: 'The pod gets no node, and its claim no volume.',
    remedy: 'Add capacity, or ask for less.',
    wrongMoves:
      'Switching storageCapacity off on the CSIDriver: the scheduler then sends pods to nodes where the volume can not be made.',
    sources: [
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/scheduler/framework/plugins/volumebinding/binder.go',
    ],
  },
  examine: (snapshot, { graceMs }) =>
    waitingClaims(snapshot).flatMap((claim) => {
      const storageClass = classOfClaim(snapshot, claim);
      if (!storageClass || claim.spec?.volumeName) return [];
      const pod = podsOfClaim(snapshot, claim).find((each) => isUnscheduledFor(snapshot, each, graceMs));
      if (!pod) return [];
      const shortage =
        storageClass.provisioner === noProvisioner
          ? shortageOfVolumes(snapshot, claim, storageClass)
          : shortageOfSpace(snapshot, claim, storageClass);
      return shortage ? [findingOf({ claim, pod, storageClass }, shortage)] : [];
    }),
});

interface Shortage {
  why: string;
  facts: Evidence[];
  /** What else may be to blame. */
  blames: ObjectRef[];
}

function shortageOfVolumes(
  snapshot: Snapshot,
  claim: PersistentVolumeClaim,
  { metadata: { name } }: StorageClass,
): Shortage | undefined {
  const volumes = volumesOfClass(snapshot, name);
  if (!snapshot.covers('volumes') || volumes.some((volume) => isFreeFor(volume, claim))) return undefined;
  const free = volumes.filter(({ status }) => status?.phase === 'Available');
  return {
    why:
      free.length === 0
        ? `all volumes of the class ${name} are taken`
        : `none of the ${free.length} free volumes of the class ${name} fits`,
    facts: [
      evidence(claim, 'spec.resources.requests.storage', requestOf(claim)),
      ...free
        .slice(0, 3)
        .map((volume) => evidence(volume, 'spec.capacity.storage', volume.spec?.capacity?.['storage'])),
    ],
    blames: [],
  };
}

function shortageOfSpace(
  snapshot: Snapshot,
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
): Shortage | undefined {
  const driver = csiDriverName(storageClass.provisioner);
  // Drivers that publish no capacity are believed to have enough, as the scheduler does.
  if (!snapshot.find('drivers', { name: driver })?.spec.storageCapacity || !snapshot.covers('capacities'))
    return undefined;
  const { name } = storageClass.metadata;
  const wanted = parseQuantity(requestOf(claim));
  const reports = capacitiesOfClass(snapshot, name);
  if (reports.some((report) => compareQuantities(parseQuantity(limitOf(report)), wanted) >= 0)) return undefined;
  const largest = reports.toSorted(byLimit).at(-1);
  return {
    why: largest
      ? `the class ${name} reports room for ${limitOf(largest)} at most, and the claim asks for ${requestOf(claim)}`
      : `the driver ${driver} reports no room at all for the class ${name}`,
    facts: [
      evidence(claim, 'spec.resources.requests.storage', requestOf(claim)),
      largest
        ? evidence(largest, largest.maximumVolumeSize ? 'maximumVolumeSize' : 'capacity', limitOf(largest))
        : absence('CSIStorageCapacity', 'storageClassName', name),
    ],
    blames: [...poolsOfClass(snapshot, storageClass).map(refTo), { kind: 'CSIDriver', name: driver }],
  };
}

function byLimit(a: CSIStorageCapacity, b: CSIStorageCapacity): number {
  return compareQuantities(parseQuantity(limitOf(a)), parseQuantity(limitOf(b)));
}

function findingOf(
  { claim, pod, storageClass }: { claim: PersistentVolumeClaim; pod: Pod; storageClass: StorageClass },
  { why, facts, blames }: Shortage,
): FindingDraft {
  const { namespace, name } = claim.metadata;
  return {
    subject: refTo(claim),
    related: [pod, storageClass].map(refTo),
    sentence: `Claim ${name} gets no volume, and so pod ${pod.metadata.name} no node: ${why}.`,
    evidence: facts,
    blames,
    actions: [
      harmless({
        title: 'Add capacity, or make the claim again with a smaller size',
        why: 'The scheduler tries again by itself as soon as there is room.',
        commands: [
          kubectl(['get', 'persistentvolumes', '--sort-by=.spec.capacity.storage']),
          kubectl(['get', 'csistoragecapacities', '--all-namespaces']),
          kubectl(['describe', 'persistentvolumeclaim', name], namespace),
        ],
      }),
      wrongMove({
        title: 'Switch storageCapacity off on the CSIDriver',
        why: 'The scheduler then sends pods to nodes where their volumes can not be made.',
      }),
    ],
  };
}
