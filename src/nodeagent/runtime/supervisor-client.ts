// How does the agent use the runtime that its supervisor owns? The Runtime verbs over the UNIX socket.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { PassThrough, Readable, type Writable } from 'node:stream';
import { sendSignal } from '../../base/marked-processes.ts';
import {
  type ExecPlanRequest,
  type Refusal,
  type ReleaseRequest,
  supervisorRoutes as routes,
  type SupervisorInfo,
} from '../supervisor/protocol.ts';
import type { VolumeHold } from '../supervisor/volume-table.ts';
import { decodeFrames } from './attach-frames.ts';
import type { ExecPlan } from './process/exec-plan.ts';
import { signalNumber } from './program.ts';
import {
  type AttachSession,
  type ContainerRecord,
  type ContainerUsage,
  type ExecRequest,
  type ExecSession,
  NotRunningError,
  type Runtime,
  type RuntimeDescription,
  type RuntimeEvent,
  StartError,
  type StartRefusal,
} from './types.ts';

/** The supervisor answered, but not with what was asked for. */
export class SupervisorError extends Error {
  override readonly name = 'SupervisorError';
  readonly reason: string;

  constructor({ reason, message }: Refusal) {
    super(message);
    this.reason = reason;
  }
}

/** The Runtime of a node, and what else its supervisor does for the agent. */
export interface SupervisorClient extends Runtime {
  info(signal: AbortSignal): Promise<SupervisorInfo>;
  /** Before a volume is mounted. Rejects with StartError `VolumeFenced` or SupervisorError `EarlierBoot` if only a newer attachment may be. */
  holdVolume(hold: VolumeHold, signal: AbortSignal): Promise<void>;
  /** After it was unmounted. */
  releaseVolume(release: ReleaseRequest, signal: AbortSignal): Promise<void>;
  /** Moves the dead-man's deadline, CLOCK_BOOTTIME milliseconds. */
  pet(deadlineBoottimeMs: number, signal: AbortSignal): Promise<void>;
}

/** A client of the supervisor at `socketPath`. Holds no connection between calls. */
export function connectSupervisor(socketPath: string): SupervisorClient {
  const call = <T>(method: string, wanted: { path: string; body?: unknown }, signal: AbortSignal): Promise<T> =>
    exchange<T>({ socketPath, method, ...wanted }, signal);
  return {
    info: (signal) => call<SupervisorInfo>('GET', { path: routes.info }, signal),
    describe: async (signal): Promise<RuntimeDescription> =>
      (await call<SupervisorInfo>('GET', { path: routes.info }, signal)).runtime,
    list: async (signal) =>
      (await call<{ containers: ContainerRecord[] }>('GET', { path: routes.containers }, signal)).containers,
    usage: async (signal) =>
      (await call<{ containers: ContainerUsage[] }>('GET', { path: routes.usage }, signal)).containers,
    events: (signal) => readEvents(socketPath, signal),
    start: (spec, signal) => call<ContainerRecord>('POST', { path: routes.containers, body: spec }, signal),
    stop: (id, graceMs, signal) =>
      call<void>('POST', { path: `${routes.containers}/${id}/stop`, body: { graceMs } }, signal),
    setLimits: (id, limits, signal) =>
      call<ContainerRecord>('POST', { path: `${routes.containers}/${id}/limits`, body: limits }, signal),
    remove: (id, signal) => call<void>('DELETE', { path: `${routes.containers}/${id}` }, signal),
    holdVolume: (hold, signal) => call<void>('POST', { path: routes.volumes, body: hold }, signal),
    releaseVolume: (release, signal) => call<void>('DELETE', { path: routes.volumes, body: release }, signal),
    pet: (deadlineBoottimeMs, signal) => call<void>('POST', { path: routes.pet, body: { deadlineBoottimeMs } }, signal),
    async exec(wanted, signal) {
      const body: ExecPlanRequest = { argv: wanted.argv };
      const plan = await call<ExecPlan>(
        'POST',
        { path: `${routes.containers}/${wanted.containerId}/exec`, body: body },
        signal,
      );
      return wanted.tty ? spawnOnTerminal(plan) : spawnExec(plan, wanted);
    },
    attach: (id, wants, signal) => attachTo({ socketPath, path: `${routes.containers}/${id}` }, wants, signal),
  };
}

interface Exchange {
  socketPath: string;
  method: string;
  path: string;
  body?: unknown;
}

async function exchange<T>(wanted: Exchange, signal: AbortSignal): Promise<T> {
  const response = await send(wanted, signal);
  let text = '';
  for await (const chunk of response.stream.setEncoding('utf8')) text += chunk as string;
  const value = JSON.parse(text) as T | Refusal;
  if (response.status === 200) return value as T;
  throw refusalError(value as Refusal, response.status);
}

