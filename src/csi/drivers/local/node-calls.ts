// How does a volume come into a node's file tree, and out again? The Node service for volumes on loop devices.

import { mkdir, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/log.ts';
import type { NodePublishVolumeRequest, NodeRpcType, NodeStageVolumeRequest } from '../../node-types.ts';
import { RpcError } from '../../rpc-error.ts';
import type { Implementation, NodeService } from '../../services.ts';
import type { VolumeCapability } from '../../types.ts';
import { whyUnsupported } from './capabilities.ts';
import { runCommand } from './command.ts';
import { poolTopology } from './config.ts';
import { KeyedLocks } from './locks.ts';
import { findDevice } from './node-devices.ts';
import {
  bindMount,
  deviceBytes,
  findVolumeMount,
  mountDevice,
  otherMountPoints,
  unmountAll,
  type VolumeMount,
} from './node-mounts.ts';
import { removeTarget, usageOf } from './node-targets.ts';
import { requireField } from './store.ts';

export interface NodeCallsOptions {
  nodeId: string;
  clock: Clock;
  log: Logger;
}

const capabilities: NodeRpcType[] = [
  'STAGE_UNSTAGE_VOLUME',
  'GET_VOLUME_STATS',
  'EXPAND_VOLUME',
  'SINGLE_NODE_MULTI_WRITER',
];

/** The Node service in block mode. Keeps no state: what is mounted says what was done. */
export function createNodeCalls(options: NodeCallsOptions): Implementation<NodeService> {
  const locks = new KeyedLocks();
  return {
    async nodeStageVolume(request, signal) {
      requireField('volume_id', request.volumeId);
      requireField('staging_target_path', request.stagingTargetPath);
      const capability = checkCapability(request.volumeCapability);
      return locks.tryRun(`volume ${request.volumeId}`, () => stage({ ...options, request, capability }, signal));
    },

    async nodeUnstageVolume({ volumeId, stagingTargetPath }, signal) {
      requireField('volume_id', volumeId);
      requireField('staging_target_path', stagingTargetPath);
      return locks.tryRun(`volume ${volumeId}`, async () => {
        await unmountAll(stagingTargetPath, signal);
        return {};
      });
    },

    async nodePublishVolume(request, signal) {
      requireField('volume_id', request.volumeId);
      requireField('target_path', request.targetPath);
      const capability = checkCapability(request.volumeCapability);
      if (request.stagingTargetPath === '')
        throw new RpcError('FAILED_PRECONDITION', 'staging_target_path is required');
      return locks.tryRun(`volume ${request.volumeId}`, () => publish({ ...options, request, capability }, signal));
    },

    async nodeUnpublishVolume({ volumeId, targetPath }, signal) {
      requireField('volume_id', volumeId);
      requireField('target_path', targetPath);
      return locks.tryRun(`volume ${volumeId}`, async () => {
        await unmountAll(targetPath, signal);
        await removeTarget(targetPath);
        return {};
      });
    },

    async nodeGetVolumeStats({ volumeId, volumePath }) {
      const mount = await mountedAt(volumeId, volumePath);
      if (!mount.isBlock) return { usage: usageOf(await statfs(volumePath)) };
      return { usage: [{ unit: 'BYTES', total: await deviceBytes(mount.device) }] };
    },

    async nodeExpandVolume({ volumeId, volumePath, capacityRange }, signal) {
      const mount = await mountedAt(volumeId, volumePath);
      const capacityBytes = await deviceBytes(mount.device);
      const requiredBytes = capacityRange?.requiredBytes ?? 0;
      if (requiredBytes > capacityBytes) {
        const message = `Cannot grow the file system of volume ${volumeId} to ${requiredBytes} bytes: its device has ${capacityBytes} bytes`;
        throw new RpcError('OUT_OF_RANGE', message);
      }
      if (!mount.isBlock) await runCommand(['xfs_growfs', '-d', mount.mountPoint], signal);
      return { capacityBytes };
    },

    nodeGetCapabilities: async () => ({ capabilities: capabilities.map((type) => ({ rpc: { type } })) }),
    nodeGetInfo: async () => ({ nodeId: options.nodeId, accessibleTopology: poolTopology }),
  };
}

type Staging = NodeCallsOptions & { request: NodeStageVolumeRequest; capability: VolumeCapability };

async function stage({ request, capability, clock, log }: Staging, signal: AbortSignal): Promise<object> {
  const { volumeId, publishContext, stagingTargetPath } = request;
  const device = await findDevice({ volumeId, publishContext, clock }, signal);
  if (!capability.mount) return {};
  const staged = await findVolumeMount(stagingTargetPath, volumeId);
  if (staged?.device === device) return {};
  // This node had the volume before, lost it to a fence, and has a newer epoch now. The old device takes no write.
  if (staged) log.warn('Unmounting an older epoch of a volume', { volumeId, stagingTargetPath, device: staged.device });
  await unmountAll(stagingTargetPath, signal);
  await mkdir(stagingTargetPath, { recursive: true });
  await mountDevice({ device, target: stagingTargetPath, flags: capability.mount.mountFlags }, signal);
  return {};
}

type Publishing = NodeCallsOptions & { request: NodePublishVolumeRequest; capability: VolumeCapability };

async function publish({ request, capability, clock }: Publishing, signal: AbortSignal): Promise<object> {
  const { volumeId, publishContext, stagingTargetPath, targetPath } = request;
  const accessMode = capability.accessMode?.mode;
  const readOnly = request.readonly || accessMode === 'SINGLE_NODE_READER_ONLY';
  const device = await findDevice({ volumeId, publishContext, clock }, signal);
  if (capability.mount && (await findVolumeMount(stagingTargetPath, volumeId))?.device !== device) {
    throw new RpcError('FAILED_PRECONDITION', `Volume ${volumeId} is not staged at ${stagingTargetPath}`);
  }
  // The kernel lets writes to a device pass through a read-only mount.
  if (capability.block && readOnly)
    throw new RpcError('INVALID_ARGUMENT', 'A raw block volume cannot be published read-only');

  const published = await findVolumeMount(targetPath, volumeId);
  if (published?.device === device) {
    if (published.readOnly === readOnly) return {};
    throw new RpcError(
      'ALREADY_EXISTS',
      `Volume ${volumeId} is published at ${targetPath} with readonly ${published.readOnly}`,
    );
  }
  if (accessMode === 'SINGLE_NODE_SINGLE_WRITER') {
    const [other] = await otherMountPoints(device, [stagingTargetPath, targetPath]);
    if (other)
      throw new RpcError('FAILED_PRECONDITION', `Volume ${volumeId} may have one writer and is published at ${other}`);
  }

  await unmountAll(targetPath, signal);
  if (capability.block) {
    await mkdir(path.dirname(targetPath), { recursive: true });
    await writeFile(targetPath, '', { flag: 'a' });
    await bindMount({ source: device, target: targetPath, readOnly }, signal);
  } else {
    await mkdir(targetPath, { recursive: true });
    await bindMount({ source: stagingTargetPath, target: targetPath, readOnly }, signal);
  }
  return {};
}

function checkCapability(capability: VolumeCapability | undefined): VolumeCapability {
  const why = whyUnsupported(capability, 'block');
  if (why || !capability) throw new RpcError('INVALID_ARGUMENT', why ?? 'volume_capability is required');
  return capability;
}

async function mountedAt(volumeId: string, volumePath: string): Promise<VolumeMount> {
  requireField('volume_id', volumeId);
  requireField('volume_path', volumePath);
  const mount = await findVolumeMount(volumePath, volumeId);
  if (!mount) throw new RpcError('NOT_FOUND', `Volume ${volumeId} is not mounted at ${volumePath}`);
  return mount;
}
