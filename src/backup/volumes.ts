// Which volumes does a backup snapshot, and what is left out? Pure, over the backup's items.

import { createHash } from 'node:crypto';
import { groupResourceOf } from '../apimachinery/meta.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../apis/core/generated/v1.ts';
import { persistentVolumeClaims, persistentVolumes, pods } from '../apis/resources.ts';
import type { VolumeSnapshotClass } from '../apis/snapshot/types.ts';
import type { BackupResourceHookSpec } from '../apis/velero/types.ts';
import { type PodHooks, planPodHooks } from './hooks.ts';
import type { BackupItem } from './items.ts';

/** One volume whose data goes into the backup. */
export interface VolumePlan {
  namespace: string;
  claimName: string;
  claimUid: string;
  volumeName: string;
  driver: string;
  storageClass: string;
  snapshotClass: string;
  /** Quantity: the volume's size when it was snapshotted. */
  capacity: string;
  fsType: string;
}

/** An application: what is quiesced together, so that its volumes show one moment. A namespace is one. */
export interface QuiesceGroup {
  namespace: string;
  pods: PodHooks[];
  volumes: VolumePlan[];
}

export interface QuiescePlan {
  groups: QuiesceGroup[];
  /** Why volumes stay out of the backup, or hooks are not as annotated. */
  warnings: { namespace: string; message: string }[];
  /** Why the backup cannot be made at all. */
  errors: string[];
}

export interface QuiescePlanOptions {
  items: BackupItem[];
  snapshotClasses: VolumeSnapshotClass[];
  specHooks: BackupResourceHookSpec[];
  /** False: only hooks, no volumes. */
  snapshotsVolumes: boolean;
}

/** Plans hooks and snapshots of a backup, by namespace. */
export function planQuiesce(options: QuiescePlanOptions): QuiescePlan {
  const plan: QuiescePlan = { groups: [], warnings: [], errors: [] };
  const groups = new Map<string, QuiesceGroup>();
  const groupOf = (namespace: string): QuiesceGroup => {
    const group = groups.get(namespace) ?? { namespace, pods: [], volumes: [] };
    groups.set(namespace, group);
    return group;
  };
  for (const pod of objectsOf<Pod>(options.items, groupResourceOf(pods))) {
    const { warnings, ...hooks } = planPodHooks(pod, options.specHooks);
    plan.warnings.push(...warnings.map((message) => ({ namespace: hooks.namespace, message })));
    if (hooks.pre.length + hooks.post.length > 0) groupOf(hooks.namespace).pods.push(hooks);
  }
  if (options.snapshotsVolumes) planVolumes(options, plan, groupOf);
  // The errors of one class are one error, however many claims it stops.
  plan.errors = [...new Set(plan.errors)];
  plan.groups = [...groups.values()].sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
  return plan;
}

function planVolumes(
  { items, snapshotClasses }: QuiescePlanOptions,
  plan: QuiescePlan,
  groupOf: (namespace: string) => QuiesceGroup,
): void {
  const volumes = new Map(
    objectsOf<PersistentVolume>(items, groupResourceOf(persistentVolumes)).map((pv) => [pv.metadata.name, pv]),
  );
  for (const claim of objectsOf<PersistentVolumeClaim>(items, groupResourceOf(persistentVolumeClaims))) {
    const { namespace = '', name } = claim.metadata;
    const skip = (why: string): void => {
      plan.warnings.push({ namespace, message: `The data of claim ${namespace}/${name} is not in the backup: ${why}` });
    };
    const volume = volumes.get(claim.spec?.volumeName ?? '');
    if (claim.status?.phase !== 'Bound' || !claim.spec?.volumeName) skip('the claim is not bound');
    else if (!volume) skip(`volume "${claim.spec.volumeName}" is excluded from the backup`);
    else if (!volume.spec?.csi) skip(`volume "${claim.spec.volumeName}" is not a CSI volume`);
    else if (claim.spec.volumeMode === 'Block') skip('raw block volumes are not backed up');
    else {
      const { driver, fsType = '' } = volume.spec.csi;
      const chosen = snapshotClassFor(driver, snapshotClasses);
      if ('error' in chosen) {
        plan.errors.push(chosen.error);
        continue;
      }
      groupOf(namespace).volumes.push({
        namespace,
        claimName: name,
        claimUid: claim.metadata.uid,
        volumeName: volume.metadata.name,
        driver,
        storageClass: claim.spec.storageClassName ?? '',
        snapshotClass: chosen.name,
        capacity: claim.status.capacity?.['storage'] ?? volume.spec.capacity?.['storage'] ?? '',
        fsType,
      });
    }
  }
}

const veleroClassLabel = 'velero.io/csi-volumesnapshot-class';
const defaultClassAnnotation = 'snapshot.storage.kubernetes.io/is-default-class';

/** The snapshot class for a driver: the one labelled for Velero, else the driver's default, else its only one. */
export function snapshotClassFor(driver: string, classes: VolumeSnapshotClass[]): { name: string } | { error: string } {
  const candidates = classes.filter((each) => each.driver === driver);
  const chosen =
    candidates.find((each) => each.metadata.labels?.[veleroClassLabel] === 'true') ??
    candidates.find((each) => each.metadata.annotations?.[defaultClassAnnotation] === 'true') ??
    (candidates.length === 1 ? candidates[0] : undefined);
  if (chosen) return { name: chosen.metadata.name };
  const found = candidates.length === 0 ? 'there is none' : `there are ${candidates.length}, and none is marked`;
  return {
    error:
      `Cannot snapshot volumes of driver "${driver}": found no VolumeSnapshotClass to use (${found}). ` +
      `Create one, label one with ${veleroClassLabel}=true, or set spec.snapshotVolumes to false`,
  };
}

/** Name of a volume's snapshot in one attempt at a backup: the same again after a crash, never another's. */
export function snapshotNameOf(
  { backupUid, attempt }: { backupUid: string; attempt: number },
  claimUid: string,
): string {
  const hash = createHash('sha256').update(`${backupUid}/${attempt}/${claimUid}`).digest('hex');
  return `velero-${hash.slice(0, 20)}`;
}

function objectsOf<T>(items: BackupItem[], groupResource: string): T[] {
  return items.filter((item) => item.groupResource === groupResource).map((item) => item.object as unknown as T);
}
