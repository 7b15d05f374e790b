// How is a cluster driven by its own command? `amarre up`, `down`, `status` and `node`, as processes.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { nodes } from '../apis/resources.ts';
import type { Clock } from '../base/clock.ts';
import { connectClient } from '../client/connect.ts';
import { type KubeConnection, loadKubeconfig } from '../client/kubeconfig.ts';
import type { Client } from '../client/types.ts';
import { findProcesses } from '../localcluster/processes.ts';
import { type Cluster, ClusterCommandError, type ClusterFacts } from './cluster.ts';
import { containerProcesses, listProcesses } from './container-processes.ts';

export interface CliClusterOptions {
  /** Path of the built `amarre.js`. */
  program: string;
  dataDir: string;
  nodes: number;
  port: number;
  clock: Clock;
  /** Added to the environment of the cluster's processes. */
  env?: Record<string, string>;
  /** Further options of `amarre up`. */
  upOptions?: string[];
}

/** A Cluster that runs `node <program> …`. */
export function cliCluster(options: CliClusterOptions): Cluster {
  const { program, dataDir, clock } = options;
  const kubeconfig = join(dataDir, 'kubeconfig');
  const amarre = (args: string[], signal: AbortSignal): Promise<string> =>
    runCommand([process.execPath, program, ...args, '--data-dir', dataDir], { env: options.env ?? {}, signal });
  const connect = async (): Promise<Client> => connectClient(await loadKubeconfig(kubeconfig), clock);

  return {
    dataDir,
    kubeconfig,
    poolDir: join(dataDir, 'pool'),
    connect,
    async start(signal) {
      const began = clock.monotonic();
      const up = [
        'up',
        '--detach',
        '--nodes',
        String(options.nodes),
        '--port',
        String(options.port),
        '--keep-generations',
      ];
      const output = await amarre([...up, ...(options.upOptions ?? [])], signal);
      // The command returns when the cluster is ready: its own start-up is part of the figure.
      const coldStartMs = clock.monotonic() - began;
      await assertReady(await loadKubeconfig(kubeconfig), { clock, nodeCount: options.nodes }, signal);
      return { coldStartMs, notes: notesOf(output) };
    },
    async facts(signal) {
      return JSON.parse(await amarre(['status', '-o', 'json'], signal)) as ClusterFacts;
    },
    async containerProcesses(nodeName) {
      const own = (await findProcesses(dataDir)).filter((found) => found.nodeName === nodeName);
      const supervisor = own.find(({ program: name }) => name === 'supervisor');
      if (!supervisor) return [];
      const ownPids = own.map(({ pid }) => pid);
      return containerProcesses(await listProcesses(), { supervisorPid: supervisor.pid, ownPids });
    },
    async fault(fault, nodeName, signal) {
      await amarre(['node', fault, nodeName], signal);
    },
    async stop({ purge }, signal) {
      await amarre(['down', ...(purge ? ['--purge'] : [])], signal);
    },
  };
}

/** The lines of `amarre up` that say what the machine does not allow. Pure. */
export function notesOf(output: string): string[] {
  return [...output.matchAll(/^\s*note: (.*)$/gm)].map(([, note]) => note ?? '');
}

async function runCommand(
  [program = '', ...args]: string[],
  { env, signal }: { env: Record<string, string>; signal: AbortSignal },
): Promise<string> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], signal });
  const [output, problems, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code === 0) return output;
  throw new ClusterCommandError(problems.trim() || `amarre ${args.slice(1).join(' ')} ended with code ${code}`);
}

async function assertReady(
  connection: KubeConnection,
  { clock, nodeCount }: { clock: Clock; nodeCount: number },
  signal: AbortSignal,
): Promise<void> {
  const status = await statusOf(`${connection.server}/readyz`, connection, signal);
  if (status !== 200) throw new ClusterCommandError(`The API server is up but /readyz answers ${status}`);
  const client = connectClient(connection, clock);
  try {
    const { items } = await client.list(nodes, {}, signal);
    const ready = items.filter((node) =>
      node.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True'),
    );
    if (ready.length !== nodeCount) throw new ClusterCommandError(`${ready.length} of ${nodeCount} nodes are Ready`);
  } finally {
    client.close();
  }
}

function statusOf(url: string, { identity }: KubeConnection, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { ...identity, signal, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject);
    asked.end();
  });
}
