// The node plugin of the CSI driver local.csi.amarre.io: one process per node, in the node's namespaces.

import { driverName } from '../csi/drivers/local/config.ts';
import { serveLocalNode } from '../csi/drivers/local/serve.ts';
import { CsiOperationMetrics } from '../csi/operation-metrics.ts';
import { nodePaths } from '../nodeagent/config.ts';
import { csiServing } from './csi-serving.ts';
import { localDriverConfig } from './driver-config.ts';
import { nodeOf, runProcess } from './process.ts';

void runProcess('csi-node', async (context, signal) => {
  const { folder, spec, instance: nodeName, clock, log } = context;
  const config = {
    ...localDriverConfig(folder, spec),
    socketPath: nodePaths(folder.node(nodeName)).csiSocket,
    nodeName,
  };
  const metrics = new CsiOperationMetrics('csi_plugin', driverName);
  const onReady = csiServing(context, { name: `csi-node-${nodeName}`, node: nodeOf(context), metrics }, signal);
  await serveLocalNode(config, { clock, log, metrics, onReady }, signal);
});
