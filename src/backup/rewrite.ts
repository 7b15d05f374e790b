// What does an object look like when it comes back? Without what belonged to its former life.

import { createHash } from 'node:crypto';
import type { DraftMeta, KubeObject } from '../apimachinery/meta.ts';
import { compareQuantities, parseQuantity } from '../apimachinery/quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod, Secret, Service } from '../apis/core/generated/v1.ts';
import { veleroKeys } from '../apis/velero/types.ts';
import type { BackupItem } from './items.ts';

export interface RewriteOptions {
  /** Namespace in the backup → namespace to restore into. */
  namespaceMapping: Record<string, string>;
  backupName: string;
  restoreName: string;
  /** Tells this restore's objects from those of an earlier one of the same name. */
  restoreUid: string;
  preserveNodePorts: boolean;
  /** Claims keep the volume that they are bound to, because that volume is restored too. */
  keepsVolume: boolean;
}

/** A restored object before the API server has taken it. */
export type RestoredObject = Omit<KubeObject, 'metadata'> & { metadata: DraftMeta };

/** Where a namespace of the backup goes. */
export function mappedNamespace(namespace: string, mapping: Record<string, string>): string {
  return (Object.hasOwn(mapping, namespace) ? mapping[namespace] : undefined) ?? namespace;
}

/** The object to create for an item. The item stays as it is. */
export function rewriteForRestore(item: BackupItem, options: RewriteOptions): RestoredObject {
  const { metadata, ...body } = structuredClone(item.object) as KubeObject & { status?: unknown };
  delete body.status;
  const isNamespace = item.groupResource === 'namespaces';
  const name = isNamespace ? mappedNamespace(item.name, options.namespaceMapping) : item.name;
  const labels = {
    ...metadata.labels,
    [veleroKeys.backupName]: labelValueOf(options.backupName),
    [veleroKeys.restoreName]: labelValueOf(options.restoreName),
    [veleroKeys.restoreUid]: options.restoreUid,
  };
  const object: RestoredObject = {
    ...body,
    metadata: {
      name,
      ...(item.namespace !== undefined && { namespace: mappedNamespace(item.namespace, options.namespaceMapping) }),
      labels,
      ...(metadata.annotations && { annotations: metadata.annotations }),
      ...(metadata.finalizers && !isOfServer(item) && { finalizers: metadata.finalizers }),
    },
  };
  rewriters[item.groupResource]?.(object, options);
  return object;
}

/** A label value of at most 63 characters; a longer name is cut and made distinct by a hash, as Velero does. */
export function labelValueOf(name: string): string {
  if (name.length <= 63) return name;
  return `${name.slice(0, 57)}${createHash('sha256').update(name).digest('hex').slice(0, 6)}`;
}

/** Finalizers of the server's own controllers come back by themselves, when they are due. */
function isOfServer(item: BackupItem): boolean {
  return ['namespaces', 'persistentvolumes', 'persistentvolumeclaims', 'pods'].includes(item.groupResource);
}

type Rewriter = (object: RestoredObject, options: RewriteOptions) => void;

const rewriters: Record<string, Rewriter> = {
  namespaces: (object) => {
    // The name of the old namespace stands in a label that the server sets itself.
    delete object.metadata.labels?.['kubernetes.io/metadata.name'];
    delete (object as { spec?: unknown }).spec;
  },
  persistentvolumeclaims: rewriteClaim,
  persistentvolumes: rewriteVolume,
  services: rewriteService,
  pods: rewritePod,
  serviceaccounts: (object) => {
    // Token secrets carry the UID of the former account.
    delete (object as { secrets?: unknown }).secrets;
  },
};

const bindingAnnotations = [
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
  'volume.kubernetes.io/selected-node',
];

function rewriteClaim(object: RestoredObject, { keepsVolume }: RewriteOptions): void {
  const { spec } = object as unknown as PersistentVolumeClaim;
  for (const key of bindingAnnotations) delete object.metadata.annotations?.[key];
  if (!spec) return;
  // What the volume was once made from need not exist any more, and its data comes from the backup.
  delete spec.dataSource;
  delete spec.dataSourceRef;
  if (!keepsVolume) delete spec.volumeName;
}

/** The size that a claim needs to hold its data: it may have been given more than it asked for. */
export function withRoomForData(object: RestoredObject, capacity: string | undefined): void {
  const requests = (object as unknown as PersistentVolumeClaim).spec?.resources?.requests;
  const requested = requests?.['storage'];
  if (!capacity || !requests || requested === undefined) return;
  if (compareQuantities(parseQuantity(capacity), parseQuantity(requested)) > 0) requests['storage'] = capacity;
}

function rewriteVolume(object: RestoredObject, { namespaceMapping }: RewriteOptions): void {
  const { spec } = object as unknown as PersistentVolume;
  delete object.metadata.annotations?.['pv.kubernetes.io/bound-by-controller'];
  if (!spec?.claimRef) return;
  delete spec.claimRef.uid;
  delete spec.claimRef.resourceVersion;
  if (spec.claimRef.namespace) spec.claimRef.namespace = mappedNamespace(spec.claimRef.namespace, namespaceMapping);
}

function rewriteService(object: RestoredObject, { preserveNodePorts }: RewriteOptions): void {
  const { spec } = object as unknown as Service;
  if (!spec) return;
  // `None` is a wish; an address was the server's choice.
  if (spec.clusterIP !== 'None') {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  if (preserveNodePorts) return;
  delete spec.healthCheckNodePort;
  for (const port of spec.ports ?? []) delete port.nodePort;
}

function rewritePod(object: RestoredObject): void {
  const { spec } = object as unknown as Pod;
  if (!spec) return;
  delete spec.nodeName;
  // Admission computes the number again from the class.
  delete spec.priority;
  const isToken = (name: string): boolean => name.startsWith('kube-api-access-');
  if (spec.volumes) spec.volumes = spec.volumes.filter((volume) => !isToken(volume.name));
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    if (container.volumeMounts) container.volumeMounts = container.volumeMounts.filter((mount) => !isToken(mount.name));
  }
}

/** Secrets that the server makes for accounts: useless to others than the former account. */
export function isTokenSecret(item: BackupItem): boolean {
  return item.groupResource === 'secrets' && (item.object as Secret).type === 'kubernetes.io/service-account-token';
}
