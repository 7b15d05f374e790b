// What of a backup is brought back, and what is left out? Pure, over the backup's items and the restore's spec.

import { controllerOf, groupResourceOf } from '../apimachinery/meta.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../apis/core/generated/v1.ts';
import {
  customResourceDefinitions,
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
} from '../apis/resources.ts';
import type { DataUpload } from '../apis/velero/data-types.ts';
import type { RestoreSpec } from '../apis/velero/types.ts';
import type { Problem } from './documents.ts';
import type { BackupItem } from './items.ts';
import { inRestoreOrder, isNeededByData, nonRestorableResources } from './restore-order.ts';
import { isTokenSecret, mappedNamespace } from './rewrite.ts';
import { isIncluded, isSelectedByLabels } from './selection.ts';

/** Data of one claim that the backup holds. */
export interface VolumeData {
  /** In the backup. */
  sourceNamespace: string;
  /** Where it is restored to. */
  namespace: string;
  claimName: string;
  snapshotId: string;
  sizeBytes: number;
  /** Name of the location when the backup was made. */
  location: string;
  /** Mode, owner, group and time of the volume's own folder; empty if they were not kept. */
  root: string;
  /** Size of the volume when it was backed up, as a quantity. */
  capacity: string | undefined;
}

export interface RestorePlan {
  /** What the data needs: namespaces, classes, volumes, claims. In the order of creation. */
  foundation: BackupItem[];
  /** Everything else, in the order of creation. */
  rest: BackupItem[];
  data: VolumeData[];
  /** Claims, as `namespace/name` in the backup, that keep their volume because it is restored too. */
  keepsVolume: ReadonlySet<string>;
  /** Why an application must not be started: its data is not whole. By namespace in the backup. */
  errors: Problem[];
}

const claims = groupResourceOf(persistentVolumeClaims);
const volumes = groupResourceOf(persistentVolumes);
const uploadResource = 'datauploads.velero.io';
const workloads = new Set([
  'pods',
  'replicationcontrollers',
  'statefulsets.apps',
  'deployments.apps',
  'replicasets.apps',
  'daemonsets.apps',
  'jobs.batch',
  'cronjobs.batch',
]);

/** Does this resource run containers? */
export function isWorkload(groupResource: string): boolean {
  return workloads.has(groupResource);
}

/** Plans a restore of `items`. */
export function planRestore(items: BackupItem[], spec: RestoreSpec): RestorePlan {
  const mapping = spec.namespaceMapping ?? {};
  const candidates = items.filter((item) => item.groupResource !== uploadResource && isRestorable(item));
  const namespaced = candidates.filter((item) => item.namespace !== undefined && isWanted(item, spec));
  const uploads = items
    .filter((item) => item.groupResource === uploadResource)
    .map((item) => item.object as DataUpload)
    .filter((upload) => namespaced.some((item) => item.groupResource === claims && isClaimOf(item, upload)));
  const restoresVolumes = spec.restorePVs !== false;
  const whole = uploads.filter((upload) => upload.status?.phase === 'Completed' && upload.status.snapshotID);
  const retained = restoresVolumes ? retainedVolumes(candidates, uploads) : new Map<string, string>();
  const chosen = [...clusterScoped(candidates, { namespaced, spec, retained }), ...namespaced];
  const uids = new Set(chosen.map((item) => item.object.metadata.uid));
  const kept = inRestoreOrder(chosen.filter((item) => !isMadeByController(item, uids)));
  return {
    foundation: kept.filter((item) => isNeededByData(item.groupResource)),
    rest: kept.filter((item) => !isNeededByData(item.groupResource)),
    data: restoresVolumes ? whole.map((upload) => dataOf(upload, { items: namespaced, mapping })) : [],
    keepsVolume: new Set(retained.values()),
    errors: restoresVolumes ? uploads.filter((upload) => !whole.includes(upload)).map(missingData) : [],
  };
}

function isRestorable(item: BackupItem): boolean {
  if (nonRestorableResources.includes(item.groupResource) || isTokenSecret(item)) return false;
  const phase = item.groupResource === 'pods' ? (item.object as Pod).status?.phase : undefined;
  return phase !== 'Succeeded' && phase !== 'Failed';
}

function isWanted(item: BackupItem, spec: RestoreSpec): boolean {
  return (
    isIncluded(item.namespace ?? '', { included: spec.includedNamespaces, excluded: spec.excludedNamespaces }) &&
    isResourceNamed(item.groupResource, spec) &&
    isSelectedByLabels(item.object, spec)
  );
}

