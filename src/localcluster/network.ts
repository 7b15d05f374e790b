// How do the nodes of a local cluster reach each other? A bridge with one veth pair per node,
// or, without privileges, one loopback address per node.

import type { ClusterSpec, NodeSpec } from './data-folder.ts';
import { ProgramError, run } from './program.ts';

export interface NetworkPlan {
  bridge: { name: string; cidr: string } | undefined;
  /** Addresses of the API servers as nodes see them. */
  apiAddresses: string[];
  /** Address of the balancer in front of several API servers; absent where there is one. */
  balancerAddress?: string;
  nodeAddresses: string[];
}

/** The last number of the balancer's address: behind those of the API servers, before those of nodes. */
export const balancerNumber = 10;

/** Addresses of a cluster. `clusterId` spreads clusters over subnets, `usedCidrs` are taken already. Pure. */
export function planNetwork(options: {
  network: 'namespaces' | 'loopback';
  clusterId: string;
  nodeCount: number;
  apiServerCount: number;
  usedCidrs: string[];
}): NetworkPlan {
  const start = Number.parseInt(options.clusterId.slice(0, 4), 16) % 256;
  const addressesIn = (block: string): Omit<NetworkPlan, 'bridge'> => ({
    ...(options.apiServerCount > 1 && { balancerAddress: `${block}.${balancerNumber}` }),
    apiAddresses: Array.from({ length: options.apiServerCount }, (_, index) => `${block}.${1 + index}`),
    nodeAddresses: Array.from({ length: options.nodeCount }, (_, index) => `${block}.${11 + index}`),
  });
  if (options.network === 'loopback') {
    const block = `127.${64 + (start % 64)}.${Number.parseInt(options.clusterId.slice(4, 6), 16)}`;
    return { bridge: undefined, ...addressesIn(block) };
  }
  const third = Array.from({ length: 256 }, (_, offset) => (start + offset) % 256).find(
    (candidate) => !options.usedCidrs.some((cidr) => cidr.startsWith(`10.213.${candidate}.`)),
  );
  if (third === undefined)
    throw new Error('Cannot choose a subnet: every network of 10.213.0.0/16 is in use. Stop other clusters first.');
  return {
    bridge: { name: `am${options.clusterId}`, cidr: `10.213.${third}.1/24` },
    ...addressesIn(`10.213.${third}`),
  };
}

/** Name of a node's network namespace. */
export function netnsName(spec: Pick<ClusterSpec, 'clusterId'>, node: Pick<NodeSpec, 'name'>): string {
  return `amarre-${spec.clusterId}-${node.name}`;
}

/** Host end of a node's veth pair; at most 15 characters, as the kernel wants. */
export function vethName(spec: Pick<ClusterSpec, 'clusterId'>, nodeIndex: number): string {
  return `am${spec.clusterId}n${nodeIndex + 1}`;
}

/** IPv4 networks that exist on this host. */
export async function usedCidrs(signal: AbortSignal): Promise<string[]> {
  const links = JSON.parse((await run('ip', ['-4', '-j', 'addr'], { signal })) || '[]') as {
    addr_info: { local: string; prefixlen: number }[];
  }[];
  return links.flatMap((link) => link.addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`));
}

/** Makes bridge, namespaces and veth pairs; what exists already stays. */
export async function createNetwork(spec: ClusterSpec, signal: AbortSignal): Promise<void> {
  if (!spec.bridge) return;
  const { name: bridge, cidr } = spec.bridge;
  const more = [...(spec.moreApiAddresses ?? []), ...(spec.balancerAddresses ? [spec.balancerAddresses] : [])].map(
    (addresses) => `addr add ${addresses.at(-1)}/24 dev ${bridge}`,
  );
  const onHost = spec.nodes.flatMap((node, index) => [
    `netns add ${netnsName(spec, node)}`,
    `link add ${vethName(spec, index)} type veth peer name eth0 netns ${netnsName(spec, node)}`,
    `link set ${vethName(spec, index)} master ${bridge} up`,
  ]);
  await ipBatch(
    [`link add ${bridge} type bridge`, `addr add ${cidr} dev ${bridge}`, ...more, `link set ${bridge} up`, ...onHost],
    { signal },
  );
  await Promise.all(
    spec.nodes.map((node) =>
      ipBatch([`addr add ${node.address}/24 dev eth0`, 'link set eth0 up', 'link set lo up'], {
        netns: netnsName(spec, node),
        signal,
      }),
    ),
  );
}

/** Removes what `createNetwork` made; what is gone already is no error. */
export async function removeNetwork(spec: ClusterSpec, signal: AbortSignal): Promise<void> {
  if (!spec.bridge) return;
  const commands = spec.nodes.flatMap((node, index) => [
    `link del ${vethName(spec, index)}`,
    `netns del ${netnsName(spec, node)}`,
  ]);
  await ipBatch([...commands, `link del ${spec.bridge.name}`], { signal });
}

/** Takes a node's link up or down: the two ends of a partition. */
export async function setLink(spec: ClusterSpec, nodeIndex: number, state: 'up' | 'down'): Promise<void> {
  await run('ip', ['link', 'set', vethName(spec, nodeIndex), state], { signal: new AbortController().signal });
}

// Answers of `ip` that only say that the wanted state is there already.
const alreadySo = /File exists|Cannot find device|No such file or directory|already exists|Address already assigned/;
// What `ip -batch` adds to each of them.
const batchNote = /^Command failed -:\d+$/;

/** Runs every command in one process; those whose wanted state is there already count as done. */
async function ipBatch(commands: string[], { netns, signal }: { netns?: string; signal: AbortSignal }): Promise<void> {
  const args = [...(netns ? ['-n', netns] : []), '-force', '-batch', '-'];
  try {
    await run('ip', args, { signal, input: `${commands.join('\n')}\n` });
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    const complaints = error.stderr.split('\n').filter((line) => line.trim() && !batchNote.test(line.trim()));
    if (complaints.length === 0 || !complaints.every((line) => alreadySo.test(line))) throw error;
  }
}

/** Is a node's link down? A link that is gone counts as down. */
export async function isLinkDown(spec: ClusterSpec, nodeIndex: number, signal: AbortSignal): Promise<boolean> {
  try {
    const [link] = JSON.parse(await run('ip', ['-j', 'link', 'show', vethName(spec, nodeIndex)], { signal })) as {
      flags: string[];
    }[];
    return !link?.flags.includes('UP');
  } catch (error) {
    if (error instanceof ProgramError) return true;
    throw error;
  }
}
