// A node's supervisor: started by the launcher inside the node's namespaces and cgroup.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemRandom } from '../base/system-random.ts';
import { supervisorPort } from '../fencing/supervisor-protocol.ts';
import { releaseForeignPools } from '../localcluster/foreign-pools.ts';
import { readIdentity } from '../localcluster/pki.ts';
import type { SupervisorConfig } from '../nodeagent/config.ts';
import { runSupervisor } from '../nodeagent/supervisor/run.ts';
import { nodeOf, type ProcessContext, runProcess } from './process.ts';

void runProcess('supervisor', async (context, signal) => {
  const { clock, folder, log, spec } = context;
  // Only a node of network namespaces has a mount namespace of its own to clean.
  if (spec.network === 'namespaces') await releaseForeignPools(folder.pool, signal);
  await runSupervisor(await supervisorConfig(context), { clock, log, random: systemRandom }, signal);
});

async function supervisorConfig(context: ProcessContext): Promise<SupervisorConfig> {
  const { folder, spec } = context;
  const node = nodeOf(context);
  const isDirectory = spec.volumes === 'directory';
  const program = (name: string): [string, ...string[]] => [
    process.execPath,
    join(import.meta.dirname, `${name}.js`),
    folder.root,
    node.name,
  ];
  return {
    nodeName: node.name,
    nodeDir: folder.node(node.name),
    address: node.address,
    mode: 'auto',
    // The pool is a file system of its own in block mode, which an overlay's upper layer needs.
    scratchDir: join(isDirectory ? folder.root : folder.pool, 'scratch', node.name),
    hiddenPaths: [folder.root],
    cgroupPath: await ownCgroup(),
    fence: { port: supervisorPort, tls: await readIdentity(folder, `node-${node.name}`) },
    deadMan: isDirectory,
    children: [
      { name: 'agent', argv: program('agent') },
      { name: 'csi-node', argv: program('csi-node'), isPatient: true },
    ],
  };
}

/** The cgroup that the launcher put this process into; undefined where it could not. */
async function ownCgroup(): Promise<string | undefined> {
  const unified = (await readFile('/proc/self/cgroup', 'utf8')).split('\n').find((line) => line.startsWith('0::'));
  const path = unified?.slice('0::'.length) ?? '/';
  if (!path.startsWith('/amarre-')) return undefined;
  const { cgroup2Root } = await import('../localcluster/cgroup.ts');
  const root = await cgroup2Root();
  return root && join(root, path);
}
