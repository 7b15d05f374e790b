// What does a CSI driver consist of, in tests of rules? Its controller's pod, its node plugin's pod, and the Leases.

import type { Lease } from '../../apis/coordination/generated/v1.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { driverName, merged, minutesAgo, type Overrides, object } from './builders.ts';

const namespace = 'storage';
const image = (sidecar: string): string => `registry.k8s.io/sig-storage/${sidecar}:v1.0.0`;

function driverPod(name: string, { sidecars, args = [] }: { sidecars: string[]; args?: string[] }): Pod {
  return object<Pod>(
    { apiVersion: 'v1', kind: 'Pod', name, namespace },
    {
      spec: { nodeName: 'node-1', containers: sidecars.map((each) => ({ name: each, image: image(each), args })) },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    },
  );
}

/** The controller: it names its driver nowhere, as the sidecars ask the driver for its name. */
export function controllerPod(overrides: Overrides<Pod> = {}): Pod {
  return merged(driverPod('disk-controller-0', { sidecars: ['csi-provisioner', 'csi-attacher'] }), overrides);
}

export function nodePluginPod(overrides: Overrides<Pod> = {}): Pod {
  const args = [`--kubelet-registration-path=/var/lib/kubelet/plugins/${driverName}/csi.sock`];
  return merged(driverPod('disk-node-1', { sidecars: ['csi-node-driver-registrar'], args }), overrides);
}

/** The Lease of a sidecar, renewed so many minutes ago. */
export function sidecarLease(prefix: '' | 'external-attacher-leader-', minutes = 0): Lease {
  return object<Lease>(
    {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      name: `${prefix}${driverName.replaceAll('.', '-')}`,
      namespace,
    },
    { spec: { holderIdentity: 'disk-controller-0', renewTime: minutesAgo(minutes), leaseDurationSeconds: 15 } },
  );
}
