// How does a cluster look after an etcd of its own? One member on loopback that only its API servers may ask: they show
// a certificate of an authority that signs for nobody else.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, TimeoutError } from '../base/clock.ts';
import { isListening } from '../base/listening.ts';
import { pollUntil } from '../base/poll.ts';
import { type ClusterSpec, type DataFolder, DataFolderError, type EtcdSpec, type OwnEtcd } from './data-folder.ts';
import { isPortFree } from './lock.ts';
import { identityFiles } from './pki.ts';
import type { Component } from './process-manager.ts';
import { identify } from './process-record.ts';
import { findProcesses } from './processes.ts';
import { findProgram, run, searchPath } from './program.ts';

const host = '127.0.0.1';
/** etcd's own ports are the first that are tried. */
const firstPort = 2379;
const lastPort = 32_767;
/** Upstream's advice for the most that etcd should hold. */
const quotaBytes = 8 * 1024 ** 3;
const oldest = [3, 4] as const;
const serveTimeoutMs = 20_000;
const endTimeoutMs = 10_000;
const memberName = 'amarre';
const environment = { PATH: searchPath.join(':') };

/** An etcd of the cluster's own, on ports that nobody listens on now. Rejects with DataFolderError if it can't run here. */
export async function planOwnEtcd(signal: AbortSignal): Promise<EtcdSpec> {
  await requireEtcd(signal);
  // Below the ports that the kernel hands out to those who ask for any.
  for (let port = firstPort; port < lastPort; port += 2) {
    const areFree = await Promise.all([isPortFree(host, port), isPortFree(host, port + 1)]);
    if (areFree.every(Boolean)) return { endpoints: [`https://${host}:${port}`], own: { port, peerPort: port + 1 } };
  }
  throw new DataFolderError(`Cannot run etcd: no port from ${firstPort} to ${lastPort} is free on ${host}.`);
}

/** Path of the program. Rejects with DataFolderError that says how to install it. */
export async function requireEtcd(signal: AbortSignal): Promise<string> {
  const advice = 'Install it with `apt-get install etcd-server`, or keep the state in LMDB.';
  const program = await findProgram('etcd');
  if (!program) throw new DataFolderError(`Cannot run etcd: this machine has no program \`etcd\`. ${advice}`);
  const found = /etcd Version: (\d+)\.(\d+)/.exec(await run(program, ['--version'], { signal }));
  const [major, minor] = [Number(found?.[1]), Number(found?.[2])];
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return program;
  throw new DataFolderError(
    `Cannot run etcd: ${program} is of version ${found ? `${major}.${minor}` : 'unknown'}, ${oldest.join('.')} or newer is needed. ${advice}`,
  );
}

/** Its program and arguments. */
export function etcdCommand(folder: DataFolder, spec: Pick<ClusterSpec, 'clusterId'>, own: OwnEtcd): string[] {
  const client = `https://${host}:${own.port}`;
  const peer = `https://${host}:${own.peerPort}`;
  const { ca, cert, key } = identityFiles(folder, 'etcd');
  const flags = {
    // The word by which it is found again.
    ...dataDirFlag(folder),
    name: memberName,
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `${memberName}=${peer}`,
    'initial-cluster-token': `amarre-${spec.clusterId}`,
    'client-cert-auth': true,
    'trusted-ca-file': ca,
    'cert-file': cert,
    'key-file': key,
    'peer-client-cert-auth': true,
    'peer-trusted-ca-file': ca,
    'peer-cert-file': cert,
    'peer-key-file': key,
    'quota-backend-bytes': quotaBytes,
    // Nobody competes with the one member: it need not wait long for others before it leads.
    'heartbeat-interval': 20,
    'election-timeout': 100,
    logger: 'zap',
    'log-outputs': 'stderr',
    'log-level': 'warn',
  };
  return ['etcd', ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)];
}

function dataDirFlag({ etcd }: DataFolder): { 'data-dir': string } {
  return { 'data-dir': etcd };
}

/** The launcher's part; undefined if the state is elsewhere. */
export function etcdComponent({ folder, spec }: { folder: DataFolder; spec: ClusterSpec }): Component | undefined {
  const own = spec.etcd?.own;
  if (!own) return undefined;
  return {
    name: 'etcd',
    argv: etcdCommand(folder, spec, own),
    env: environment,
    isWanted: () => Promise.resolve(true),
    // It is no program of ours, and leaves no record.
    find: async () => {
      const pid = await pidOfEtcd(folder);
      return pid === undefined ? undefined : identify(pid);
    },
  };
}

async function pidOfEtcd({ root }: DataFolder): Promise<number | undefined> {
  return (await findProcesses(root)).find(({ program }) => program === 'etcd')?.pid;
}

/** Rejects with DataFolderError if it does not run and could not. */
export async function assertEtcdCanRun(
  { folder, own }: { folder: DataFolder; own: OwnEtcd },
  signal: AbortSignal,
): Promise<void> {
  if ((await pidOfEtcd(folder)) !== undefined) return;
  await requireEtcd(signal);
  for (const port of [own.port, own.peerPort]) {
    if (await isPortFree(host, port)) continue;
    throw new DataFolderError(
      `Cannot run etcd: port ${port} on ${host}, on which the cluster's etcd was set up, is in use. Stop what listens there.`,
    );
  }
}

/** Waits until it accepts connections. Rejects with DataFolderError that has its last words. */
export async function untilEtcdServes(
  { folder, own, clock }: { folder: DataFolder; own: OwnEtcd; clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  try {
    await clock.withTimeout({ what: 'etcd', timeoutMs: serveTimeoutMs, signal }, (bounded) =>
      pollUntil(() => isListening({ host, port: own.port }), { clock, signal: bounded, intervalMs: 10 }),
    );
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    const log = join(folder.log, 'etcd.log');
    const words = (await readFile(log, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-3).join('\n');
    throw new DataFolderError(
      `Cannot use etcd: it did not serve within ${serveTimeoutMs / 1000} s. The end of ${log}:\n${words}`,
      { cause: error },
    );
  }
}

/**
 * Runs `use` while the cluster's own etcd runs, if it has one: starts it unless it runs already, and ends it again.
 * For commands that work on the state of a cluster that is down.
 */
export async function withOwnEtcd<T>(
  { folder, spec, clock }: { folder: DataFolder; spec: Pick<ClusterSpec, 'clusterId' | 'etcd'>; clock: Clock },
  use: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const own = spec.etcd?.own;
  if (!own || (await pidOfEtcd(folder)) !== undefined) return use();
  await assertEtcdCanRun({ folder, own }, signal);
  mkdirSync(folder.log, { recursive: true, mode: 0o700 });
  const output = openSync(join(folder.log, 'etcd.log'), 'a', 0o600);
  const [program = '', ...args] = etcdCommand(folder, spec, own);
  const child = spawn(program, args, { stdio: ['ignore', output, output], env: { ...process.env, ...environment } });
  closeSync(output);
  const exited = once(child, 'exit');
  try {
    await untilEtcdServes({ folder, own, clock }, signal);
    return await use();
  } finally {
    child.kill('SIGTERM');
    const bounds = { what: 'the end of etcd', timeoutMs: endTimeoutMs, signal: new AbortController().signal };
    await clock.withTimeout(bounds, () => exited).catch(() => child.kill('SIGKILL'));
  }
}
