// How does a controller or an agent call a CSI driver?

import { credentials, Client as GrpcClient, Metadata, type MethodDefinition, type ServiceError } from '@grpc/grpc-js';
import { type Clock, TimeoutError } from '../base/clock.ts';
import type { CsiOperationMetrics } from './operation-metrics.ts';
import { controllerDefinition, fenceDefinition, identityDefinition, nodeDefinition } from './protocol/services.ts';
import { RpcError, rpcCodeOf } from './rpc-error.ts';
import type { CallOptions, Client, ControllerService, FenceService, IdentityService, NodeService } from './services.ts';

/** One driver's services. Every call rejects with RpcError; a driver without a service answers UNIMPLEMENTED. */
export interface CsiDriver {
  readonly identity: Client<IdentityService>;
  readonly controller: Client<ControllerService>;
  readonly node: Client<NodeService>;
  readonly fence: Client<FenceService>;
  close(): void;
}

export interface ConnectOptions {
  clock: Clock;
  /** Told of every call. */
  metrics?: CsiOperationMetrics | undefined;
}

// A killed driver is back within a second; gRPC's own pauses of up to two minutes would hide that.
const channelOptions = {
  'grpc.initial_reconnect_backoff_ms': 20,
  'grpc.max_reconnect_backoff_ms': 100,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_retries': 0,
  'grpc.max_receive_message_length': -1,
};

/**
 * A client of the driver that listens on the UNIX socket `address`. Connects on the first call, and again
 * after the driver was killed and restarted; a call made while nobody listens rejects with UNAVAILABLE.
 *
 * A call rejects with RpcError, DEADLINE_EXCEEDED after its `timeoutMs`; when its signal aborts, with the abort
 * reason. Either way the driver may still be at work: see `isMaybeInBackground`.
 */
export function connectDriver(address: string, { clock, metrics }: ConnectOptions): CsiDriver {
  const grpc = new GrpcClient(`unix:${address}`, credentials.createInsecure(), channelOptions);
  const caller = { grpc, clock, metrics };
  return {
    identity: bind<IdentityService>(caller, identityDefinition),
    controller: bind<ControllerService>(caller, controllerDefinition),
    node: bind<NodeService>(caller, nodeDefinition),
    fence: bind<FenceService>(caller, fenceDefinition),
    close: () => grpc.close(),
  };
}

interface Caller {
  grpc: GrpcClient;
  clock: Clock;
  metrics: CsiOperationMetrics | undefined;
}

type Definition = Record<string, MethodDefinition<unknown, unknown>>;

function bind<Service>(caller: Caller, definition: object): Client<Service> {
  const methods = Object.entries(definition as Definition).map(([name, method]) => [
    name,
    (request: unknown, options: CallOptions) => callMethod(caller, method, { request, ...options }),
  ]);
  return Object.fromEntries(methods) as Client<Service>;
}

type Call = CallOptions & { request: unknown };

async function callMethod(
  { grpc, clock, metrics }: Caller,
  method: MethodDefinition<unknown, unknown>,
  { request, signal, timeoutMs }: Call,
): Promise<unknown> {
  const what = `CSI call ${method.path}`;
  const startMs = clock.monotonic();
  const ended = (error?: unknown): void =>
    metrics?.ended(method.path, { seconds: (clock.monotonic() - startMs) / 1000, error });
  try {
    const answer = await clock.withTimeout({ what, timeoutMs, signal }, (bounded) =>
      send(grpc, method, { request, signal: bounded }),
    );
    ended();
    return answer;
  } catch (caught) {
    const error =
      caught instanceof TimeoutError ? new RpcError('DEADLINE_EXCEEDED', caught.message, { cause: caught }) : caught;
    ended(error);
    throw error;
  }
}

interface Sending {
  request: unknown;
  signal: AbortSignal;
}

function send(
  grpc: GrpcClient,
  method: MethodDefinition<unknown, unknown>,
  { request, signal }: Sending,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => call.cancel();
    const done = (error: ServiceError | null, response?: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      if (!error) resolve(response);
      else if (signal.aborted) reject(signal.reason);
      else reject(new RpcError(rpcCodeOf(error.code), error.details, { cause: error }));
    };
    const call = grpc.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      new Metadata(),
      done,
    );
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
