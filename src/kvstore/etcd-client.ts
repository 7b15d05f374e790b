// How does a call reach etcd? Over the endpoint that answered last, else over the next one; reads are made again
// until their time is up, writes only while it is certain that they were not carried out.

import { setMaxListeners } from 'node:events';
import {
  type ClientDuplexStream,
  connectivityState,
  credentials,
  Client as GrpcClient,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { backoffMs } from '../base/backoff.ts';
import { type Clock, TimeoutError } from '../base/clock.ts';
import type { TlsIdentity } from '../base/tls.ts';
import { StoreForbiddenError } from './errors.ts';
import { unknownOutcome, unreachable, type Verdict, verdictOn } from './etcd-errors.ts';
import type { Method } from './etcd-protocol.ts';

export interface EtcdClientOptions {
  /** `https://127.0.0.1:2379`; `http` without TLS. */
  endpoints: readonly string[];
  /** The client's certificate, and the authority of the servers' ones. Needed for `https`. */
  tls?: TlsIdentity | undefined;
  clock: Clock;
  /** A call, with all its attempts, takes at most this long; 10 s unless told otherwise. */
  requestTimeoutMs?: number;
}

/** A read of a revision that is gone or not there yet. */
export class RevisionError extends Error {
  override readonly name = 'RevisionError';
  readonly verdict: 'compacted' | 'future';

  constructor(verdict: 'compacted' | 'future') {
    super(`The revision is ${verdict}`);
    this.verdict = verdict;
  }
}

interface Endpoint {
  url: string;
  grpc: GrpcClient;
}

// A killed member is back within seconds; gRPC's own pauses of up to two minutes would hide that.
const channelOptions = {
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.min_reconnect_backoff_ms': 50,
  'grpc.enable_retries': 0,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // A member behind a cut cable says nothing: ask, so that watches move on.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
};

const connectTimeoutMs = 2000;
const pause = { initialMs: 20, maxMs: 500 };

export class EtcdClient {
  readonly #endpoints: Endpoint[];
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #lifetime = new AbortController();
  #preferred = 0;

  constructor({ endpoints, tls, clock, requestTimeoutMs = 10_000 }: EtcdClientOptions) {
    // One listener for each call in flight is no leak.
    setMaxListeners(0, this.#lifetime.signal);
    if (endpoints.length === 0) throw new RangeError('Cannot use etcd without an endpoint');
    this.#clock = clock;
    this.#timeoutMs = requestTimeoutMs;
    this.#endpoints = endpoints.map((url) => ({ url, grpc: connect(url, tls) }));
  }

  /** Makes one call. Rejects with RevisionError or one of the store's errors. */
  async call<Request, Response>(method: Method<Request, Response>, request: Request): Promise<Response> {
    const deadline = this.#clock.monotonic() + this.#timeoutMs;
    const attempts: { endpoint: string; why: string }[] = [];
    for (let failures = 1; ; failures++) {
      const endpoint = this.#endpoint();
      const verdict = await this.#attempt(endpoint, { method, request, leftMs: deadline - this.#clock.monotonic() });
      if (verdict.type === 'answered') return verdict.response;
      if (verdict.type === 'refused') throw verdict.error;
      if (verdict.type === 'compacted' || verdict.type === 'future') throw new RevisionError(verdict.type);
      if (verdict.type === 'unknown' && !method.isRead) throw unknownOutcome(endpoint.url, verdict.why);
      this.moveOn();
      attempts.push({ endpoint: endpoint.url, why: verdict.why });
      const delayMs = backoffMs(failures, pause);
      const isOver = this.#clock.monotonic() + delayMs >= deadline;
      const failure = unreachable(attempts.slice(-this.#endpoints.length));
      // Where none of them accepts this client, trying again changes nothing.
      const isForbidden = failures >= this.#endpoints.length && failure instanceof StoreForbiddenError;
      if (isOver || isForbidden || this.#lifetime.signal.aborted) throw failure;
      await this.#clock.sleep(delayMs, this.#lifetime.signal);
    }
  }

  /** Opens a stream on an endpoint that is connected. Rejects with StoreUnavailableError after one round. */
  async stream<Request, Response>(method: Method<Request, Response>): Promise<ClientDuplexStream<Request, Response>> {
    const attempts: { endpoint: string; why: string }[] = [];
    for (const _ of this.#endpoints) {
      const endpoint = this.#endpoint();
      const why = await this.#connected(endpoint, connectTimeoutMs);
      if (why === undefined)
        return endpoint.grpc.makeBidiStreamRequest(method.path, method.serialize, method.deserialize, requireLeader());
      attempts.push({ endpoint: endpoint.url, why });
      this.moveOn();
    }
    throw unreachable(attempts);
  }

  /** The next call goes to the next endpoint. */
  moveOn(): void {
    this.#preferred += 1;
  }

  close(): void {
    this.#lifetime.abort(new Error('The store is closed'));
    for (const { grpc } of this.#endpoints) grpc.close();
  }

  #endpoint(): Endpoint {
    return this.#endpoints[this.#preferred % this.#endpoints.length] as Endpoint;
  }

  async #attempt<Request, Response>(
    endpoint: Endpoint,
    { method, request, leftMs }: { method: Method<Request, Response>; request: Request; leftMs: number },
  ): Promise<Verdict | { type: 'answered'; response: Response }> {
    // What is sent only over a connection that stands has certainly not arrived if there is none.
    const why = await this.#connected(endpoint, Math.max(1, Math.min(leftMs, connectTimeoutMs)));
    if (why !== undefined) return { type: 'not-done', why };
    const what = `etcd call ${method.path}`;
    try {
      const response = await this.#clock.withTimeout(
        { what, timeoutMs: Math.max(1, leftMs), signal: this.#lifetime.signal },
        (signal) => unary(endpoint.grpc, { method, request, signal }),
      );
      return { type: 'answered', response };
    } catch (error) {
      if (error instanceof TimeoutError) return { type: 'unknown', why: error.message };
      if (this.#lifetime.signal.aborted) return { type: 'unknown', why: 'the store is being closed' };
      return verdictOn(error as ServiceError, endpoint.url);
    }
  }

  /**
   * Undefined if a call may be made: then the connection stands, or has just failed and the call will say why.
   * Else why there is no connection.
   */
  async #connected({ grpc, url }: Endpoint, timeoutMs: number): Promise<string | undefined> {
    const channel = grpc.getChannel();
    const deadline = this.#clock.now() + timeoutMs;
    while (!this.#lifetime.signal.aborted) {
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY || state === connectivityState.TRANSIENT_FAILURE) return undefined;
      const isChanged = await new Promise<boolean>((resolve) => {
        channel.watchConnectivityState(state, deadline, (error) => resolve(!error));
      });
      if (!isChanged) return `no connection to ${new URL(url).host} within ${Math.round(timeoutMs)} ms`;
    }
    return 'the store is closed';
  }
}

function connect(url: string, tls: TlsIdentity | undefined): GrpcClient {
  const { protocol, host } = parseEndpoint(url);
  if (protocol === 'http:') return new GrpcClient(host, credentials.createInsecure(), channelOptions);
  if (!tls) throw new RangeError(`Cannot use the etcd endpoint ${url}: https needs a client certificate`);
  const { ca, key, cert } = tls;
  return new GrpcClient(
    host,
    credentials.createSsl(Buffer.from(ca), Buffer.from(key), Buffer.from(cert)),
    channelOptions,
  );
}

/** Ends the stream when the member loses its leader: a watch must not wait in a part of the cluster that is cut off. */
function requireLeader(): Metadata {
  const metadata = new Metadata();
  metadata.set('hasleader', 'true');
  return metadata;
}

function parseEndpoint(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && (parsed.protocol === 'http:' || parsed.protocol === 'https:') && parsed.host !== '') return parsed;
  throw new RangeError(
    `Cannot use the etcd endpoint ${JSON.stringify(url)}: give a URL such as https://127.0.0.1:2379`,
  );
}

function unary<Request, Response>(
  grpc: GrpcClient,
  { method, request, signal }: { method: Method<Request, Response>; request: Request; signal: AbortSignal },
): Promise<Response> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = (): void => call.cancel();
    const call = grpc.makeUnaryRequest<Request, Response>(
      method.path,
      method.serialize,
      method.deserialize,
      request,
      new Metadata(),
      (error, response) => {
        signal.removeEventListener('abort', onAbort);
        if (!error) resolve(response as Response);
        else reject(signal.aborted ? (signal.reason as Error) : error);
      },
    );
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
