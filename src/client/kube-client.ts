// How does a typed call become a request, and an answer an object?

import { apiVersionOf, type KubeObject, keyOf, type Resource } from '../apimachinery/meta.ts';
import { isStatus, StatusError } from '../apimachinery/status-error.ts';
import { type Clock, TimeoutError } from '../base/clock.ts';
import { readLines, readText } from './body.ts';
import { type Discoverer, discoverResources } from './discovery.ts';
import { collectionPath, execPath, listPath, objectPath, watchPath } from './request-path.ts';
import { type StatusBody, statusErrorOf, statusErrorOfAnswer } from './status-response.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';
import { type Client, UnreachableError, type WatchEvent } from './types.ts';
import { WriteLog } from './write-log.ts';

export interface ClientOptions {
  transport: Transport;
  clock: Clock;
  /** A request without an answer for so long rejects with UnreachableError. */
  requestTimeoutMs?: number;
  /** Of another client of the same process: informers then wait for this one's writes too. */
  writes?: WriteLog;
}

/** A Client that can also say which resources the server has, and what this process wrote. */
export interface KubeClient extends Client, Discoverer {
  readonly writes: WriteLog;
}

interface ListBody<T> {
  items?: T[];
  metadata?: { resourceVersion?: string; continue?: string };
}

/** The typed client over `transport`. */
export function createClient({
  transport,
  clock,
  requestTimeoutMs = 10_000,
  writes = new WriteLog(),
}: ClientOptions): KubeClient {
  const caller = new Caller(transport, { clock, requestTimeoutMs });
  const written = <T extends KubeObject>(resource: Resource<T>, object: T): T => {
    // A binding is answered by a Status, which has no revision.
    writes.noteWrite(resource, object.metadata?.resourceVersion);
    return object;
  };

  return {
    writes,
    get: (resource, at, signal) => caller.json({ method: 'GET', path: objectPath(resource, at) }, signal),
    async list<T extends KubeObject>(
      resource: Resource<T>,
      options: Parameters<Client['list']>[1],
      signal: AbortSignal,
    ) {
      const body = await caller.json<ListBody<T>>({ method: 'GET', path: listPath(resource, options) }, signal);
      const items = (body.items ?? []).map((item) => withType(resource, item));
      return {
        items,
        resourceVersion: body.metadata?.resourceVersion ?? '',
        continue: body.metadata?.continue || undefined,
      };
    },
    async create(...[resource, object, signal, options]) {
      const { namespace, name } = object.metadata;
      const path = options?.subresource
        ? objectPath(resource, { namespace, name: name ?? '' }, options.subresource)
        : collectionPath(resource, namespace);
      return written(resource, await caller.json({ method: 'POST', path, body: withType(resource, object) }, signal));
    },
    async update(...[resource, object, signal, options]) {
      const path = objectPath(resource, object.metadata, options?.subresource);
      return written(resource, await caller.json({ method: 'PUT', path, body: withType(resource, object) }, signal));
    },
    async patch<T extends KubeObject>(
      resource: Resource<T>,
      { at, body, subresource }: Parameters<Client['patch']>[1],
      signal: AbortSignal,
    ) {
      const path = objectPath(resource, at, subresource);
      const call: Call = { method: 'PATCH', path, body, contentType: mergePatch };
      return written(resource, await caller.json<T>(call, signal).catch(otherObject));
    },
    async delete(resource, { at, uid, resourceVersion, gracePeriodSeconds, propagationPolicy }, signal) {
      const preconditions = uid || resourceVersion ? { uid, resourceVersion } : undefined;
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds, propagationPolicy, preconditions };
      const answer = await caller.json<KubeObject & StatusBody>(
        { method: 'DELETE', path: objectPath(resource, at), body },
        signal,
      );
      if (answer.kind !== 'Status') writes.noteWrite(resource, answer.metadata?.resourceVersion);
      const deletedUid = uid ?? answer.metadata?.uid ?? answer.details?.uid;
      if (deletedUid) writes.noteDelete(resource, { key: keyOf({ metadata: at }), uid: deletedUid });
    },
    watch: (resource, options, signal) => caller.watch({ resource, path: watchPath(resource, options) }, signal),
    exec: (options, signal) => transport.exec(execPath(options), signal),
    discover: (signal) => discoverResources((path) => caller.json({ method: 'GET', path }, signal)),
    close: () => transport.close(),
  };
}

