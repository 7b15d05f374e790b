// How do tests get an etcd? A real process on loopback, with its data in a folder of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../base/free-port.ts';
import { pollUntil } from '../base/poll.ts';
import { statFields } from '../base/process-stat.ts';
import { systemClock } from '../base/system-clock.ts';
import { EtcdClient } from './etcd-client.ts';
import { txnMethod } from './etcd-protocol.ts';
import { keyRange } from './etcd-records.ts';

export interface EtcdProcess {
  endpoint: string;
  /** SIGKILL; the data stays. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** SIGSTOP and SIGCONT: a member that says nothing. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Kills it and removes its data. */
  remove(): Promise<void>;
}

export interface EtcdOptions {
  /** More words for its command line. */
  args?: string[];
  scheme?: 'http' | 'https';
  /** The one that is found in the path, if it is not said. */
  program?: string | undefined;
}

function areAllStopped(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).every((thread) => {
    return statFields(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))[0] === 'T';
  });
}

/** Deletes every key of the etcd at `endpoint`, in one transaction. */
export async function wipeEtcd(endpoint: string): Promise<void> {
  const client = new EtcdClient({ endpoints: [endpoint], clock: systemClock });
  const { key, rangeEnd } = keyRange('');
  await client.call(txnMethod, { compare: [], success: [{ deleteRange: { key, rangeEnd } }], failure: [] });
  client.close();
}

/** Starts one etcd and waits until it listens. */
export async function startEtcd({
  args = [],
  scheme = 'http',
  program = 'etcd',
}: EtcdOptions = {}): Promise<EtcdProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'amarre-etcd-'));
  const [clientPort, peerPort] = [await freePort(), await freePort()];
  const endpoint = `${scheme}://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const flags = {
    'data-dir': join(folder, 'data'),
    name: 'one',
    logger: 'zap',
    'log-outputs': 'stderr',
    'listen-client-urls': endpoint,
    'advertise-client-urls': endpoint,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `one=${peer}`,
  };
  const words = [...Object.entries(flags).map(([name, value]) => `--${name}=${value}`), ...args];
  let child: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const started = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    child = started;
    let log = '';
    const listening = new Promise<void>((resolve, reject) => {
      started.stderr.on('data', (data: Buffer) => {
        if (log.length < 20_000) log += data.toString();
        if (log.includes('serving client') || log.includes('serving insecure client')) resolve();
      });
      started.once('error', reject);
      started.once('exit', (code) => reject(new Error(`etcd ended with code ${code}: ${log.slice(-2000)}`)));
    });
    await listening;
  };
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    endpoint,
    kill,
    start,
    freeze: async () => {
      child?.kill('SIGSTOP');
      const poll = { clock: systemClock, signal: new AbortController().signal, intervalMs: 2 };
      // The signal stops the threads one by one.
      await pollUntil(() => Promise.resolve(areAllStopped(child?.pid ?? 0)), poll);
    },
    thaw: () => child?.kill('SIGCONT'),
    remove: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
