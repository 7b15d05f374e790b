// What do storage drivers say of their backends in the API? Pools and disks, from the kinds of the drivers that keep
// such objects: Longhorn, Rook, OpenEBS LVM and TopoLVM.

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import { quantityToNumber } from '../../apimachinery/quantity.ts';
import type { BackendDisk, StoragePool } from '../snapshot/types.ts';

export interface BackendKind {
  resource: Resource;
  pools?: (object: KubeObject) => StoragePool[];
  disks?: (object: KubeObject) => BackendDisk[];
}

type Loose = Record<string, unknown>;

/** Sources: the Go types of each project's API. */
export const backendKinds: readonly BackendKind[] = [
  { resource: kind('longhorn.io/v1beta2 nodes Node', 'Namespaced'), pools: disksOfLonghornNode },
  { resource: kind('longhorn.io/v1beta2 volumes Volume', 'Namespaced'), disks: longhornVolume },
  { resource: kind('ceph.rook.io/v1 cephclusters CephCluster', 'Namespaced'), pools: cephCluster },
  { resource: kind('local.openebs.io/v1alpha1 lvmnodes LVMNode', 'Namespaced'), pools: thinPools },
  { resource: kind('local.openebs.io/v1alpha1 lvmvolumes LVMVolume', 'Namespaced'), disks: lvmVolume },
  { resource: kind('topolvm.io/v1 logicalvolumes LogicalVolume', 'Cluster'), disks: logicalVolume },
];

/** The row of an object of such a kind, whatever its version; undefined for anything else. */
export function backendKindOf({
  apiVersion,
  kind: name,
}: Pick<KubeObject, 'apiVersion' | 'kind'>): BackendKind | undefined {
  const group = apiVersion?.includes('/') ? apiVersion.split('/')[0] : undefined;
  return backendKinds.find(({ resource }) => resource.group === group && resource.kind === name);
}

function kind(text: string, scope: 'Namespaced' | 'Cluster'): Resource {
  const [apiVersion = '', plural = '', name = ''] = text.split(' ');
  const [group = '', version = ''] = apiVersion.split('/');
  return { group, version, plural, kind: name, namespaced: scope === 'Namespaced' };
}

/** Each disk of the node is a pool: when it is full, all replicas on it fail. */
function disksOfLonghornNode(object: KubeObject): StoragePool[] {
  const disks = mapAt(object, 'status', 'diskStatus');
  return Object.entries(disks).flatMap(([key, disk]) => {
    const { storageMaximum, storageAvailable, storageScheduled, diskName } = (disk ?? {}) as Loose;
    if (typeof storageMaximum !== 'number' || typeof storageAvailable !== 'number' || storageMaximum <= 0) return [];
    return pool(object, {
      name: `${object.metadata.name}/${typeof diskName === 'string' && diskName ? diskName : key}`,
      driver: 'driver.longhorn.io',
      physicalBytes: storageMaximum,
      usedBytes: storageMaximum - storageAvailable,
      ...(typeof storageScheduled === 'number' && { provisionedBytes: storageScheduled }),
    });
  });
}

/** A standby volume follows another cluster's and has no PersistentVolume here. */
function longhornVolume(object: KubeObject): BackendDisk[] {
  const { size, Standby: standby } = mapAt(object, 'spec');
  if (standby === true) return [];
  const { actualSize } = mapAt(object, 'status');
  return disk(object, {
    driver: 'driver.longhorn.io',
    volumeHandle: object.metadata.name,
    sizeBytes: bytesOf(size),
    usedBytes: bytesOf(actualSize),
  });
}

/** Rook puts the namespace of its operator, as a rule that of the cluster, before the name of Ceph's driver. */
function cephCluster(object: KubeObject): StoragePool[] {
  const { bytesTotal, bytesUsed } = mapAt(object, 'status', 'ceph', 'capacity');
  if (typeof bytesTotal !== 'number' || typeof bytesUsed !== 'number' || bytesTotal <= 0) return [];
  const { namespace = '', name } = object.metadata;
  return pool(object, {
    name: `${namespace}/${name}`,
    driver: `${namespace}.rbd.csi.ceph.com`,
    physicalBytes: bytesTotal,
    usedBytes: bytesUsed,
  });
}

/** A volume group that is given away whole harms nobody who has a part of it; a thin pool that is full stops them all. */
function thinPools(object: KubeObject): StoragePool[] {
  return listAt(object, 'volumeGroups').flatMap((group) =>
    listAt(group, 'thinPools').flatMap((thin) => {
      const [size, free] = [bytesOf(thin['size']), bytesOf(thin['free'])];
      if (!size || free === undefined) return [];
      return pool(object, {
        name: `${object.metadata.name}/${String(group['name'])}/${String(thin['name'])}`,
        driver: 'local.csi.openebs.io',
        physicalBytes: size,
        usedBytes: size - free,
      });
    }),
  );
}

function lvmVolume(object: KubeObject): BackendDisk[] {
  return disk(object, {
    driver: 'local.csi.openebs.io',
    volumeHandle: object.metadata.name,
    sizeBytes: bytesOf(mapAt(object, 'spec')['capacity']),
  });
}

/** One that was cut from another is a snapshot, or a clone that is still to be made: no handle of a volume leads to it. */
function logicalVolume(object: KubeObject): BackendDisk[] {
  const { size, source } = mapAt(object, 'spec');
  const { volumeID, currentSize } = mapAt(object, 'status');
  if (typeof volumeID !== 'string' || volumeID === '' || source) return [];
  return disk(object, { driver: 'topolvm.io', volumeHandle: volumeID, sizeBytes: bytesOf(currentSize ?? size) });
}

const group = 'doctor.amarre.io/v1';

function pool(
  { metadata }: KubeObject,
  {
    name,
    ...rest
  }: Pick<StoragePool, 'driver' | 'physicalBytes' | 'usedBytes' | 'provisionedBytes'> & { name: string },
): StoragePool[] {
  const { uid, resourceVersion, creationTimestamp } = metadata;
  return [
    { apiVersion: group, kind: 'StoragePool', metadata: { name, uid, resourceVersion, creationTimestamp }, ...rest },
  ];
}

function disk(
  { metadata }: KubeObject,
  {
    sizeBytes,
    usedBytes,
    ...rest
  }: Record<'driver' | 'volumeHandle', string> & {
    sizeBytes: number | undefined;
    usedBytes?: number | undefined;
  },
): BackendDisk[] {
  const { uid, resourceVersion, creationTimestamp } = metadata;
  return [
    {
      apiVersion: group,
      kind: 'BackendDisk',
      metadata: { name: rest.volumeHandle, uid, resourceVersion, creationTimestamp },
      ...rest,
      ...(sizeBytes !== undefined && { sizeBytes }),
      ...(usedBytes !== undefined && { usedBytes }),
    },
  ];
}

/** The map at a path; empty if there is none. Objects of others' kinds may have any shape. */
function mapAt(object: object, ...path: string[]): Loose {
  let at: unknown = object;
  for (const field of path) at = isMap(at) ? at[field] : undefined;
  return isMap(at) ? at : {};
}

function listAt(object: object, field: string): Loose[] {
  const list = (object as Loose)[field];
  return Array.isArray(list) ? list.filter(isMap) : [];
}

function isMap(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of a number or a quantity; undefined if it is neither. */
function bytesOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value === '') return undefined;
  try {
    return quantityToNumber(value);
  } catch {
    return undefined;
  }
}
