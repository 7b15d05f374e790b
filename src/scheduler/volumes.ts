// What must happen to a pod's claims before it can run on a node? Models framework/plugins/volumebinding.

import { compareQuantities, parseQuantity } from '../apimachinery/quantity.ts';
import { matchesLabelSelector } from '../apimachinery/selectors.ts';
import { claimKeysOf, classNameOf, mayBelongTo, requestOf, volumeModeOf } from '../apis/core/claims.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../apis/core/generated/v1.ts';
import { matchesNodeSelector } from '../apis/core/node-selector.ts';
import type { StorageClass } from '../apis/storage/generated/v1.ts';
import { annotations, noProvisioner } from '../apis/storage/names.ts';
import type { Candidate, Cluster } from './view.ts';

/** A claim's need on a node: a volume that exists, or one to be provisioned there. */
export type ClaimPlan =
  | { type: 'Bound'; claim: PersistentVolumeClaim }
  | { type: 'Reserve'; claim: PersistentVolumeClaim; volume: PersistentVolume }
  | { type: 'Provision'; claim: PersistentVolumeClaim };

export type VolumePlan = { type: 'Possible'; claims: ClaimPlan[] } | { type: 'Impossible'; reasons: string[] };

const conflict = "node(s) didn't match PersistentVolume's node affinity";
const noVolume = "node(s) didn't find available persistent volumes to bind";
const noSpace = 'node(s) did not have enough free storage';
const lostVolume = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
const noZone = 'node(s) had no available volume zone';

const zoneLabels = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** Why no node at all would do, as long as the pod's claims are as they are; undefined if nothing stands against it. */
export function claimsObstacle(pod: Pod, { claims, classes }: Cluster): string | undefined {
  for (const key of claimKeysOf(pod)) {
    const claim = claims.get(key);
    if (!claim) return `persistentvolumeclaim "${key.split('/')[1]}" not found`;
    const { name, deletionTimestamp } = claim.metadata;
    if (deletionTimestamp) return `persistentvolumeclaim "${name}" is being deleted`;
    if (claim.status?.phase === 'Lost') {
      return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName}"`;
    }
    const isDelayed = classes.get(classNameOf(claim))?.volumeBindingMode === 'WaitForFirstConsumer';
    if (!isBound(claim) && !isDelayed) return 'pod has unbound immediate PersistentVolumeClaims';
  }
  return undefined;
}

/** What the claims of `pod` need on `node`. */
export function planVolumes({ pod, node, cluster }: Candidate): VolumePlan {
  const taken = new Set<string>();
  const plans: ClaimPlan[] = [];
  const reasons: string[] = [];
  for (const key of claimKeysOf(pod)) {
    const claim = cluster.claims.get(key);
    if (!claim) continue;
    const plan = isBound(claim) ? planBound(claim, { node, cluster }) : planUnbound(claim, { node, cluster, taken });
    if (typeof plan === 'string') reasons.push(plan);
    else plans.push(plan);
    if (typeof plan !== 'string' && plan.type === 'Reserve') taken.add(plan.volume.metadata.name);
  }
  return reasons.length > 0
    ? { type: 'Impossible', reasons: [...new Set(reasons)] }
    : { type: 'Possible', claims: plans };
}

/** Has the binder finished with the claim? */
export function isBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return Boolean(spec?.volumeName) && metadata.annotations?.[annotations.bindCompleted] !== undefined;
}

type Where = Pick<Candidate, 'node' | 'cluster'>;

function planBound(claim: PersistentVolumeClaim, { node, cluster }: Where): ClaimPlan | string {
  const volume = cluster.volumes.get(claim.spec?.volumeName ?? '');
  if (!volume) return lostVolume;
  if (!matchesNodeSelector(node, volume.spec?.nodeAffinity?.required)) return conflict;
  return isInZone(volume, node) ? { type: 'Bound', claim } : noZone;
}

/** Zones of a multi-zone volume are joined by `__`. */
function isInZone({ metadata }: PersistentVolume, node: Node): boolean {
  return zoneLabels.every((label) => {
    const wanted = metadata.labels?.[label];
    return wanted === undefined || wanted.split('__').includes(node.metadata.labels?.[label] ?? '');
  });
}

function planUnbound(
  claim: PersistentVolumeClaim,
  { node, cluster, taken }: Where & { taken: ReadonlySet<string> },
): ClaimPlan | string {
  const reserved = cluster.volumes
    .list()
    .find(
      (volume) => volume.spec?.claimRef?.uid === claim.metadata.uid || volume.metadata.name === claim.spec?.volumeName,
    );
  if (reserved) {
    return matchesNodeSelector(node, reserved.spec?.nodeAffinity?.required)
      ? { type: 'Reserve', claim, volume: reserved }
      : conflict;
  }
  const fits = cluster.volumes
    .list()
    .filter((volume) => !taken.has(volume.metadata.name) && isFor(volume, claim))
    .filter((volume) => matchesNodeSelector(node, volume.spec?.nodeAffinity?.required));
  const [smallest] = fits.sort((a, b) => compareQuantities(capacityOf(a), capacityOf(b)));
  if (smallest) return { type: 'Reserve', claim, volume: smallest };

  const storageClass = cluster.classes.get(classNameOf(claim));
  if (!storageClass || storageClass.provisioner === noProvisioner) return noVolume;
  if (!allowsTopology(storageClass, node)) return noVolume;
  return hasCapacity(claim, { storageClass, node, cluster }) ? { type: 'Provision', claim } : noSpace;
}

/** May the free `volume` serve `claim`? */
function isFor(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { spec, status, metadata } = volume;
  if (metadata.deletionTimestamp || status?.phase !== 'Available') return false;
  if (spec?.claimRef && !mayBelongTo(volume, claim)) return false;
  if (classNameOf(volume) !== classNameOf(claim) || volumeModeOf(volume) !== volumeModeOf(claim)) return false;
  if (!(claim.spec?.accessModes ?? []).every((mode) => spec?.accessModes?.includes(mode))) return false;
  if (claim.spec?.selector && !matchesLabelSelector(claim.spec.selector, metadata.labels)) return false;
  return compareQuantities(capacityOf(volume), parseQuantity(requestOf(claim))) >= 0;
}

function capacityOf({ spec }: PersistentVolume) {
  return parseQuantity(spec?.capacity?.['storage'] ?? '0');
}

function allowsTopology({ allowedTopologies = [] }: StorageClass, node: Node): boolean {
  if (allowedTopologies.length === 0) return true;
  return allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => values.includes(node.metadata.labels?.[key] ?? '')),
  );
}

/** Drivers that publish no capacity are believed to have enough. */
function hasCapacity(
  claim: PersistentVolumeClaim,
  { storageClass, node, cluster }: { storageClass: StorageClass; node: Node; cluster: Cluster },
): boolean {
  if (!cluster.drivers.get(storageClass.provisioner)?.spec.storageCapacity) return true;
  const wanted = parseQuantity(requestOf(claim));
  return cluster.capacities.list().some(({ storageClassName, nodeTopology, capacity, maximumVolumeSize }) => {
    const limit = maximumVolumeSize ?? capacity;
    if (storageClassName !== storageClass.metadata.name || limit === undefined) return false;
    return (
      matchesLabelSelector(nodeTopology, node.metadata.labels) && compareQuantities(parseQuantity(limit), wanted) >= 0
    );
  });
}
