// How does a driver listen on its UNIX socket, and stop?

import { chmod, mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { AssertionError } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { CsiOperationMetrics } from './operation-metrics.ts';
import { controllerDefinition, fenceDefinition, identityDefinition, nodeDefinition } from './protocol/services.ts';
import { RpcError, rpcCodes } from './rpc-error.ts';
import type { ControllerService, FenceService, IdentityService, Implementation, NodeService } from './services.ts';

export interface DriverServices {
  identity: Implementation<IdentityService>;
  controller?: Implementation<ControllerService>;
  node?: Implementation<NodeService>;
  fence?: Implementation<FenceService>;
}

export interface ServeOptions {
  /** Path of the UNIX socket. Its folder is made, mode 0700; the socket has mode 0600. */
  socketPath: string;
  services: DriverServices;
  clock: Clock;
  log: Logger;
  /** Called once, when calls are answered. */
  onReady?: () => void;
  /** Told of every call. */
  metrics?: CsiOperationMetrics | undefined;
}

/** How long a stopping driver waits for the calls that it is answering. */
const drainMs = 5_000;

type Handler = (request: unknown, signal: AbortSignal) => Promise<unknown>;

/**
 * Serves a driver until `signal` aborts; then takes no more calls, lets running ones end, and resolves. Rejects
 * when another process listens on the socket, or when a handler breaks an invariant.
 *
 * Handlers get `signal`, not one of the call: a caller that gives up does not cancel the work (CSI: "Cancelled").
 */
export async function serveDriver(
  { socketPath, services, clock, log, onReady, metrics }: ServeOptions,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  await mkdir(path.dirname(socketPath), { recursive: true, mode: 0o700 });
  await removeStaleSocket(socketPath);

  const server = new Server({ 'grpc.max_receive_message_length': -1 });
  const broken = new AbortController();
  const ended = AbortSignal.any([signal, broken.signal]);
  const add = (definition: ServiceDefinition, handlers: object | undefined): void => {
    if (!handlers) return;
    const wrapping = { definition, clock, log, signal, broken, metrics };
    server.addService(definition, wrap(handlers as Record<string, Handler>, wrapping));
  };
  add(identityDefinition, services.identity);
  add(controllerDefinition, services.controller);
  add(nodeDefinition, services.node);
  add(fenceDefinition, services.fence);

  await listen(server, socketPath);
  try {
    await chmod(socketPath, 0o600);
    onReady?.();
    await aborted(ended);
  } finally {
    await stop(server, clock);
  }
  broken.signal.throwIfAborted();
}

interface Wrapping {
  definition: ServiceDefinition;
  clock: Clock;
  metrics: CsiOperationMetrics | undefined;
  log: Logger;
  signal: AbortSignal;
  broken: AbortController;
}

function wrap(
  handlers: Record<string, Handler>,
  { definition, clock, log, signal, broken, metrics }: Wrapping,
): UntypedServiceImplementation {
  const wrapped = Object.entries(handlers).map(([method, handler]) => [
    method,
    (call: { request: unknown }, answer: (error: object | null, response?: unknown) => void): void => {
      const startMs = clock.monotonic();
      const ended = (error?: unknown): void =>
        metrics?.ended(definition[method]?.path ?? method, { seconds: (clock.monotonic() - startMs) / 1000, error });
      handler(call.request, signal).then(
        (response) => {
          ended();
          answer(null, response);
        },
        (error: unknown) => {
          ended(error instanceof RpcError ? error : new RpcError('INTERNAL', 'A CSI call failed'));
          if (error instanceof AssertionError) broken.abort(error);
          const expected = error instanceof RpcError;
          const code = expected ? error.code : 'INTERNAL';
          // Requests carry secrets and are never logged.
          if (expected) log.info('Refused a CSI call', { method, code, reason: error.message });
          else log.error('A CSI call failed', { method, error });
          answer({ code: rpcCodes[code], details: error instanceof Error ? error.message : String(error) });
        },
      );
    },
  ]);
  return Object.fromEntries(wrapped) as UntypedServiceImplementation;
}

function listen(server: Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

/** A driver that was killed leaves its socket file behind, and no one else can listen until it is gone. */
async function removeStaleSocket(socketPath: string): Promise<void> {
  if (await answers(socketPath)) throw new Error(`Another process listens on ${socketPath}`);
  await rm(socketPath, { force: true });
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') resolve(false);
      else reject(error);
    });
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function stop(server: Server, clock: Clock): Promise<void> {
  const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const hurry = new AbortController();
  const late = clock.sleep(drainMs, hurry.signal).then(
    () => server.forceShutdown(),
    () => {},
  );
  // After a forced end the callback of the patient one may never come.
  await Promise.race([drained, late]);
  hurry.abort();
}
