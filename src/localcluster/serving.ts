// Who answers already? A look at a port costs next to nothing, where a request takes time from processes that start.

import { defaultKubeletPort } from '../apis/core/kubelet-port.ts';
import { isListening } from '../base/listening.ts';
import type { ClusterSpec } from './data-folder.ts';

/** Does the API server accept connections? */
export function isApiServing({ port }: ClusterSpec): Promise<boolean> {
  return isListening({ host: '127.0.0.1', port });
}

/** Do all agents? Each does once its node is Ready. */
export async function areAgentsServing({ nodes }: ClusterSpec): Promise<boolean> {
  const agents = await Promise.all(
    nodes.map(({ address }) => isListening({ host: address, port: defaultKubeletPort })),
  );
  return agents.every(Boolean);
}
