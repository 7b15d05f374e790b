// How does one container live? It is started, says what it is, gets signals, and is over only when its last process is gone.

import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../../../base/clock.ts';
import { killMarked, sendSignal } from '../../../base/marked-processes.ts';
import { signalNumber } from '../program.ts';
import { StartError } from '../types.ts';
import { type ContainerCgroup, cgroupEmptied, killCgroup, sawOutOfMemory } from './cgroups.ts';
import { type ContainerIo, openContainerIo } from './container-io.ts';
import { gateFd, isAtGate, openGate } from './gate.ts';
import { type JoinRequest, openNamespaces } from './joined-namespaces.ts';
import type { ContainerLog } from './log-writer.ts';
import { containerMarker } from './plain.ts';
import {
  areOver,
  childrenOf,
  isWaiting,
  type ProcessRef,
  pidNamespace,
  processRef,
  signalProcess,
} from './process-tree.ts';

/** How a container ended. */
export interface ContainerExit {
  exitCode: number;
  outOfMemory: boolean;
}

export interface RunningContainer {
  /** PID 1 of the container's namespace, or its first process where there is none. */
  readonly init: ProcessRef;
  /** Asks the main process to stop. */
  terminate(): Promise<void>;
  /** SIGKILL to the whole tree. */
  kill(): Promise<void>;
  /** Resolves when the whole tree is gone and the log is written. Never rejects. */
  readonly ended: Promise<ContainerExit>;
  readonly io: ContainerIo;
}

export interface LaunchOptions {
  /** bwrap's arguments, without the command; undefined: no sandbox. */
  sandboxArgs: string[] | undefined;
  command: string[];
  /** Environment of the sandbox program; the container's own is in `sandboxArgs`. */
  env: Record<string, string>;
  cwd: string;
  /** Whose namespaces it enters, and which. */
  joins: JoinRequest | undefined;
  id: string;
  /** Scratch folder of this container. */
  folder: string;
  cgroup: ContainerCgroup;
  stdin: boolean;
  tty: boolean;
  log: ContainerLog;
  clock: Clock;
  signal: AbortSignal;
}

// Enters the groups named before `--`, then becomes the program after it.
const enterGroups = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift; exec "$@"';

export const statusFd = 3;
const argumentsFd = 4;
const namespacesFd = 6;

/** Starts a container. Rejects with StartError if its sandbox could not be made: then its command has not run. */
export async function launchContainer(options: LaunchOptions): Promise<RunningContainer> {
  const { sandboxArgs, cgroup } = options;
  if (!sandboxArgs) return launchPlain(options);
  const joined = openNamespaces(options.joins, namespacesFd);
  const { io, child } = await spawnSandbox(options, joined.fds).finally(joined.close);
  const gate = writableOf(child, gateFd);
  const allArgs = [...joined.args, ...sandboxArgs];
  writableOf(child, argumentsFd).end(allArgs.map((argument) => `${argument}\0`).join(''));
  const status = readStatus(child.stdio[statusFd] as Readable);
  const said = collectStart(io);
  logOutput(io, options.log);
  const exited = exitOf(child, 'exit');
  const closed = exitOf(child);
  const killAll = async (): Promise<void> => {
    await killCgroup(cgroup);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  };

  let found: Sandbox | undefined;
  try {
    found = await waitForSandbox(status, closed, options);
  } catch (error) {
    await killAll();
    throw error;
  }
  if (!found) {
    const exit = await closed;
    await killAll();
    await options.log.close();
    throw new StartError(
      'CreateContainerError',
      `Cannot make the container's sandbox: ${said.text().trim() || `bwrap exited with ${exit}`}`,
    );
  }
  const { init, main } = found;
  const namespace = options.joins ? undefined : await pidNamespace(init.pid);
  const kill = async (): Promise<void> => {
    await killAll();
    await signalProcess(init, 'SIGKILL');
    // No namespace of its own ends with its first process.
    if (options.joins && !cgroup.unified)
      await killMarked(`${containerMarker}=${options.id}`, options.clock, neverAborted);
  };
  openGate(gate);
  return {
    init,
    kill,
    io,
    terminate: () => signalProcess(main, 'SIGTERM'),
    ended: waitForEnd({ exited, closed, init, namespace, status, kill, options }),
  };
}

async function spawnSandbox(
  options: LaunchOptions,
  namespaces: number[],
): Promise<{ io: ContainerIo; child: ChildProcess }> {
  const bwrap = ['bwrap', '--args', String(argumentsFd), '--', ...options.command];
  const io = await openContainerIo(options);
  const argv = ['/bin/sh', '-c', enterGroups, 'sh', ...options.cgroup.procsFiles, '--', ...bwrap];
  const [file = '', ...args] = io.attached(argv);
  const child = spawn(file, args, {
    stdio: [...io.stdio, 'pipe', 'pipe', 'pipe', ...namespaces],
    env: options.env,
    cwd: '/',
    detached: io.isTerminal,
  });
  return { io, child };
}

interface EndOptions {
  exited: Promise<number>;
  closed: Promise<number>;
  init: ProcessRef;
  /** The PID namespace that it has for itself. */
  namespace: string | undefined;
  status: SandboxStatus;
  kill: () => Promise<void>;
  options: LaunchOptions;
}

