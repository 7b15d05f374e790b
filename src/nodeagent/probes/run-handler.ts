// How is one probe or hook carried out? exec in the container; HTTP and TCP to the node's address.

import { connect } from 'node:net';
import type {
  Container,
  HTTPGetAction,
  LifecycleHandler,
  Probe,
  TCPSocketAction,
} from '../../apis/core/generated/v1.ts';
import { type Clock, TimeoutError } from '../../base/clock.ts';
import type { Runtime } from '../runtime/types.ts';

export interface HandlerTarget {
  runtime: Runtime;
  containerId: string;
  container: Container;
  /** The pod's IP address. */
  address: string;
  clock: Clock;
}

export interface HandlerOutcome {
  ok: boolean;
  /** What the event says. */
  message: string;
}

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> | LifecycleHandler;

// Kubelet: the part of a probe's output that an event shows.
const outputCharactersMax = 10 * 1024;

/** Carries out `handler` within `timeoutMs`. Rejects only with the abort reason. */
export async function runHandler(
  handler: Handler,
  target: HandlerTarget,
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<HandlerOutcome> {
  const { timeoutMs, signal } = options;
  try {
    return await target.clock.withTimeout({ what: 'the probe', timeoutMs, signal }, (bounded) =>
      once(handler, target, bounded),
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TimeoutError) return { ok: false, message: `command timed out after ${timeoutMs / 1000}s` };
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  }
}

function once(handler: Handler, target: HandlerTarget, signal: AbortSignal): Promise<HandlerOutcome> {
  if (handler.exec) return runCommand(handler.exec.command ?? [], target, signal);
  if (handler.httpGet) return getHttp(handler.httpGet, target, signal);
  if (handler.tcpSocket) return openTcp(handler.tcpSocket, target, signal);
  if ('sleep' in handler && handler.sleep) return pause(handler.sleep.seconds * 1000, target.clock, signal);
  return Promise.resolve({
    ok: false,
    message: 'this kind of probe is not supported by this node: use exec, httpGet or tcpSocket',
  });
}

async function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<HandlerOutcome> {
  await clock.sleep(ms, signal);
  return { ok: true, message: '' };
}

async function runCommand(
  argv: string[],
  { runtime, containerId }: HandlerTarget,
  signal: AbortSignal,
): Promise<HandlerOutcome> {
  const session = await runtime.exec({ containerId, argv, tty: false, stdin: false }, signal);
  const kill = (): void => session.kill();
  signal.addEventListener('abort', kill, { once: true });
  try {
    let output = '';
    const collect = (chunk: Buffer): void => {
      if (output.length < outputCharactersMax) output += chunk.toString();
    };
    session.stdout.on('data', collect);
    session.stderr.on('data', collect);
    const exitCode = await session.exited;
    signal.throwIfAborted();
    return { ok: exitCode === 0, message: output.trim() || (exitCode === 0 ? '' : `command exited with ${exitCode}`) };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

async function getHttp(action: HTTPGetAction, target: HandlerTarget, signal: AbortSignal): Promise<HandlerOutcome> {
  const isHttps = action.scheme === 'HTTPS';
  const { request } = isHttps ? await import('node:https') : await import('node:http');
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  return new Promise((resolve, reject) => {
    const options = {
      host: action.host || target.address,
      port: portOf(action.port, target.container),
      path: action.path || '/',
      headers: { 'user-agent': 'kube-probe/1.36', ...headers },
      signal,
      agent: false as const,
      // Kubelet: probes don't verify certificates.
      ...(isHttps && { rejectUnauthorized: false }),
    };
    const outgoing = request(options, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve({ ok: status >= 200 && status < 400, message: `HTTP probe failed with statuscode: ${status}` });
    });
    outgoing.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    outgoing.end();
  });
}

function openTcp(action: TCPSocketAction, target: HandlerTarget, signal: AbortSignal): Promise<HandlerOutcome> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: action.host || target.address, port: portOf(action.port, target.container) });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    const finish = (outcome: HandlerOutcome): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(outcome);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => finish({ ok: true, message: '' }));
    socket.once('error', (error) => finish({ ok: false, message: error.message }));
  });
}

function portOf(port: number | string, container: Container): number {
  if (typeof port === 'number') return port;
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  return named ?? Number(port);
}
