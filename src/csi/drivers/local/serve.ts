// How does the local driver start? Two servers: the controller's, once a machine, and the node's, once a node.

import { mkdir, realpath, statfs } from 'node:fs/promises';
import path from 'node:path';
import { assert } from '../../../base/assert.ts';
import { tryLockFile } from '../../../base/kernel-filesystem.ts';
import { serveDriver } from '../../server.ts';
import { createAttachmentCalls } from './attachment-calls.ts';
import { createBlockBackend } from './block-backend.ts';
import type { LocalDriverConfig, LocalDriverDeps } from './config.ts';
import type { ControllerContext } from './context.ts';
import { createDirectoryBackend } from './directory-backend.ts';
import { createIdentity, createListingCalls } from './listing-calls.ts';
import { KeyedLocks } from './locks.ts';
import { layoutOf } from './names.ts';
import { createNodeCalls } from './node-calls.ts';
import { createDirectoryNodeCalls } from './node-directory-calls.ts';
import { registerNode } from './nodes.ts';
import { createSnapshotCalls } from './snapshot-calls.ts';
import { RecordStore } from './store.ts';
import { recover, runUpkeep } from './upkeep.ts';
import { createVolumeCalls } from './volume-calls.ts';

const xfsMagic = 0x58465342;

/**
 * Serves Identity, Controller and amarre.csi.v1.Fence until `signal` aborts. In block mode the pool must be mounted
 * (see pool.ts). Rejects when it is not, when another controller serves it, or when a record can't be read.
 */
export async function serveLocalController(
  config: LocalDriverConfig,
  { clock, log, onReady, metrics }: LocalDriverDeps,
  signal: AbortSignal,
): Promise<void> {
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  const lock = await tryLockFile(path.join(config.stateDir, 'controller.lock'));
  if (!lock) throw new Error(`Another CSI controller uses ${config.stateDir}`);
  const over = new AbortController();
  const serving = AbortSignal.any([signal, over.signal]);
  const end = (): void => over.abort();
  try {
    if (config.mode === 'block') await checkPool(config.poolDir);
    if (config.sabotage) log.error('SABOTAGE no-fence is on: volumes are NOT safe from a second writer');
    const context = await createContext(config, { clock, log });
    await recover(context, signal);
    const { revoke, ...attachmentCalls } = createAttachmentCalls(context);
    const services = {
      identity: createIdentity(config),
      controller: {
        ...createVolumeCalls(context),
        ...attachmentCalls,
        ...createSnapshotCalls(context),
        ...createListingCalls(context),
      },
      fence: { revoke },
    };
    const options = { socketPath: config.socketPath, services, clock, log, onReady: onReady ?? noop, metrics };
    await Promise.all([serveDriver(options, serving).finally(end), runUpkeep(context, serving).finally(end)]);
  } finally {
    end();
    await lock.close();
  }
}

/** Serves Identity and Node until `signal` aborts, in the mount namespace of the process: that of the node. */
export async function serveLocalNode(
  config: LocalDriverConfig,
  { clock, log, onReady, metrics }: LocalDriverDeps,
  signal: AbortSignal,
): Promise<void> {
  assert(config.nodeName, 'nodeName is set for a node plugin');
  const nodeId = config.nodeName;
  await registerNode(config.stateDir, nodeId);
  const services = {
    identity: createIdentity(config),
    node: config.mode === 'block' ? createNodeCalls({ nodeId, clock, log }) : createDirectoryNodeCalls({ nodeId }),
  };
  await serveDriver({ socketPath: config.socketPath, services, clock, log, onReady: onReady ?? noop, metrics }, signal);
}

async function createContext(config: LocalDriverConfig, { clock, log }: LocalDriverDeps): Promise<ControllerContext> {
  const { mode, keepGenerations } = config;
  // The kernel names backing files by their real paths, and nodes compare with them.
  await mkdir(config.poolDir, { recursive: true });
  const poolDir = await realpath(config.poolDir);
  const layout = layoutOf(poolDir, mode);
  const store = await RecordStore.open(layout);
  const backend =
    mode === 'block'
      ? createBlockBackend({ poolDir, layout, keepGenerations, noFence: config.sabotage === 'no-fence', clock, log })
      : createDirectoryBackend({ poolDir, layout, keepGenerations });
  return { config, store, backend, locks: new KeyedLocks(), clock, log, pendingBytes: new Map() };
}

/** Without the pool's mount, its mount point would look like a pool without volumes. */
async function checkPool(poolDir: string): Promise<void> {
  const { type } = await statfs(poolDir);
  if (type !== xfsMagic) throw new Error(`The volume pool is not mounted: ${poolDir} is not on an XFS file system`);
}

function noop(): void {}
