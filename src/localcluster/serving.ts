// Who answers already? A look at a port costs next to nothing, where a request takes time from processes that start.

import { defaultKubeletPort } from '../apis/core/kubelet-port.ts';
import { isListening } from '../base/listening.ts';
import { controlPlanes } from './control-planes.ts';
import type { ClusterSpec } from './data-folder.ts';

/** Do all API servers accept connections? */
export function areApisServing(spec: ClusterSpec): Promise<boolean> {
  return areListening(
    controlPlanes(spec).map(({ addresses: [host = '127.0.0.1'] }) => host),
    spec.port,
  );
}

/** Does the balancer before them, at all of its addresses? True if there is none. */
export function isBalancerServing({ port, balancerAddresses = [] }: ClusterSpec): Promise<boolean> {
  return areListening(balancerAddresses, port);
}

/** Do all agents? Each does once its node is Ready. */
export function areAgentsServing({ nodes }: ClusterSpec): Promise<boolean> {
  return areListening(
    nodes.map(({ address }) => address),
    defaultKubeletPort,
  );
}

async function areListening(hosts: readonly string[], port: number): Promise<boolean> {
  return (await Promise.all(hosts.map((host) => isListening({ host, port })))).every(Boolean);
}
