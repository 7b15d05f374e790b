// The node plugin of the CSI driver local.csi.amarre.io: one process per node, in the node's namespaces.

import { serveLocalNode } from '../csi/drivers/local/serve.ts';
import { nodePaths } from '../nodeagent/config.ts';
import { localDriverConfig } from './driver-config.ts';
import { runProcess } from './process.ts';

void runProcess('csi-node', async ({ folder, spec, instance: nodeName, clock, log }, signal) => {
  const config = {
    ...localDriverConfig(folder, spec),
    socketPath: nodePaths(folder.node(nodeName)).csiSocket,
    nodeName,
  };
  await serveLocalNode(config, { clock, log }, signal);
});