async function waitForEnd({
  exited,
  closed,
  init,
  namespace,
  status,
  kill,
  options,
}: EndOptions): Promise<ContainerExit> {
  const { cgroup, clock } = options;
  const exitOfSandbox = await exited;
  // Nothing may outlive the main process: the namespace's last processes are still dying now.
  await kill();
  // PID 1 of a namespace is no measure: it waits until whoever inherits commands that entered from outside reaps them.
  if (cgroup.unified) await cgroupEmptied(cgroup, clock, neverAborted);
  else while (!(await areOver(init, namespace))) await clock.sleep(1, neverAborted);
  await closed;
  await options.log.close();
  return { exitCode: status.exitCode ?? exitOfSandbox, outOfMemory: await sawOutOfMemory(cgroup) };
}

// The end of a container is waited for as long as it takes: a process in an uninterruptible sleep is still a writer.
const neverAborted = new AbortController().signal;

interface SandboxStatus {
  childPid: number | undefined;
  /** Set only if the command was started. */
  exitCode: number | undefined;
}

function readStatus(stream: Readable): SandboxStatus {
  const status: SandboxStatus = { childPid: undefined, exitCode: undefined };
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    status.childPid ??= numberField(text, 'child-pid');
    status.exitCode ??= numberField(text, 'exit-code');
  });
  stream.on('error', () => {});
  return status;
}

function numberField(text: string, name: string): number | undefined {
  const match = new RegExp(`"${name}": (\\d+)\\s*[,}]`).exec(text);
  return match ? Number(match[1]) : undefined;
}

interface Sandbox {
  init: ProcessRef;
  main: ProcessRef;
}

/**
 * Resolves when the sandbox stands and the death of its parent ends it: its PID 1 sees to that after it has forked the
 * main process and before it waits for it. One that joined another's processes has no PID 1 of its own; it dies with
 * theirs. Undefined if the sandbox could not be made.
 */
async function waitForSandbox(
  status: SandboxStatus,
  exited: Promise<number>,
  { clock, signal, joins }: LaunchOptions,
): Promise<Sandbox | undefined> {
  const end = watchEnd(exited);
  while (!end.over) {
    const init = status.childPid === undefined ? undefined : await processRef(status.childPid);
    if (init && joins && (await isAtGate(init))) return { init, main: init };
    const [pid] = init && !joins ? await childrenOf(init.pid) : [];
    const main = pid === undefined ? undefined : await processRef(pid);
    if (init && main && (await isWaiting(init))) return { init, main };
    await clock.sleep(1, signal);
  }
  return undefined;
}

function watchEnd(exited: Promise<number>): { over: boolean } {
  const end = { over: false };
  void exited.then(() => (end.over = true));
  return end;
}

// What the sandbox says when it fails is the error's text; once it stands, output belongs to the log alone.
function collectStart({ outputs }: ContainerIo): { text: () => string } {
  let text = '';
  outputs.at(-1)?.stream.on('data', (chunk: Buffer) => {
    if (text.length < 4096) text += chunk.toString();
  });
  return { text: () => text };
}

function logOutput({ outputs, release }: ContainerIo, log: ContainerLog): void {
  for (const { name, stream } of outputs) log.attach(stream, name);
  release();
}

function exitOf(child: ChildProcess, event: 'exit' | 'close' = 'close'): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once(event, (code: number | null, name: string | null) => resolve(code ?? 128 + signalNumber(name)));
  });
}

async function launchPlain(options: LaunchOptions): Promise<RunningContainer> {
  const { command, env, cwd, id, clock, log, signal } = options;
  const io = await openContainerIo(options);
  const [file = '', ...args] = io.attached(command);
  const child = spawn(file, args, {
    stdio: [...io.stdio, 'ignore', 'ignore', 'pipe'],
    env,
    cwd,
    detached: true,
  });
  const gate = writableOf(child, gateFd);
  logOutput(io, log);
  const exited = exitOf(child, 'exit');
  const closed = exitOf(child);
  const init = child.pid === undefined ? undefined : await processRef(child.pid);
  if (!init || child.pid === undefined) {
    await closed;
    await log.close();
    throw new StartError('RunContainerError', `Cannot start ${file}: no such program`);
  }
  const group = -child.pid;
  const marker = `${containerMarker}=${id}`;
  // At its gate it has left setpriv behind, and with it the moment in which our death would go unnoticed.
  const end = watchEnd(exited);
  while (!end.over && !(await isAtGate(init))) await clock.sleep(1, signal);
  openGate(gate);
  return {
    init,
    io,
    terminate: async () => sendSignal(group, 'SIGTERM'),
    kill: async () => sendSignal(group, 'SIGKILL'),
    ended: (async () => {
      const exitCode = await exited;
      await killMarked(marker, clock, neverAborted);
      await closed;
      await log.close();
      return { exitCode, outOfMemory: false };
    })(),
  };
}

/** What we write to a child's descriptor; it may end without reading. */
function writableOf(child: ChildProcess, fd: number): Writable {
  const stream = child.stdio[fd] as Writable;
  stream.on('error', () => {});
  return stream;
}