function isResourceNamed(groupResource: string, { includedResources, excludedResources }: RestoreSpec): boolean {
  const names = [groupResource, groupResource.split('.')[0] ?? ''];
  const isAmong = (list: string[]): boolean => list.some((each) => each === '*' || names.includes(each));
  return (
    (!includedResources?.length || isAmong(includedResources)) &&
    !(excludedResources?.length && isAmong(excludedResources))
  );
}

/**
 * Left out, because its controller is restored and makes it again: a StatefulSet's pods, a Deployment's ReplicaSets.
 * Restoring both could run two of one pod. Claims are always restored: they hold data.
 */
function isMadeByController(item: BackupItem, uids: ReadonlySet<string>): boolean {
  const owner = controllerOf(item.object);
  return owner !== undefined && item.groupResource !== claims && uids.has(owner.uid);
}

/**
 * Volumes that come back as they were, by name, each with its claim: those that outlived their claim and whose
 * data the backup does not hold. All others are provisioned anew.
 */
function retainedVolumes(items: BackupItem[], uploads: DataUpload[]): Map<string, string> {
  const retained = new Map<string, string>();
  for (const item of items.filter((each) => each.groupResource === volumes)) {
    const { persistentVolumeReclaimPolicy, claimRef } = (item.object as PersistentVolume).spec ?? {};
    const hasData = uploads.some(
      ({ spec }) => spec?.sourceNamespace === claimRef?.namespace && spec?.sourcePVC === claimRef?.name,
    );
    if (persistentVolumeReclaimPolicy === 'Retain' && !hasData)
      retained.set(item.name, `${claimRef?.namespace}/${claimRef?.name}`);
  }
  return retained;
}

interface ClusterOptions {
  namespaced: BackupItem[];
  spec: RestoreSpec;
  retained: ReadonlyMap<string, string>;
}

function clusterScoped(items: BackupItem[], { namespaced, spec, retained }: ClusterOptions): BackupItem[] {
  const inUse = new Set(namespaced.map((item) => item.namespace));
  const specs = namespaced
    .filter((item) => item.groupResource === claims)
    .map((item) => (item.object as PersistentVolumeClaim).spec);
  const related: Record<string, ReadonlySet<string | undefined>> = {
    [groupResourceOf(storageClasses)]: new Set(specs.map((each) => each?.storageClassName)),
    [groupResourceOf(customResourceDefinitions)]: new Set(namespaced.map((item) => item.groupResource)),
    [volumes]: new Set(specs.map((each) => each?.volumeName)),
  };
  const isPart = Boolean(
    spec.includedNamespaces?.some((each) => each !== '*') || spec.excludedNamespaces?.length || spec.labelSelector,
  );
  return items.filter((item) => {
    if (item.namespace !== undefined) return false;
    // Without its namespace nothing in it can come back, whatever the filters say.
    if (item.groupResource === groupResourceOf(namespaces)) return inUse.has(item.name);
    if (
      spec.includeClusterResources === false ||
      !isResourceNamed(item.groupResource, { excludedResources: spec.excludedResources ?? null })
    )
      return false;
    if (item.groupResource === volumes && !retained.has(item.name)) return false;
    if (related[item.groupResource]?.has(item.name)) return true;
    return (
      (spec.includeClusterResources === true || !isPart) &&
      isResourceNamed(item.groupResource, spec) &&
      isSelectedByLabels(item.object, spec)
    );
  });
}

function isClaimOf(item: BackupItem, { spec }: DataUpload): boolean {
  return item.namespace === spec?.sourceNamespace && item.name === spec?.sourcePVC;
}

function dataOf(
  upload: DataUpload,
  { items, mapping }: { items: BackupItem[]; mapping: Record<string, string> },
): VolumeData {
  const { sourceNamespace = '', sourcePVC = '', backupStorageLocation = '' } = upload.spec ?? {};
  const claim = items.find((item) => item.groupResource === claims && isClaimOf(item, upload));
  return {
    sourceNamespace,
    namespace: mappedNamespace(sourceNamespace, mapping),
    claimName: sourcePVC,
    snapshotId: upload.status?.snapshotID ?? '',
    sizeBytes: upload.status?.progress?.totalBytes ?? 0,
    location: backupStorageLocation,
    root: upload.status?.dataMoverResult?.['root'] ?? '',
    capacity: (claim?.object as PersistentVolumeClaim)?.status?.capacity?.['storage'],
  };
}

function missingData({ spec, status }: DataUpload): Problem {
  const { sourceNamespace = '', sourcePVC = '' } = spec ?? {};
  const why = status?.message ? `: ${status.message}` : '';
  return {
    namespace: sourceNamespace,
    message: `The backup does not hold the data of claim ${sourceNamespace}/${sourcePVC}${why}`,
  };
}
