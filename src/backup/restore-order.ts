// In which order are objects restored? Velero's: what others need comes first.

import type { BackupItem } from './items.ts';

const first = [
  'customresourcedefinitions.apiextensions.k8s.io',
  'namespaces',
  'storageclasses.storage.k8s.io',
  'volumesnapshotclasses.snapshot.storage.k8s.io',
  'volumesnapshotcontents.snapshot.storage.k8s.io',
  'volumesnapshots.snapshot.storage.k8s.io',
  'datauploads.velero.io',
  'persistentvolumes',
  'persistentvolumeclaims',
  'clusterroles.rbac.authorization.k8s.io',
  'roles.rbac.authorization.k8s.io',
  'serviceaccounts',
  'clusterrolebindings.rbac.authorization.k8s.io',
  'rolebindings.rbac.authorization.k8s.io',
  'secrets',
  'configmaps',
  'limitranges',
  'priorityclasses.scheduling.k8s.io',
  'pods',
  'replicasets.apps',
  'clusterclasses.cluster.x-k8s.io',
  'endpoints',
  'services',
];

const last = [
  'clusterbootstraps.run.tanzu.vmware.com',
  'clusters.cluster.x-k8s.io',
  'clusterresourcesets.addons.cluster.x-k8s.io',
  'apps.kappctrl.k14s.io',
  'packageinstalls.packaging.carvel.dev',
];

/** Resources that only their own system can make, or whose restoration would mislead. */
export const nonRestorableResources: readonly string[] = [
  'nodes',
  'events',
  'events.events.k8s.io',
  'backups.velero.io',
  'restores.velero.io',
  'csinodes.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'backuprepositories.velero.io',
  // Restoring these would cut new snapshots of the restored claims under the old names.
  'volumesnapshots.snapshot.storage.k8s.io',
  'volumesnapshotcontents.snapshot.storage.k8s.io',
  // Proofs and leases speak of processes that no longer are.
  'fenceproofs.amarre.io',
  'leases.coordination.k8s.io',
];

/** Items in the order of their creation; within a resource by namespace and name. */
export function inRestoreOrder(items: BackupItem[]): BackupItem[] {
  const text = (item: BackupItem): string => `${item.namespace ?? ''}/${item.name}`;
  return [...items].sort(
    (a, b) =>
      rank(a.groupResource) - rank(b.groupResource) ||
      compare(a.groupResource, b.groupResource) ||
      compare(text(a), text(b)),
  );
}

/** Everything up to and including the claims: what the volumes' data needs before it can be written. */
export function isNeededByData(groupResource: string): boolean {
  return rank(groupResource) <= first.indexOf('persistentvolumeclaims');
}

function rank(groupResource: string): number {
  const early = first.indexOf(groupResource);
  if (early >= 0) return early;
  const late = last.indexOf(groupResource);
  return first.length + (late >= 0 ? 1 + late : 0);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
