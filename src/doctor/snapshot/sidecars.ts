// Do the controllers of a CSI driver live? The Leases of its sidecars, and the pods that run them.

import type { Lease } from '../../apis/coordination/generated/v1.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import type { Settings } from '../settings.ts';
import type { Snapshot } from './snapshot.ts';

/** Names of the Leases, before the driver's. Source: main.go of each sidecar in kubernetes-csi. */
const leasePrefixes = {
  'csi-provisioner': '',
  'csi-attacher': 'external-attacher-leader-',
  'csi-resizer': 'external-resizer-',
  'csi-snapshotter': 'external-snapshotter-leader-',
} as const;

export type Sidecar = keyof typeof leasePrefixes;

/** The Lease that the leading sidecar of `driver` renews; undefined if there is none, as with a single sidecar. */
export function leaseOf(snapshot: Snapshot, driver: string, sidecar: Sidecar): Lease | undefined {
  // Source: csi-lib-utils leaderelection, sanitizeName.
  const name = `${leasePrefixes[sidecar]}${driver}`.replace(/[^a-zA-Z0-9-]/g, '-');
  return snapshot
    .where('leases', { index: 'leasesByName', key: name, keysOf: ({ metadata }) => [metadata.name] })
    .toSorted((a, b) => (a.spec?.renewTime ?? '').localeCompare(b.spec?.renewTime ?? ''))
    .at(-1);
}

/** Has the holder stopped renewing it? */
export function isLeaseStale(snapshot: Snapshot, lease: Lease, { leaseStaleMs }: Settings): boolean {
  const ageMs = snapshot.ageMs(lease.spec?.renewTime);
  return !lease.spec?.holderIdentity || (ageMs !== undefined && ageMs > leaseStaleMs);
}

/**
 * Pods that run `sidecar` for `driver`. A pod does not name its driver, so those that stand in a namespace with the
 * driver's node plugin count, or name the driver somewhere in their containers.
 */
export function sidecarPods(snapshot: Snapshot, driver: string, sidecar: Sidecar): Pod[] {
  const plugins = podsRunning(snapshot, 'csi-node-driver-registrar').filter((pod) => names(pod, driver));
  const namespaces = new Set(plugins.map(({ metadata }) => metadata.namespace));
  return podsRunning(snapshot, sidecar).filter((pod) => namespaces.has(pod.metadata.namespace) || names(pod, driver));
}

/** Pods with a container whose image is called `image`, whatever its registry and tag. */
function podsRunning(snapshot: Snapshot, image: string): readonly Pod[] {
  return snapshot.where('pods', {
    index: 'podsByImage',
    key: image,
    keysOf: ({ spec }) => [...new Set((spec?.containers ?? []).map((container) => imageName(container.image ?? '')))],
  });
}

/** `registry.k8s.io/sig-storage/csi-attacher:v4.12.0` → `csi-attacher`. */
function imageName(image: string): string {
  return (image.split('/').at(-1) ?? '').split(/[:@]/)[0] ?? '';
}

function names(pod: Pod, driver: string): boolean {
  return JSON.stringify(pod.spec?.containers ?? []).includes(driver);
}
