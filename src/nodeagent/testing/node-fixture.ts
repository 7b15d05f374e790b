// A node on disk for tests with real processes: its folders, its supervisor process, and its removal whatever happens.

import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { killMarked, nodeMarker } from '../../base/marked-processes.ts';
import { pollUntil } from '../../base/poll.ts';
import { systemClock } from '../../base/system-clock.ts';
import type { SupervisorConfig } from '../config.ts';
import { runProgram } from '../runtime/program.ts';
import { connectSupervisor, type SupervisorClient } from '../runtime/supervisor-client.ts';
import type { ContainerSpec } from '../runtime/types.ts';
import { unmountLeftovers } from '../supervisor/unmount.ts';

const never = new AbortController().signal;
const unified = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((path) =>
  existsSync(join(path, 'cgroup.controllers')),
);

export interface NodeFixture {
  dir: string;
  nodeDir: string;
  config: SupervisorConfig;
  client: SupervisorClient;
  /** The supervisor's process of the last `start`. */
  supervisor: () => ChildProcess;
  /** Starts a supervisor and waits until it answers. With `uid`, as that user. */
  start: (changes?: Partial<SupervisorConfig>, uid?: number) => Promise<void>;
  /** Kills everything and removes all traces. */
  dispose: () => Promise<void>;
}

/** Resolves when `check` is true. The bound is for a machine that has much else to do; nothing here is timed by it. */
export function until(check: () => Promise<boolean> | boolean, what = 'a test condition'): Promise<void> {
  return systemClock.withTimeout({ what, timeoutMs: 60_000, signal: never }, (bounded) =>
    pollUntil(async () => check(), { clock: systemClock, signal: bounded, intervalMs: 10 }),
  );
}

/** Why containers cannot be isolated as root here; undefined if they can. */
export async function whyNotPrivileged(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'not root';
  if ((await runProgram(['bwrap', '--version'], { signal: never })).exitCode !== 0)
    return 'bubblewrap is not installed';
  return undefined;
}

/** A node named `name`; nothing runs before `start`. */
export async function nodeFixture(name = 'node-1'): Promise<NodeFixture> {
  const dir = await mkdtemp('/tmp/amarre-node-');
  const nodeDir = join(dir, name);
  const isRoot = process.getuid?.() === 0;
  const cgroupPath = isRoot && unified ? join(unified, `amarre-test-${dir.split('-').at(-1)}`) : undefined;
  const config: SupervisorConfig = {
    nodeName: name,
    nodeDir,
    address: '127.0.0.1',
    mode: 'auto',
    scratchDir: join(dir, 'scratch'),
    hiddenPaths: [],
    cgroupPath,
    deadMan: false,
    children: [],
  };
  const client = connectSupervisor(join(nodeDir, 'run/supervisor.sock'));
  let process_: ChildProcess | undefined;
  const start = async (changes: Partial<SupervisorConfig> = {}, uid?: number): Promise<void> => {
    const file = join(dir, 'supervisor.json');
    if (uid !== undefined) await chown(dir, uid, uid);
    await writeFile(file, JSON.stringify({ ...config, ...changes }));
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', new URL('supervisor-main.ts', import.meta.url).pathname, file],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, TSX_DISABLE_CACHE: '1' },
        ...(uid !== undefined && { uid, gid: uid }),
      },
    );
    child.stderr.pipe(createWriteStream(join(dir, 'supervisor.log'), { flags: 'a' }));
    process_ = child;
    await pollUntil(() => answers(client, child, dir), { clock: systemClock, signal: never, intervalMs: 20 });
  };
  const dispose = async (): Promise<void> => {
    process_?.kill('SIGKILL');
    if (cgroupPath) await removeCgroup(cgroupPath);
    await killMarked(`${nodeMarker}=${nodeDir}`, systemClock, never);
    await unmountLeftovers(dir, never);
    await rm(dir, { recursive: true, force: true });
  };
  return { dir, nodeDir, config, client, start, dispose, supervisor: () => process_ as ChildProcess };
}

async function answers(client: SupervisorClient, child: ChildProcess, dir: string): Promise<boolean> {
  if (child.exitCode !== null)
    throw new Error(`supervisor ended: ${await readFile(join(dir, 'supervisor.log'), 'utf8')}`);
  return client.info(never).then(
    (info) => isOurs(info.bootID, dir),
    () => false,
  );
}

// A socket of a killed supervisor still exists until the new one replaces it, but nobody answers on it.
async function isOurs(bootID: string, dir: string): Promise<boolean> {
  const [node = ''] = (await readdir(dir)).filter((name) => existsSync(join(dir, name, 'boot.json')));
  return (JSON.parse(await readFile(join(dir, node, 'boot.json'), 'utf8')) as { bootID: string }).bootID === bootID;
}

async function removeCgroup(path: string): Promise<void> {
  await writeFile(join(path, 'cgroup.kill'), '1').catch(() => {});
  for (let attempt = 0; attempt < 100 && existsSync(path); attempt += 1) {
    for (const entry of await readdir(join(path, 'containers')).catch(() => []))
      await rmdir(join(path, 'containers', entry)).catch(() => {});
    await rmdir(join(path, 'containers')).catch(() => {});
    await rmdir(path).catch(() => {});
    if (existsSync(path)) await systemClock.sleep(10, never);
  }
}

/** A container that runs `script` in a shell. */
export function shellContainer(script: string, overrides: Partial<ContainerSpec> = {}): ContainerSpec {
  const name = overrides.name ?? 'main';
  return {
    podUID: 'pod-1',
    podNamespace: 'default',
    podName: 'web-0',
    name,
    attempt: 0,
    image: 'amarre.io/host',
    argv: ['/bin/sh', '-c', script],
    env: {},
    workingDir: '/',
    hostname: 'web-0',
    user: { uid: 0, gid: 0, supplementalGroups: [] },
    privileged: false,
    addCapabilities: [],
    dropCapabilities: [],
    readOnlyRoot: false,
    stdin: false,
    stdinOnce: false,
    tty: false,
    mounts: [],
    limits: {},
    logPath: `/tmp/amarre-unused/${name}.log`,
    speaksByLog: false,
    labels: {},
    volumes: [],
    ...overrides,
  };
}
