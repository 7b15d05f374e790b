// Must a volume be made for this claim, and of what? The external-provisioner's contract, as a pure function.

import { compareQuantities, parseQuantity, quantityToNumber } from '../../apimachinery/quantity.ts';
import { requestOf, volumeModeOf } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { VolumeSnapshot, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import type { StorageClass } from '../../apis/storage/generated/v1.ts';
import { annotations, finalizers } from '../../apis/storage/names.ts';
import type { Topology, TopologyRequirement, VolumeContentSource } from '../../csi/types.ts';

export interface ClaimView {
  /** Name of the driver that this provisioner works for. */
  driver: string;
  claim: PersistentVolumeClaim;
  className: string;
  storageClass: StorageClass | undefined;
  /** The volume named `pvc-<claim UID>`, if it exists. */
  volume: PersistentVolume | undefined;
  /** Is a volume still to be made as a clone of this claim's? */
  isBeingCloned: boolean;
  source: SourceView;
  /** CSI topology of the node that the scheduler selected; undefined if none was, `'NoDriver'` if it has no driver. */
  selectedTopology: Topology | 'NoDriver' | undefined;
  /** CSI topologies of all nodes with the driver; each once. */
  topologies: Topology[];
}

/** What the claim's dataSource names, as far as it exists. */
export type SourceView =
  | { kind: 'None' }
  | { kind: 'Unsupported'; what: string }
  | { kind: 'Snapshot'; name: string; snapshot: VolumeSnapshot | undefined; content: VolumeSnapshotContent | undefined }
  | { kind: 'Claim'; name: string; claim: PersistentVolumeClaim | undefined; volume: PersistentVolume | undefined };

export type ClaimStep =
  | { type: 'Settled' }
  | { type: 'Wait' }
  /** Cannot be provisioned as it stands; looked at again when something changes. */
  | { type: 'Refuse'; message: string }
  /** Another node has to be chosen. */
  | { type: 'Reschedule'; message: string }
  /** Keeps the clone's source while it is being copied. */
  | { type: 'ProtectSource'; claim: PersistentVolumeClaim }
  /** No copy is being made of this claim any more: it may go. */
  | { type: 'ReleaseClaim' }
  | { type: 'Provision'; order: VolumeOrder }
  /** The claim is being deleted and a volume may have been made for it: find it by its name and delete it. */
  | { type: 'Abandon'; order: VolumeOrder };

/** Everything that CreateVolume needs and the claim and its class decide. */
export interface VolumeOrder {
  /** `pvc-<claim UID>`: the CSI name and the PersistentVolume's. */
  name: string;
  requiredBytes: number;
  accessModes: string[];
  volumeMode: string;
  fsType: string;
  mountOptions: string[];
  /** Without those that are addressed to Kubernetes. */
  parameters: Record<string, string>;
  reclaimPolicy: string;
  className: string;
  contentSource: VolumeContentSource | undefined;
  /** Undefined if no node has a topology. */
  topology: TopologyRequirement | undefined;
}

const parameterPrefix = 'csi.storage.k8s.io/';

/** Decides the next step of a claim that was handed to a provisioner. */
export function reconcileClaim(view: ClaimView): ClaimStep {
  const { claim, driver, storageClass, volume } = view;
  if (claim.metadata.finalizers?.includes(finalizers.cloningProtection) && !view.isBeingCloned)
    return { type: 'ReleaseClaim' };
  if (claim.spec?.volumeName || volume) return { type: 'Settled' };
  if (claim.metadata.annotations?.[annotations.storageProvisioner] !== driver) return { type: 'Settled' };
  if (!storageClass) return refuse(`storageclass.storage.k8s.io "${view.className}" not found`);
  if (storageClass.provisioner !== driver) return { type: 'Settled' };

  if (claim.metadata.deletionTimestamp) return { type: 'Abandon', order: orderOf(view, storageClass, undefined) };
  const isDelayed = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
  if (isDelayed && !claim.metadata.annotations?.[annotations.selectedNode]) return { type: 'Wait' };
  if (view.selectedTopology === 'NoDriver') {
    const node = claim.metadata.annotations?.[annotations.selectedNode];
    return { type: 'Reschedule', message: `node "${node}" has no driver ${driver}` };
  }

  const source = contentSource(view);
  if (source.type !== 'Ready') return source;
  const step: ClaimStep = { type: 'Provision', order: orderOf(view, storageClass, source.source) };
  if (view.source.kind !== 'Claim' || !view.source.claim) return step;
  const isProtected = view.source.claim.metadata.finalizers?.includes(finalizers.cloningProtection);
  return isProtected ? step : { type: 'ProtectSource', claim: view.source.claim };
}

type Source =
  | Extract<ClaimStep, { type: 'Refuse' | 'Wait' }>
  | { type: 'Ready'; source: VolumeContentSource | undefined };

function contentSource(view: ClaimView): Source {
  switch (view.source.kind) {
    case 'None':
      return { type: 'Ready', source: undefined };
    case 'Unsupported':
      // A populator may fill the claim; that is not for us to judge.
      return { type: 'Wait' };
    case 'Snapshot':
      return snapshotSource(view, view.source);
    case 'Claim':
      return cloneSource(view, view.source);
    default:
      return view.source satisfies never;
  }
}

function snapshotSource(
  view: ClaimView,
  { name, snapshot, content }: Extract<SourceView, { kind: 'Snapshot' }>,
): Source {
  const contentName = snapshot?.status?.boundVolumeSnapshotContentName;
  if (!snapshot)
    return refuse(
      `error getting snapshot ${name} from api server: volumesnapshots.snapshot.storage.k8s.io "${name}" not found`,
    );
  if (snapshot.metadata.deletionTimestamp) return refuse(`snapshot ${name} is currently being deleted`);
  if (!contentName || !content) return refuse(`snapshot ${name} not bound`);
  const { volumeSnapshotRef } = content.spec;
  if (volumeSnapshotRef.uid !== snapshot.metadata.uid)
    return refuse(`snapshotContent ${contentName} is bound to a different snapshot than ${name}`);
  if (!snapshot.status?.readyToUse) return refuse(`snapshot ${name} is not Ready`);
  if (content.spec.driver !== view.driver)
    return refuse(`snapshot ${name} has driver ${content.spec.driver} instead of ${view.driver}`);
  if (!content.status?.snapshotHandle) return refuse(`snapshot handle ${contentName} is not available`);

  const { restoreSize = 0, snapshotHandle } = content.status;
  const requested = quantityToNumber(requestOf(view.claim));
  if (requested < restoreSize) {
    return refuse(
      `requested volume size ${requested} is less than the size ${restoreSize} for the source snapshot ${name}`,
    );
  }
  const mode = content.spec.sourceVolumeMode;
  if (
    mode &&
    mode !== volumeModeOf(view.claim) &&
    content.metadata.annotations?.[annotations.allowVolumeModeChange] !== 'true'
  ) {
    return refuse(
      `requested volume ${view.claim.metadata.name} modifies the mode of the source volume but does not have permission to do so`,
    );
  }
  return { type: 'Ready', source: { snapshot: { snapshotId: snapshotHandle } } };
}

function cloneSource(view: ClaimView, { name, claim, volume }: Extract<SourceView, { kind: 'Claim' }>): Source {
  if (!claim) return refuse(`error getting PVC ${name} from api server: persistentvolumeclaims "${name}" not found`);
  if (claim.status?.phase !== 'Bound' || !volume?.spec?.csi) return refuse(`the PVC DataSource ${name} is not bound`);
  if (claim.metadata.deletionTimestamp) return refuse(`the PVC DataSource ${name} is currently being deleted`);
  if (volume.spec.csi.driver !== view.driver) {
    return refuse(`the source volume of PVC ${name} has driver ${volume.spec.csi.driver} instead of ${view.driver}`);
  }
  if (volumeModeOf(claim) !== volumeModeOf(view.claim)) {
    return refuse(`the source PVC and destination PVCs for cloning must have the same volume mode`);
  }
  const have = parseQuantity(volume.spec.capacity?.['storage'] ?? '0');
  if (compareQuantities(parseQuantity(requestOf(view.claim)), have) < 0) {
    return refuse(
      `error, new PVC request must be greater than or equal in size to the specified PVC data source, requested ${requestOf(view.claim)} but source is ${volume.spec.capacity?.['storage']}`,
    );
  }
  return { type: 'Ready', source: { volume: { volumeId: volume.spec.csi.volumeHandle } } };
}

function orderOf(view: ClaimView, storageClass: StorageClass, source: VolumeContentSource | undefined): VolumeOrder {
  const { claim } = view;
  const all = Object.entries(storageClass.parameters ?? {});
  const fsType = storageClass.parameters?.[`${parameterPrefix}fstype`] ?? '';
  return {
    name: `pvc-${claim.metadata.uid}`,
    requiredBytes: quantityToNumber(requestOf(claim)),
    accessModes: claim.spec?.accessModes ?? [],
    volumeMode: volumeModeOf(claim),
    fsType: volumeModeOf(claim) === 'Block' ? '' : fsType,
    mountOptions: storageClass.mountOptions ?? [],
    parameters: Object.fromEntries(all.filter(([name]) => !name.startsWith(parameterPrefix))),
    reclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
    className: view.className,
    contentSource: source,
    topology: topologyRequirement(view, storageClass),
  };
}

/** Requisite: where the class allows it. Preferred: the same, beginning with the selected node's topology. */
function topologyRequirement(
  { topologies, selectedTopology }: ClaimView,
  storageClass: StorageClass,
): TopologyRequirement | undefined {
  const allowed = topologies.filter((topology) => isAllowed(topology, storageClass));
  if (allowed.length === 0) return undefined;
  if (!selectedTopology || selectedTopology === 'NoDriver') return { requisite: allowed, preferred: allowed };
  const others = allowed.filter((topology) => !isEqual(topology, selectedTopology));
  return { requisite: [selectedTopology, ...others], preferred: [selectedTopology, ...others] };
}

function isAllowed({ segments }: Topology, { allowedTopologies = [] }: StorageClass): boolean {
  if (allowedTopologies.length === 0) return true;
  return allowedTopologies.some((term) =>
    (term.matchLabelExpressions ?? []).every(({ key, values }) => {
      const value = segments[key];
      // A key that is not the driver's restricts nodes, which is the scheduler's work.
      return value === undefined || values.includes(value);
    }),
  );
}

function isEqual(a: Topology, b: Topology): boolean {
  const keys = new Set([...Object.keys(a.segments), ...Object.keys(b.segments)]);
  return [...keys].every((key) => a.segments[key] === b.segments[key]);
}

function refuse(message: string): { type: 'Refuse'; message: string } {
  return { type: 'Refuse', message };
}
