// The controller plugin of the CSI driver local.csi.amarre.io: one process per cluster, outside the nodes.

import { driverName } from '../csi/drivers/local/config.ts';
import { serveLocalController } from '../csi/drivers/local/serve.ts';
import { CsiOperationMetrics } from '../csi/operation-metrics.ts';
import { csiServing } from './csi-serving.ts';
import { localDriverConfig } from './driver-config.ts';
import { runProcess } from './process.ts';

void runProcess('csi-controller', async (context, signal) => {
  const { folder, spec, clock, log } = context;
  const config = { ...localDriverConfig(folder, spec), socketPath: folder.csiControllerSocket };
  const metrics = new CsiOperationMetrics('csi_plugin', driverName);
  const onReady = csiServing(context, { name: 'csi-controller', metrics }, signal);
  await serveLocalController(config, { clock, log, metrics, onReady }, signal);
});