function refusalError(refusal: Refusal, status: number): Error {
  if (refusal.reason === 'NotRunning') return new NotRunningError(refusal.message);
  if (status === 422 || refusal.reason === 'VolumeFenced')
    return new StartError(refusal.reason as StartRefusal, refusal.message);
  return new SupervisorError(refusal);
}

function send(
  { socketPath, method, path, body }: Exchange,
  signal: AbortSignal,
): Promise<{ status: number; stream: Readable }> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    // Without the length, Node sends no body with a DELETE.
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const outgoing = request({ socketPath, method, path, headers, signal, agent: false }, (response) => {
      resolve({ status: response.statusCode ?? 0, stream: response });
    });
    outgoing.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    outgoing.end(text);
  });
}

async function* readEvents(socketPath: string, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
  const { stream } = await send({ socketPath, method: 'GET', path: routes.events }, signal);
  let rest = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    const lines = (rest + (chunk as string)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as RuntimeEvent;
  }
  signal.throwIfAborted();
  throw new SupervisorError({ reason: 'InternalError', message: 'the supervisor ended the stream of events' });
}

async function attachTo(
  { socketPath, path }: { socketPath: string; path: string },
  wants: { stdin: boolean },
  signal: AbortSignal,
): Promise<AttachSession> {
  const leaving = new AbortController();
  const until = AbortSignal.any([signal, leaving.signal]);
  const output = await send({ socketPath, method: 'GET', path: `${path}/output` }, until);
  if (output.status !== 200) throw await refusalOf(output);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const exited = distribute(output.stream, { stdout, stderr }).finally(() => {
    stdout.end();
    stderr.end();
  });
  return {
    ...(wants.stdin && { stdin: openInput(socketPath, `${path}/input`, until) }),
    stdout,
    stderr,
    exited,
    resize: (size) => {
      // Lost with the container that it was for.
      exchange({ socketPath, method: 'POST', path: `${path}/resize`, body: size }, until).catch(() => {});
    },
    detach: () => leaving.abort(),
  };
}

/** Hands the frames to the two streams, as fast as they are read. The exit code; undefined if the session ended before. */
async function distribute(
  source: Readable,
  streams: { stdout: PassThrough; stderr: PassThrough },
): Promise<number | undefined> {
  try {
    for await (const { kind, data } of decodeFrames(source)) {
      if (kind === 'exit') return Number(data.toString());
      if (!streams[kind].write(data)) await once(streams[kind], 'drain');
    }
  } catch {
    // Cut off: the supervisor has ended, or the client has left.
  }
  return undefined;
}

/** What is written to it reaches the container in its order; its end is the end of this client's input. */
function openInput(socketPath: string, path: string, signal: AbortSignal): Writable {
  const outgoing = request({ socketPath, method: 'POST', path, signal, agent: false }, (response) => response.resume());
  // The container may end without reading it all.
  outgoing.on('error', () => {});
  outgoing.flushHeaders();
  return outgoing;
}

async function refusalOf({ status, stream }: { status: number; stream: Readable }): Promise<Error> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk as string;
  return refusalError(JSON.parse(text) as Refusal, status);
}

function spawnExec(plan: ExecPlan, { stdin }: ExecRequest): ExecSession {
  const [file = '', ...args] = plan.argv;
  const child = spawn(file, args, { env: plan.env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  // The command may end without reading its input.
  child.stdin.on('error', () => {});
  if (!stdin) child.stdin.end();
  const { stdin: input, stdout, stderr } = child;
  return { stdin: input, stdout, stderr, exited: exitOf(child, 'close'), kill: () => kill(child) };
}

/** Whether there is input or not: a terminal that nobody types on just waits. */
async function spawnOnTerminal(plan: ExecPlan): Promise<ExecSession> {
  // Loaded on first use: most agents never make a terminal.
  const { openTerminal } = await import('./terminal.ts');
  const { input, output, attached, resize } = openTerminal();
  const [file = '', ...args] = attached(plan.argv);
  const child = spawn(file, args, { env: plan.env, stdio: 'ignore', detached: true });
  const closed = new Promise<void>((resolve) => output.once('close', resolve));
  const exited = exitOf(child, 'exit').then(async (exitCode) => {
    // The end of the session's leader hangs up the terminal; what it has shown comes first.
    await closed;
    return exitCode;
  });
  const end = (): void => {
    kill(child);
    // What nobody reads any more would keep it open.
    output.destroy();
  };
  return { stdin: input, stdout: output, stderr: Readable.from([]), exited, resize, kill: end };
}

function exitOf(child: ChildProcess, event: 'exit' | 'close'): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(126));
    child.once(event, (code: number | null, name: string | null) => resolve(code ?? 128 + signalNumber(name)));
  });
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  // The group holds nsenter and, inside the container, what it started.
  sendSignal(-child.pid, 'SIGKILL');
}
