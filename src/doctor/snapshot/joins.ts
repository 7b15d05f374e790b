// Which objects belong to one volume? pod → claim → volume → attachment → CSI node → node → copies.

import { claimKeyOf, claimNamesOf } from '../../apis/core/claims.ts';
import { nodeCondition, podCondition } from '../../apis/core/conditions.ts';
import type {
  Event,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodCondition,
} from '../../apis/core/generated/v1.ts';
import type { CSINode, StorageClass, VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { siftClaims, siftPods } from './sift.ts';
import { lastSeenMs, type Snapshot } from './snapshot.ts';

const keyOf = ({ namespace = '', name }: { namespace?: string; name: string }): string => `${namespace}/${name}`;

/** Pods that name the claim, in any phase: also those that have ended hold it. */
export function podsOfClaim(snapshot: Snapshot, { metadata }: PersistentVolumeClaim): readonly Pod[] {
  return (
    podsByClaim(snapshot)
      .get(metadata.namespace ?? '')
      ?.get(metadata.name) ?? []
  );
}

/** By namespace and name of the claim, which need not exist. */
export function podsByClaim(snapshot: Snapshot): ReadonlyMap<string, ReadonlyMap<string, readonly Pod[]>> {
  return snapshot.remember('podsByClaim', () => groupByClaim(snapshot.all('pods')));
}

function groupByClaim(pods: readonly Pod[]): Map<string, Map<string, Pod[]>> {
  const groups = new Map<string, Map<string, Pod[]>>();
  for (const pod of pods) {
    const names = claimNamesOf(pod);
    if (names.length === 0) continue;
    const { namespace = '' } = pod.metadata;
    let inNamespace = groups.get(namespace);
    if (!inNamespace) groups.set(namespace, (inNamespace = new Map<string, Pod[]>()));
    for (const name of names) {
      const group = inNamespace.get(name);
      if (group) group.push(pod);
      else inNamespace.set(name, [pod]);
    }
  }
  return groups;
}

export function podsOnNode(snapshot: Snapshot, nodeName: string): readonly Pod[] {
  return snapshot.where('pods', {
    index: 'podsOnNode',
    key: nodeName,
    keysOf: ({ spec }) => (spec?.nodeName ? [spec.nodeName] : []),
  });
}

/** Claims that a pod names and that are known. Those of generic ephemeral volumes are `<pod>-<volume>`. */
export function claimsOfPod(snapshot: Snapshot, pod: Pod): PersistentVolumeClaim[] {
  const { namespace = '' } = pod.metadata;
  return claimNamesOf(pod)
    .map((name) => snapshot.find('claims', { namespace, name }))
    .filter((claim) => claim !== undefined);
}

/** Claims that wait for a volume: Pending, and not being deleted. */
export function waitingClaims(snapshot: Snapshot): readonly PersistentVolumeClaim[] {
  return siftClaims(snapshot).waiting;
}

/** Pods that have not started, and are not being deleted. */
export function waitingPods(snapshot: Snapshot): readonly Pod[] {
  return siftPods(snapshot).pending;
}

/** The condition by which the scheduler says that no node will do; undefined if it does not say so. */
export function unschedulable(pod: Pod): PodCondition | undefined {
  const condition = podCondition(pod, 'PodScheduled');
  return condition?.status === 'False' && condition.reason === 'Unschedulable' ? condition : undefined;
}

/** Pods that no node has been good for during at least `graceMs`. */
export function stuckPods(snapshot: Snapshot, graceMs: number): Pod[] {
  return waitingPods(snapshot).filter((pod) => isUnscheduledFor(snapshot, pod, graceMs));
}

/** Has the scheduler found no node for the pod for longer than `graceMs`? */
export function isUnscheduledFor(snapshot: Snapshot, pod: Pod, graceMs: number): boolean {
  if (pod.spec?.nodeName || pod.metadata.deletionTimestamp) return false;
  const stuckMs = snapshot.ageMs(unschedulable(pod)?.lastTransitionTime);
  return stuckMs !== undefined && stuckMs > graceMs;
}

/** Volumes that point at a claim of this name, whatever its UID. */
export function volumesNaming(
  snapshot: Snapshot,
  at: { namespace?: string; name: string },
): readonly PersistentVolume[] {
  return snapshot.where('volumes', {
    index: 'volumesByClaim',
    key: keyOf(at),
    keysOf: (volume) => [claimKeyOf(volume) ?? ''],
  });
}

/** The volume that the claim names; undefined while it names none or the volume is not known. */
export function volumeOfClaim(snapshot: Snapshot, claim: PersistentVolumeClaim): PersistentVolume | undefined {
  const name = claim.spec?.volumeName;
  return name ? snapshot.find('volumes', { name }) : undefined;
}

/** The claim that the volume points at, whatever its UID. */
export function claimOfVolume(snapshot: Snapshot, volume: PersistentVolume): PersistentVolumeClaim | undefined {
  const key = claimKeyOf(volume);
  if (!key) return undefined;
  const [namespace = '', name = ''] = key.split('/');
  return snapshot.find('claims', { namespace, name });
}

export function attachmentsOfVolume(snapshot: Snapshot, volumeName: string): readonly VolumeAttachment[] {
  return snapshot.where('attachments', {
    index: 'attachmentsOfVolume',
    key: volumeName,
    keysOf: ({ spec }) => (spec.source.persistentVolumeName ? [spec.source.persistentVolumeName] : []),
  });
}

export function attachmentsOnNode(snapshot: Snapshot, nodeName: string): readonly VolumeAttachment[] {
  return snapshot.where('attachments', {
    index: 'attachmentsOnNode',
    key: nodeName,
    keysOf: ({ spec }) => [spec.nodeName],
  });
}

export function volumesOfClass(snapshot: Snapshot, className: string): readonly PersistentVolume[] {
  return snapshot.where('volumes', {
    index: 'volumesOfClass',
    key: className,
    keysOf: ({ spec }) => [spec?.storageClassName ?? ''],
  });
}

/** The class that the claim names; undefined if it names none, or one that is not known. */
export function classOfClaim(snapshot: Snapshot, claim: PersistentVolumeClaim): StorageClass | undefined {
  const name = claim.spec?.storageClassName;
  return name ? snapshot.find('classes', { name }) : undefined;
}

/** The CSI driver of a volume, by its source or by the annotation that in-tree migration leaves. */
export function driverOfVolume(volume: PersistentVolume): string | undefined {
  return volume.spec?.csi?.driver ?? volume.metadata.annotations?.['pv.kubernetes.io/migrated-to'];
}

/** The driver's row on a node, if its node plugin is registered there. */
export function registeredDriver(
  csiNode: CSINode | undefined,
  driver: string,
): CSINode['spec']['drivers'][number] | undefined {
  return csiNode?.spec.drivers.find(({ name }) => name === driver);
}

/** `True`, `False` or `Unknown`; Unknown as well if the node says nothing. */
export function readinessOf(node: Node): string {
  return nodeCondition(node, 'Ready')?.status ?? 'Unknown';
}

/** Nodes that are known and not Ready, or undefined for a node that is gone. */
export function isNodeDown(snapshot: Snapshot, nodeName: string): boolean {
  const node = snapshot.find('nodes', { name: nodeName });
  if (!node) return snapshot.covers('nodes');
  return readinessOf(node) !== 'True';
}

/** Has whoever wrote the event said since, by one of type Normal about the same object, that all is well there? */
export function isOver(snapshot: Snapshot, event: Event): boolean {
  const { kind = '', namespace, name = '', uid = '' } = event.involvedObject;
  const metadata = { name, ...(namespace && { namespace }), uid, resourceVersion: '', creationTimestamp: '' };
  const from = componentOf(event);
  return snapshot
    .eventsOf({ kind, metadata })
    .some(
      (other) =>
        other.type === 'Normal' &&
        from !== undefined &&
        componentOf(other) === from &&
        lastSeenMs(other) > lastSeenMs(event),
    );
}

function componentOf({ reportingComponent, source }: Event): string | undefined {
  return reportingComponent || source?.component || undefined;
}

/** The newest event about an object with one of the reasons, if its text matches. */
export function newestEvent(
  events: readonly Event[],
  { reasons, text }: { reasons: readonly string[]; text?: RegExp },
): Event | undefined {
  return events.find(({ reason, message }) => reasons.includes(reason ?? '') && (!text || text.test(message ?? '')));
}
