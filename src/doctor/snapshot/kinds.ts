// Which objects does the doctor read? One row each; the ClusterRole of `amarre doctor rbac` is made from it.

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import type { FenceProof } from '../../apis/amarre/types.ts';
import type { CustomResourceDefinition } from '../../apis/apiextensions/generated/v1.ts';
import type { Deployment, StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { Lease } from '../../apis/coordination/generated/v1.ts';
import type {
  ConfigMap,
  Event,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  ResourceQuota,
} from '../../apis/core/generated/v1.ts';
import type { VolumeSnapshot, VolumeSnapshotClass, VolumeSnapshotContent } from '../../apis/snapshot/types.ts';
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
} from '../../apis/storage/generated/v1.ts';
import type { DataDownload, DataUpload, PodVolumeBackup } from '../../apis/velero/data-types.ts';
import type { Backup, BackupStorageLocation, Restore, Schedule } from '../../apis/velero/types.ts';
import type {
  BackendDisk,
  EtcdMember,
  LogLine,
  PodDisruptionBudget,
  SecretName,
  StoragePool,
  VolumeStats,
} from './types.ts';

/** Kind of object by the name under which rules ask for it. */
export interface KindTable {
  pods: Pod;
  claims: PersistentVolumeClaim;
  volumes: PersistentVolume;
  nodes: Node;
  namespaces: Namespace;
  events: Event;
  quotas: ResourceQuota;
  /** Names only: the doctor never reads what a Secret holds. */
  secrets: SecretName;
  statefulSets: StatefulSet;
  deployments: Deployment;
  /** Who owns them; their templates are large and the same as their owners'. */
  replicaSets: KubeObject;
  budgets: PodDisruptionBudget;
  leases: Lease;
  classes: StorageClass;
  drivers: CSIDriver;
  csiNodes: CSINode;
  capacities: CSIStorageCapacity;
  attachments: VolumeAttachment;
  definitions: CustomResourceDefinition;
  snapshots: VolumeSnapshot;
  snapshotContents: VolumeSnapshotContent;
  snapshotClasses: VolumeSnapshotClass;
  backups: Backup;
  restores: Restore;
  schedules: Schedule;
  backupLocations: BackupStorageLocation;
  dataUploads: DataUpload;
  dataDownloads: DataDownload;
  podVolumeBackups: PodVolumeBackup;
  fenceProofs: FenceProof;
  /** ConfigMaps that schedules and backups name as their resource policy; no others. */
  policyMaps: ConfigMap;
  /** Usage of mounted volumes, from the kubelets' /stats/summary. Not an API object. */
  volumeStats: VolumeStats;
  /** Pools of storage backends, from a dump or from the drivers' own kinds. */
  pools: StoragePool;
  /** Disks of storage backends, from a dump or from the drivers' own kinds. */
  disks: BackendDisk;
  /** Logs of kubelets and controllers, from a dump or from kubelets that show theirs. */
  logs: LogLine;
  /** Members of etcd, from a dump, or the store as the API server sees it. */
  etcdMembers: EtcdMember;
}

export type KindName = keyof KindTable;

export interface KindRow {
  resource: Resource;
  /**
   * `metadata`: only names and labels are asked for. `kubelet`: the kubelets are asked. `input`: somebody has to give
   * them, no API has them. `named`: only those whose names other objects tell are asked for. What is neither an object
   * nor asked for counts as unread until it is given.
   */
  reads: 'objects' | 'metadata' | 'kubelet' | 'input' | 'named';
  /** May a healthy cluster lack the whole API group? */
  isOptional: boolean;
  /** Of `input`: whom a cluster that is looked at can be asked instead; absent: nobody. */
  live?: 'backends' | 'kubelet-logs' | 'store';
}

/** `apiVersion plural Kind`. */
function row(text: string, scope: 'Namespaced' | 'Cluster'): KindRow {
  const [apiVersion = '', plural = '', kind = ''] = text.split(' ');
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return {
    resource: { group: group ?? '', version: version ?? '', plural, kind, namespaced: scope === 'Namespaced' },
    reads: 'objects',
    isOptional: false,
  };
}

const optional = (each: KindRow): KindRow => ({ ...each, isOptional: true });

/** `plural Kind` of what no API serves: it comes as objects of a group of the doctor's own. */
const input = (text: string, live: KindRow['live'] & string): KindRow => ({
  ...row(`doctor.amarre.io/v1 ${text}`, 'Cluster'),
  reads: 'input',
  isOptional: true,
  live,
});

