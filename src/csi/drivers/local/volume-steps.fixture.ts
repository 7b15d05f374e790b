// The steps that a volume goes through in tests on real devices.

import path from 'node:path';
import type { CsiDriver } from '../../client.ts';
import { call, type Fixture, mountCapability } from './driver.fixture.ts';

export interface Steps {
  createVolume(name: string, sizeBytes?: number): Promise<string>;
  publish(volumeId: string, nodeId: string): Promise<Record<string, string>>;
  unpublish(volumeId: string, nodeId: string): Promise<object>;
  /** Stages and publishes below the fixture's folder. */
  place(placed: Placed): Promise<Paths>;
  /** Undoes `place`. */
  remove(node: CsiDriver, volumeId: string, paths: Paths): Promise<void>;
}

export interface Placed {
  node: CsiDriver;
  volumeId: string;
  publishContext: Record<string, string>;
  name: string;
}

export interface Paths {
  stagingTargetPath: string;
  targetPath: string;
}

export function stepsOf({ controller: { controller }, folder }: Fixture): Steps {
  return {
    async createVolume(name, sizeBytes = 300 * 2 ** 20) {
      const capacityRange = { requiredBytes: sizeBytes, limitBytes: 0 };
      const request = { name, volumeCapabilities: [mountCapability], capacityRange };
      return (await controller.createVolume(request, call)).volume?.volumeId ?? '';
    },
    async publish(volumeId, nodeId) {
      const request = { volumeId, nodeId, volumeCapability: mountCapability };
      return (await controller.controllerPublishVolume(request, call)).publishContext;
    },
    unpublish: (volumeId, nodeId) => controller.controllerUnpublishVolume({ volumeId, nodeId }, call),
    async place({ node, volumeId, publishContext, name }) {
      const stagingTargetPath = path.join(folder, name, 'globalmount');
      const targetPath = path.join(folder, name, 'pod', 'mount');
      const request = { volumeId, publishContext, stagingTargetPath, volumeCapability: mountCapability };
      await node.node.nodeStageVolume(request, call);
      await node.node.nodePublishVolume({ ...request, targetPath }, call);
      return { stagingTargetPath, targetPath };
    },
    async remove(node, volumeId, { targetPath, stagingTargetPath }) {
      await node.node.nodeUnpublishVolume({ volumeId, targetPath }, call);
      await node.node.nodeUnstageVolume({ volumeId, stagingTargetPath }, call);
    },
  };
}
