// What does the provisioner know of one claim or one volume?

import { keyOf } from '../../apimachinery/meta.ts';
import { classNameOf } from '../../apis/core/claims.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { VolumeSnapshot, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import type { CSINode, StorageClass, VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { annotations } from '../../apis/storage/names.ts';
import type { Lister } from '../../client/types.ts';
import type { Topology } from '../../csi/types.ts';
import type { ClaimView, SourceView } from './reconcile-claim.ts';
import type { VolumeView } from './reconcile-volume.ts';

export interface ProvisionerCaches {
  claims: Lister<PersistentVolumeClaim>;
  volumes: Lister<PersistentVolume>;
  classes: Lister<StorageClass>;
  nodes: Lister<Node>;
  csiNodes: Lister<CSINode>;
  attachments: Lister<VolumeAttachment>;
  snapshots: Lister<VolumeSnapshot>;
  contents: Lister<VolumeSnapshotContent>;
}

export interface ViewOptions {
  driver: string;
  /** Does the driver place volumes (plugin capability VOLUME_ACCESSIBILITY_CONSTRAINTS)? */
  hasTopology: boolean;
}

export function claimView(claim: PersistentVolumeClaim, caches: ProvisionerCaches, options: ViewOptions): ClaimView {
  const className = classNameOf(claim);
  const selectedNode = claim.metadata.annotations?.[annotations.selectedNode];
  return {
    driver: options.driver,
    claim,
    className,
    storageClass: caches.classes.get(className),
    volume: caches.volumes.get(`pvc-${claim.metadata.uid}`),
    isBeingCloned: isBeingCloned(claim, caches),
    source: sourceView(claim, caches),
    selectedTopology: selectedNode === undefined ? undefined : topologyOf(selectedNode, caches, options),
    topologies: options.hasTopology ? allTopologies(caches, options) : [],
  };
}

export function volumeView(volume: PersistentVolume, caches: ProvisionerCaches, { driver }: ViewOptions): VolumeView {
  const isAttached = caches.attachments
    .list()
    .some(({ spec }) => spec.source.persistentVolumeName === volume.metadata.name);
  return { driver, volume, isAttached };
}

function sourceView(claim: PersistentVolumeClaim, caches: ProvisionerCaches): SourceView {
  const source = claim.spec?.dataSourceRef ?? claim.spec?.dataSource;
  if (!source) return { kind: 'None' };
  const { kind, name } = source;
  const group = source.apiGroup ?? '';
  const key = `${claim.metadata.namespace}/${name}`;
  if (group === 'snapshot.storage.k8s.io' && kind === 'VolumeSnapshot') {
    const snapshot = caches.snapshots.get(key);
    return {
      kind: 'Snapshot',
      name,
      snapshot,
      content: caches.contents.get(snapshot?.status?.boundVolumeSnapshotContentName ?? ''),
    };
  }
  if (group === '' && kind === 'PersistentVolumeClaim') {
    const from = caches.claims.get(key);
    return { kind: 'Claim', name, claim: from, volume: caches.volumes.get(from?.spec?.volumeName ?? '') };
  }
  return { kind: 'Unsupported', what: `${group}/${kind}` };
}

/** `namespace/name` of the claim that `claim` is to be a clone of. */
export function cloneSourceKey(claim: PersistentVolumeClaim): string | undefined {
  const source = claim.spec?.dataSourceRef ?? claim.spec?.dataSource;
  if (source?.kind !== 'PersistentVolumeClaim' || source.apiGroup) return undefined;
  return `${claim.metadata.namespace}/${source.name}`;
}

function isBeingCloned(claim: PersistentVolumeClaim, { claims, volumes }: ProvisionerCaches): boolean {
  const key = keyOf(claim);
  return claims
    .list(claim.metadata.namespace)
    .some(
      (clone) => cloneSourceKey(clone) === key && !clone.spec?.volumeName && !volumes.get(`pvc-${clone.metadata.uid}`),
    );
}

function topologyOf(
  nodeName: string,
  { nodes, csiNodes }: ProvisionerCaches,
  { driver, hasTopology }: ViewOptions,
): ClaimView['selectedTopology'] {
  const registered = csiNodes.get(nodeName)?.spec.drivers.find(({ name }) => name === driver);
  if (!registered) return 'NoDriver';
  if (!hasTopology) return undefined;
  const labels = nodes.get(nodeName)?.metadata.labels ?? {};
  const segments: Record<string, string> = {};
  for (const key of registered.topologyKeys ?? []) {
    const value = labels[key];
    if (value === undefined) return 'NoDriver';
    segments[key] = value;
  }
  return { segments };
}

function allTopologies(caches: ProvisionerCaches, options: ViewOptions): Topology[] {
  const found = new Map<string, Topology>();
  for (const csiNode of caches.csiNodes.list()) {
    const topology = topologyOf(keyOf(csiNode), caches, options);
    if (!topology || topology === 'NoDriver' || Object.keys(topology.segments).length === 0) continue;
    found.set(JSON.stringify(Object.entries(topology.segments).sort(([a], [b]) => a.localeCompare(b))), topology);
  }
  return [...found.values()];
}
