// Which other controllers does a controller's test need around it?

import type { Controller, ControllerDeps } from '../client/controller.ts';
import { attacherController } from '../controllers/attacher/controller.ts';
import { provisionerController } from '../controllers/provisioner/controller.ts';
import { volumeBinderController } from '../controllers/volume-binder/controller.ts';
import { volumeProtectionController } from '../controllers/volume-protection/controller.ts';
import type { FakeCsiDriver } from './fake-csi-driver.ts';
import { driverName } from './objects.ts';

const factories = {
  binder: (deps: ControllerDeps) => volumeBinderController(deps),
  protection: (deps: ControllerDeps) => volumeProtectionController(deps, { provisioners: [driverName] }),
  provisioner: (deps: ControllerDeps, csi: FakeCsiDriver) =>
    provisionerController(deps, { csi: csi.driver(), driver: driverName, timeoutMs: 1_000 }),
  attacher: (deps: ControllerDeps, csi: FakeCsiDriver) =>
    attacherController(deps, { csi: csi.driver(), driver: driverName }),
};

/** The named controllers, for `startStorageBench`. */
export function withControllers(
  ...names: (keyof typeof factories)[]
): (deps: ControllerDeps, csi: FakeCsiDriver) => Controller[] {
  return (deps, csi) => names.map((name) => factories[name](deps, csi));
}
