// Who answers already? A look at a port costs next to nothing, where a request takes time from processes that start.

import { defaultKubeletPort } from '../apis/core/kubelet-port.ts';
import { isListening } from '../base/listening.ts';
import { controlPlanes } from './control-planes.ts';
import type { ClusterSpec } from './data-folder.ts';

/** Do all API servers accept connections, and the balancer before them, if there is one? */
export async function areApisServing(spec: ClusterSpec): Promise<boolean> {
  const { port, balancerAddresses = [] } = spec;
  const hosts = [...controlPlanes(spec).map(({ addresses: [host] }) => host ?? '127.0.0.1'), ...balancerAddresses];
  const servers = hosts.map((host) => isListening({ host, port }));
  return (await Promise.all(servers)).every(Boolean);
}

/** Do all agents? Each does once its node is Ready. */
export async function areAgentsServing({ nodes }: ClusterSpec): Promise<boolean> {
  const agents = await Promise.all(
    nodes.map(({ address }) => isListening({ host: address, port: defaultKubeletPort })),
  );
  return agents.every(Boolean);
}
