// Who gets SIGKILL next? Processes of the cluster, by chance, while everything else goes on.

import type { Clock } from '../base/clock.ts';
import { type Random, randomBelow } from '../base/random.ts';
import type { Cluster, ClusterProcess } from './cluster.ts';

export const controlPlane: readonly string[] = ['apiserver', 'controllers', 'csi-controller'];
/** All that may die at any moment without harm. A node's supervisor is not among them: its pods live and die with it. */
export const expendable: readonly string[] = [...controlPlane, 'launcher', 'agent', 'csi-node'];

export interface KillOptions {
  cluster: Cluster;
  clock: Clock;
  random: Random;
  /** Names of components that may be killed. */
  names: readonly string[];
  /** Nodes whose processes are left alone. */
  busyNodes: ReadonlySet<string>;
}

/** One process that was killed: `agent of node-2`. */
export interface Kill {
  name: string;
  node?: string;
  wallMs: number;
}

/** The processes that may be killed now. Pure. */
export function candidates(
  processes: readonly ClusterProcess[],
  { names, busyNodes }: Pick<KillOptions, 'names' | 'busyNodes'>,
): ClusterProcess[] {
  return processes.filter(
    ({ name, pid, node, state }) =>
      pid !== undefined && state === 'Running' && names.includes(name) && (node === undefined || !busyNodes.has(node)),
  );
}

/** Sends SIGKILL to one process by chance; undefined if none can be killed now. */
export async function killOne(options: KillOptions, signal: AbortSignal): Promise<Kill | undefined> {
  const { cluster, clock, random, busyNodes } = options;
  const { components } = await cluster.facts(signal);
  const able = candidates(components, options);
  const victim = able[randomBelow(random, able.length)];
  // A fault may have begun while the status was being gathered.
  if (!victim?.pid || (victim.node && busyNodes.has(victim.node))) return undefined;
  try {
    process.kill(victim.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
    throw error;
  }
  return { name: victim.name, ...(victim.node && { node: victim.node }), wallMs: clock.now() };
}
