// How does the benchmark run the API server? As `amarre up` does: the built program, in a data folder, over TLS.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { freePort } from '../../src/base/free-port.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { systemRandom, systemRandomBytes } from '../../src/base/system-random.ts';
import type { TlsIdentity } from '../../src/base/tls.ts';
import {
  type ClusterSpec,
  createFolders,
  type DataFolder,
  dataFolder,
  writeClusterSpec,
} from '../../src/localcluster/data-folder.ts';
import { createPki, readIdentity } from '../../src/localcluster/pki.ts';

const root = join(import.meta.dirname, '../..');

export interface ServerOptions {
  /** Endpoints of an etcd in place of LMDB. */
  etcdEndpoints?: string[];
  /** More words for node: `--cpu-prof`. */
  nodeArgs?: string[];
}

/** A data folder for one API server; nothing runs yet. */
export async function prepareServer({
  etcdEndpoints,
}: ServerOptions = {}): Promise<{ folder: DataFolder; spec: ClusterSpec }> {
  const folder = dataFolder(mkdtempSync(join(tmpdir(), 'amarre-bench-')));
  const spec: ClusterSpec = {
    formatVersion: 1,
    clusterId: 'bench0',
    volumes: 'directory',
    network: 'loopback',
    nodes: [],
    port: await freePort(),
    apiAddresses: ['127.0.0.1'],
    bridge: undefined,
    poolBytes: 0,
    keepGenerations: false,
    ...(etcdEndpoints && { etcd: { endpoints: etcdEndpoints } }),
  };
  await createFolders(folder);
  await createPki(folder, spec, { nowMs: systemClock.now(), random: systemRandom, randomBytes: systemRandomBytes });
  await writeClusterSpec(folder, spec);
  mkdirSync(folder.state, { recursive: true });
  // Without this mark the server would start a launcher that looks after it.
  writeFileSync(join(folder.run, 'stopping'), '');
  return { folder, spec };
}

export interface RunningServer {
  port: number;
  admin: TlsIdentity;
  /** From the start of the process until /readyz said ok. */
  readyAfterMs: number;
  rssMib(): number;
  /** Processor time that the server has used, all threads. */
  cpuMs(): number;
  startLoopProbe(): void;
  stopLoopProbe(): Promise<{ p99Ms: number; maxMs: number }>;
  stop(): Promise<void>;
}

/** Starts the built API server on `folder` and waits until it is ready. */
export async function startServer(
  { folder, spec }: { folder: DataFolder; spec: ClusterSpec },
  { nodeArgs = [] }: ServerOptions = {},
): Promise<RunningServer> {
  const admin = await readIdentity(folder, 'admin');
  const log = openSync(join(folder.log, 'apiserver.log'), 'a');
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    ['--import', join(import.meta.dirname, 'probe.mjs'), ...nodeArgs, join(root, 'dist/apiserver.js'), folder.root],
    { stdio: ['ignore', log, log, 'ipc'], env: { ...process.env, AMARRE_LOG_LEVEL: 'warn' } },
  );
  await untilReady(child, { port: spec.port, admin, folder });
  const readyAfterMs = performance.now() - startedAt;
  return {
    port: spec.port,
    admin,
    readyAfterMs,
    rssMib: () => residentMib(child.pid ?? 0),
    cpuMs: () => processorMs(child.pid ?? 0),
    startLoopProbe: () => void child.send('start'),
    async stopLoopProbe() {
      const answer = once(child, 'message');
      child.send('stop');
      const [report] = (await answer) as [{ p99Ms: number; maxMs: number }];
      return report;
    },
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** Removes what a server left. */
export function removeServer({ folder }: { folder: DataFolder }): void {
  rmSync(folder.root, { recursive: true, force: true });
}

async function untilReady(
  child: ChildProcess,
  { port, admin, folder }: { port: number; admin: TlsIdentity; folder: DataFolder },
): Promise<void> {
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`The server ended: ${readFileSync(join(folder.log, 'apiserver.log'), 'utf8').slice(-2000)}`);
    }
    const status = await new Promise<number>((resolve) => {
      const request = get({ host: '127.0.0.1', port, path: '/readyz', ...admin, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on('error', () => resolve(0));
    });
    if (status === 200) return;
    await systemClock.sleep(10, new AbortController().signal);
  }
}

function residentMib(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

// The kernel counts in ticks of 10 ms for everybody (USER_HZ).
const tickMs = 10;

/** Processor time of a process, all threads. */
export function processorMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}
