// Which nodes can volumes be published to? Each node plugin leaves its name in the folder that all share.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RpcError } from '../../rpc-error.ts';
import { listFolder } from './files.ts';

/** Makes this node known to the controller. */
export async function registerNode(stateDir: string, nodeId: string): Promise<void> {
  const folder = path.join(stateDir, 'nodes');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(path.join(folder, encodeURIComponent(nodeId)), '');
}

/** Rejects with NOT_FOUND when nodes are known and this is none of them. */
export async function checkNodeExists(stateDir: string, nodeId: string): Promise<void> {
  const known = await listFolder(path.join(stateDir, 'nodes'));
  if (known.length > 0 && !known.includes(encodeURIComponent(nodeId))) {
    throw new RpcError('NOT_FOUND', `Node ${nodeId} does not exist`);
  }
}