/** How each kind is found in an API server or in a dump. */
export const kindRows: Record<KindName, KindRow> = {
  pods: row('v1 pods Pod', 'Namespaced'),
  claims: row('v1 persistentvolumeclaims PersistentVolumeClaim', 'Namespaced'),
  volumes: row('v1 persistentvolumes PersistentVolume', 'Cluster'),
  nodes: row('v1 nodes Node', 'Cluster'),
  namespaces: row('v1 namespaces Namespace', 'Cluster'),
  events: row('v1 events Event', 'Namespaced'),
  quotas: row('v1 resourcequotas ResourceQuota', 'Namespaced'),
  secrets: { ...row('v1 secrets Secret', 'Namespaced'), reads: 'metadata' },
  statefulSets: row('apps/v1 statefulsets StatefulSet', 'Namespaced'),
  deployments: row('apps/v1 deployments Deployment', 'Namespaced'),
  replicaSets: { ...row('apps/v1 replicasets ReplicaSet', 'Namespaced'), reads: 'metadata' },
  budgets: row('policy/v1 poddisruptionbudgets PodDisruptionBudget', 'Namespaced'),
  leases: row('coordination.k8s.io/v1 leases Lease', 'Namespaced'),
  classes: row('storage.k8s.io/v1 storageclasses StorageClass', 'Cluster'),
  drivers: row('storage.k8s.io/v1 csidrivers CSIDriver', 'Cluster'),
  csiNodes: row('storage.k8s.io/v1 csinodes CSINode', 'Cluster'),
  capacities: row('storage.k8s.io/v1 csistoragecapacities CSIStorageCapacity', 'Namespaced'),
  attachments: row('storage.k8s.io/v1 volumeattachments VolumeAttachment', 'Cluster'),
  definitions: row('apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition', 'Cluster'),
  snapshots: optional(row('snapshot.storage.k8s.io/v1 volumesnapshots VolumeSnapshot', 'Namespaced')),
  snapshotContents: optional(row('snapshot.storage.k8s.io/v1 volumesnapshotcontents VolumeSnapshotContent', 'Cluster')),
  snapshotClasses: optional(row('snapshot.storage.k8s.io/v1 volumesnapshotclasses VolumeSnapshotClass', 'Cluster')),
  backups: optional(row('velero.io/v1 backups Backup', 'Namespaced')),
  restores: optional(row('velero.io/v1 restores Restore', 'Namespaced')),
  schedules: optional(row('velero.io/v1 schedules Schedule', 'Namespaced')),
  backupLocations: optional(row('velero.io/v1 backupstoragelocations BackupStorageLocation', 'Namespaced')),
  dataUploads: optional(row('velero.io/v2alpha1 datauploads DataUpload', 'Namespaced')),
  dataDownloads: optional(row('velero.io/v2alpha1 datadownloads DataDownload', 'Namespaced')),
  podVolumeBackups: optional(row('velero.io/v1 podvolumebackups PodVolumeBackup', 'Namespaced')),
  fenceProofs: optional(row('amarre.io/v1alpha1 fenceproofs FenceProof', 'Cluster')),
  policyMaps: { ...optional(row('v1 configmaps ConfigMap', 'Namespaced')), reads: 'named' },
  volumeStats: { ...row('v1 nodes VolumeStats', 'Namespaced'), reads: 'kubelet', isOptional: true },
  pools: input('storagepools StoragePool', 'backends'),
  disks: input('backenddisks BackendDisk', 'backends'),
  logs: input('loglines LogLine', 'kubelet-logs'),
  etcdMembers: input('etcdmembers EtcdMember', 'store'),
};

/** Is it a collection of an API server? */
export function isListed(kind: KindName): boolean {
  const { reads } = kindRows[kind];
  return reads === 'objects' || reads === 'metadata';
}

export const kindNames = Object.keys(kindRows) as KindName[];

/** The row of an object's kind, by its group and kind; undefined if the doctor has no use for it. */
export function kindOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): KindName | undefined {
  if (!apiVersion || !kind) return undefined;
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  return byGroupKind.get(groupKind(group, kind));
}

const groupKind = (group: string, kind: string): string => `${kind}.${group}`;

const byGroupKind = new Map(
  kindNames.map((name) => [groupKind(kindRows[name].resource.group, kindRows[name].resource.kind), name] as const),
);
