// All controllers and the scheduler of a local cluster, in one process.

import { systemRandom } from '../base/system-random.ts';
import { connectClient } from '../client/connect.ts';
import type { Controller, ControllerDeps } from '../client/controller.ts';
import { createInformers } from '../client/informers.ts';
import { createEventSink } from '../client/recorder.ts';
import { runControllers } from '../client/run-controllers.ts';
import { attacherController } from '../controllers/attacher/controller.ts';
import { nodeLifecycleController } from '../controllers/node-lifecycle/controller.ts';
import { taintEvictionController } from '../controllers/node-lifecycle/eviction-controller.ts';
import { provisionerController } from '../controllers/provisioner/controller.ts';
import { statefulSetController } from '../controllers/statefulset/controller.ts';
import { volumeBinderController } from '../controllers/volume-binder/controller.ts';
import { connectDriver } from '../csi/client.ts';
import { driverName } from '../csi/drivers/local/config.ts';
import { readIdentity, serverUrl } from '../localcluster/pki.ts';
import { runProcess } from './process.ts';

await runProcess('controllers', async ({ folder, spec, clock, log }, signal) => {
  const identity = await readIdentity(folder, 'controllers');
  const client = connectClient({ server: serverUrl(spec), identity }, clock);
  const csi = connectDriver(folder.csiControllerSocket, { clock });
  const shared = { client, clock, random: systemRandom, log };
  const informers = createInformers(shared);
  const events = createEventSink({ ...shared, instance: 'amarre' });
  const deps: ControllerDeps = { ...shared, informers, recorder: (component) => events.recorder(component) };
  const driver = { csi, driver: driverName };
  const controllers: Controller[] = [
    volumeBinderController(deps),
    provisionerController(deps, driver),
    attacherController(deps, driver),
    nodeLifecycleController(deps),
    taintEvictionController(deps),
    statefulSetController(deps),
  ];
  try {
    await runControllers([informers, events, ...controllers], signal);
  } finally {
    csi.close();
    client.close();
  }
});
