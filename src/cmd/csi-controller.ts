// The controller plugin of the CSI driver local.csi.amarre.io: one process per cluster, outside the nodes.

import { serveLocalController } from '../csi/drivers/local/serve.ts';
import { localDriverConfig } from './driver-config.ts';
import { runProcess } from './process.ts';

void runProcess('csi-controller', async ({ folder, spec, clock, log }, signal) => {
  const config = { ...localDriverConfig(folder, spec), socketPath: folder.csiControllerSocket };
  await serveLocalController(config, { clock, log }, signal);
});
