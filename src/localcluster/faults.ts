// What can go wrong with a node, on purpose? Power cut, freeze, partition, and their ends.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import { killMarked, nodeMarker, sendSignal } from '../base/marked-processes.ts';
import { pollUntil } from '../base/poll.ts';
import { killCgroup } from './cgroup.ts';
import { isPoweredOff, nodeCgroup, partitionFile, powerOffFile } from './components.ts';
import type { ClusterSpec, DataFolder, NodeSpec } from './data-folder.ts';
import { setLink } from './network.ts';
import { findProcesses } from './processes.ts';

export interface FaultContext {
  folder: DataFolder;
  spec: ClusterSpec;
  cgroupRoot: string | undefined;
  clock: Clock;
  /** Cuts the node's block devices off, so that nothing cached reaches them. Gives the devices. */
  cutDevices: (nodeName: string) => Promise<string[]>;
}

/** There is no such node; the message lists those that exist. */
export class UnknownNodeError extends Error {
  override readonly name = 'UnknownNodeError';
}

export type Fault = 'kill' | 'freeze' | 'thaw' | 'partition' | 'heal';

export const faults: Record<Fault, (context: FaultContext, node: NodeSpec, signal: AbortSignal) => Promise<void>> = {
  kill: killNode,
  freeze: (context, node) => freeze(context, node),
  thaw: (context, node) => thaw(context, node),
  partition: (context, node) => partition(context, node),
  heal: (context, node) => heal(context, node),
};

/** The node of that name. Throws UnknownNodeError. */
export function nodeNamed(spec: ClusterSpec, name: string): NodeSpec {
  const node = spec.nodes.find((candidate) => candidate.name === name);
  if (node) return node;
  throw new UnknownNodeError(`No node is named "${name}"; there are ${spec.nodes.map((n) => n.name).join(', ')}`);
}

/**
 * A power cut. The devices go first: a killed process's dirty pages would still be written back,
 * which a machine without power can't do. The control plane is told nothing.
 */
async function killNode(context: FaultContext, node: NodeSpec, signal: AbortSignal): Promise<void> {
  await mkdir(context.folder.node(node.name), { recursive: true });
  await writeFile(powerOffFile(context.folder, node.name), '');
  await context.cutDevices(node.name);
  if (context.cgroupRoot) {
    await killCgroup(nodeCgroup(context.cgroupRoot, context.spec, node), context.clock, signal);
    return;
  }
  // Pods and the agent die with their supervisor, by their parent-death signal; plain processes' children may not.
  await pollUntil(
    async () => {
      const left = (await findProcesses(context.folder.root)).filter((found) => found.nodeName === node.name);
      for (const { pid } of left) sendSignal(pid, 'SIGKILL');
      return left.length === 0;
    },
    { clock: context.clock, signal, intervalMs: 20 },
  );
  await killMarked(`${nodeMarker}=${context.folder.node(node.name)}`, context.clock, signal);
}

/** Stops the agent and the CSI node plugin; the supervisor and the containers go on. */
async function freeze(context: FaultContext, node: NodeSpec): Promise<void> {
  const signalled = await signalAgent(context, node, 'SIGSTOP');
  if (signalled === 0) throw new Error(`Cannot freeze ${node.name}: its agent is not running`);
}

/**
 * Lets them go on. Nothing to continue is no error: a dead-man's switch that fired ended the frozen agent
 * together with its supervisor, and the agent that is started next is not frozen.
 */
async function thaw(context: FaultContext, node: NodeSpec): Promise<void> {
  if (await isPoweredOff(context.folder, node.name))
    throw new Error(`Cannot thaw ${node.name}: its power is cut; \`amarre node heal ${node.name}\` switches it on`);
  await signalAgent(context, node, 'SIGCONT');
}

/** Gives the number of processes that got the signal. */
async function signalAgent({ folder }: FaultContext, node: NodeSpec, name: 'SIGSTOP' | 'SIGCONT'): Promise<number> {
  const targets = (await findProcesses(folder.root)).filter(
    (found) => found.nodeName === node.name && (found.program === 'agent' || found.program === 'csi-node'),
  );
  for (const { pid } of targets) sendSignal(pid, name);
  return targets.length;
}

async function partition({ folder, spec }: FaultContext, node: NodeSpec): Promise<void> {
  if (spec.network === 'namespaces') return setLink(spec, spec.nodes.indexOf(node), 'down');
  await writeFile(partitionFile(folder, node.name), '');
}

/** Ends a partition, and switches a killed node on again: it boots with a new boot ID. */
async function heal(context: FaultContext, node: NodeSpec): Promise<void> {
  const { folder, spec } = context;
  if (spec.network === 'namespaces') await setLink(spec, spec.nodes.indexOf(node), 'up');
  await rm(partitionFile(folder, node.name), { force: true });
  if (await isPoweredOff(folder, node.name)) await rm(powerOffFile(folder, node.name), { force: true });
}
