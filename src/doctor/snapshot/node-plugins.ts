// Which pods are a CSI driver's part on a node?

import { controllerOf } from '../../apimachinery/meta.ts';
import type { PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { driverOfVolume, podsOnNode } from './joins.ts';
import { volumesOfPod } from './mounts.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Pods of DaemonSets on the node that name the driver, as its socket or its folder below the kubelet's does. A pod that
 * only uses a volume of the driver is no plugin.
 */
export function nodePluginPods(snapshot: Snapshot, driver: string, nodeName: string): Pod[] {
  return podsOnNode(snapshot, nodeName).filter(
    (pod) =>
      controllerOf(pod)?.kind === 'DaemonSet' &&
      [...(pod.spec?.containers ?? []), ...(pod.spec?.volumes ?? []).filter(({ hostPath }) => hostPath)].some((part) =>
        JSON.stringify(part).includes(driver),
      ),
  );
}

/** Drivers that the node needs for the pod: of its volumes, and of those it brings inline. */
export function driversOfPod(snapshot: Snapshot, pod: Pod): string[] {
  const inline = (pod.spec?.volumes ?? []).flatMap(({ csi }) => (csi ? [csi.driver] : []));
  const bound = volumesOfPod(snapshot, pod).map(driverOfVolume);
  return [...new Set([...inline, ...bound])].filter((driver) => driver !== undefined);
}

/** The name under which a node lists the volume in `status.volumesInUse`; undefined if it is not a CSI volume. */
export function uniqueVolumeName({ spec }: PersistentVolume): string | undefined {
  return spec?.csi && `kubernetes.io/csi/${spec.csi.driver}^${spec.csi.volumeHandle}`;
}
