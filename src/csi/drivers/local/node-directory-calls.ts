// How does a volume that is a plain folder come into a node's file tree? The Node service without any mount.

import { mkdir, readlink, rename, rm, stat, statfs, symlink } from 'node:fs/promises';
import path from 'node:path';
import { RpcError } from '../../rpc-error.ts';
import type { Implementation, NodeService } from '../../services.ts';
import type { VolumeCapability } from '../../types.ts';
import { whyUnsupported } from './capabilities.ts';
import { poolTopology } from './config.ts';
import { isNotFound } from './files.ts';
import { parseGenerationFile, unfinishedSuffix } from './names.ts';
import { removeTarget, usageOf } from './node-targets.ts';
import { requireField } from './store.ts';

/**
 * The Node service in directory mode. NodePublishVolume puts a symbolic link to `publishContext.path` at the target
 * path; a runtime that can bind follows it, and makes the bind read-only where the volume is.
 */
export function createDirectoryNodeCalls({ nodeId }: { nodeId: string }): Implementation<NodeService> {
  return {
    async nodeStageVolume() {
      throw new RpcError('UNIMPLEMENTED', 'A volume that is a folder needs no staging');
    },
    async nodeUnstageVolume() {
      throw new RpcError('UNIMPLEMENTED', 'A volume that is a folder needs no staging');
    },

    async nodePublishVolume({ volumeId, targetPath, volumeCapability, publishContext }) {
      requireField('volume_id', volumeId);
      requireField('target_path', targetPath);
      checkCapability(volumeCapability);
      const folder = publishContext['path'] ?? '';
      if (parseGenerationFile(path.basename(folder))?.volumeId !== volumeId) {
        throw new RpcError('INVALID_ARGUMENT', `publish_context does not name the folder of volume ${volumeId}`);
      }
      if (!(await isPresent(folder))) throw new RpcError('NOT_FOUND', `Volume ${volumeId} has no folder ${folder}`);
      await linkTo(folder, targetPath);
      return {};
    },

    async nodeUnpublishVolume({ volumeId, targetPath }) {
      requireField('volume_id', volumeId);
      requireField('target_path', targetPath);
      await removeTarget(targetPath);
      return {};
    },

    async nodeGetVolumeStats({ volumeId, volumePath }) {
      requireField('volume_id', volumeId);
      requireField('volume_path', volumePath);
      const folder = await linkAt(volumePath);
      if (folder === undefined || parseGenerationFile(path.basename(folder))?.volumeId !== volumeId) {
        throw new RpcError('NOT_FOUND', `Volume ${volumeId} is not published at ${volumePath}`);
      }
      return { usage: usageOf(await statfs(folder)) };
    },

    async nodeExpandVolume() {
      throw new RpcError('UNIMPLEMENTED', 'A volume that is a folder has no size');
    },

    nodeGetCapabilities: async () => ({ capabilities: [{ rpc: { type: 'GET_VOLUME_STATS' } }] }),
    nodeGetInfo: async () => ({ nodeId, accessibleTopology: poolTopology }),
  };
}

function checkCapability(capability: VolumeCapability | undefined): void {
  const why = whyUnsupported(capability, 'directory');
  if (why) throw new RpcError('INVALID_ARGUMENT', why);
}

async function linkTo(folder: string, target: string): Promise<void> {
  if ((await linkAt(target)) === folder) return;
  await mkdir(path.dirname(target), { recursive: true });
  // An empty folder may stand there: some callers make the target themselves.
  await removeTarget(target);
  const unfinished = `${target}${unfinishedSuffix}`;
  await rm(unfinished, { force: true });
  await symlink(folder, unfinished);
  await rename(unfinished, target);
}

async function linkAt(target: string): Promise<string | undefined> {
  try {
    return await readlink(target);
  } catch (error) {
    // EINVAL: something else than a link.
    if (isNotFound(error) || (error as NodeJS.ErrnoException).code === 'EINVAL') return undefined;
    throw error;
  }
}

async function isPresent(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory();
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