/** A patch that names another UID was meant for another object. The API calls it Invalid, as the patch itself changes the UID. */
function otherObject(error: unknown): never {
  const isOther =
    isStatus(error, 'Invalid') && error.details?.causes?.some(({ field }) => field === 'metadata.uid') === true;
  throw isOther
    ? new StatusError('Conflict', error.message, { cause: error, ...(error.details && { details: error.details }) })
    : error;
}

const mergePatch = 'application/merge-patch+json';

interface Call {
  method: TransportRequest['method'];
  path: string;
  body?: unknown;
  contentType?: string;
}

class Caller {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #timeoutMs: number;

  constructor(transport: Transport, { clock, requestTimeoutMs }: { clock: Clock; requestTimeoutMs: number }) {
    this.#transport = transport;
    this.#clock = clock;
    this.#timeoutMs = requestTimeoutMs;
  }

  async json<R>(call: Call, signal: AbortSignal): Promise<R> {
    const text = await this.#bounded(call, signal, async (bounded) => {
      const response = await this.#transport.request(requestOf(call), bounded);
      const body = await readText(response.body);
      if (response.status >= 300) throw statusErrorOfAnswer(response.status, body);
      return body;
    });
    return JSON.parse(text) as R;
  }

  async *watch<T extends KubeObject>(
    { resource, path }: { resource: Resource<T>; path: string },
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent<T>> {
    // The time limit is for the head of the answer; the stream itself lasts as long as `signal`.
    const stream = new AbortController();
    const onAbort = (): void => stream.abort(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const response = await this.#open({ method: 'GET', path }, { signal, stream });
      if (response.status >= 300) throw statusErrorOfAnswer(response.status, await readText(response.body));
      for await (const line of readLines(response.body)) yield watchEventOf(resource, line);
    } finally {
      signal.removeEventListener('abort', onAbort);
      // Tells the transport that nobody reads on.
      stream.abort(new UnreachableError(`Watch of ${path} was left`));
    }
  }

  #open(call: Call, { signal, stream }: { signal: AbortSignal; stream: AbortController }): Promise<TransportResponse> {
    return this.#bounded(call, signal, async (bounded) => {
      const onExpiry = (): void => stream.abort(bounded.reason);
      bounded.addEventListener('abort', onExpiry, { once: true });
      try {
        return await this.#transport.request(requestOf(call), stream.signal);
      } finally {
        bounded.removeEventListener('abort', onExpiry);
      }
    });
  }

  async #bounded<R>(call: Call, signal: AbortSignal, task: (bounded: AbortSignal) => Promise<R>): Promise<R> {
    signal.throwIfAborted();
    const what = `${call.method} ${call.path}`;
    try {
      return await this.#clock.withTimeout({ what, timeoutMs: this.#timeoutMs, signal }, task);
    } catch (error) {
      if (error instanceof TimeoutError && !signal.aborted) throw new UnreachableError(error.message, { cause: error });
      throw error;
    }
  }
}

function requestOf({ method, path, body, contentType = 'application/json' }: Call): TransportRequest {
  const accept = { accept: 'application/json' };
  if (body === undefined) return { method, path, headers: accept };
  const encoded = new TextEncoder().encode(JSON.stringify(body));
  return { method, path, headers: { ...accept, 'content-type': contentType }, body: encoded };
}

function withType<T extends KubeObject, O extends { apiVersion?: string; kind?: string }>(
  resource: Resource<T>,
  object: O,
): O {
  // Lists carry no type on their items, and drafts seldom do; owner references and events need it.
  if (object.kind && object.apiVersion) return object;
  return { ...object, apiVersion: object.apiVersion ?? apiVersionOf(resource), kind: object.kind ?? resource.kind };
}

function watchEventOf<T extends KubeObject>(resource: Resource<T>, line: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type: string; object: T & StatusBody };
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: withType(resource, event.object) };
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: event.object.metadata.resourceVersion };
    case 'ERROR':
      throw statusErrorOf(event.object);
    default:
      throw new UnreachableError(`The server sent a watch event of unknown type "${event.type}"`);
  }
}
