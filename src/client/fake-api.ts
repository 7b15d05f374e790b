// What does a test talk to where there is no API server? An in-memory Transport with just enough of one:
// revisions, compare-and-swap, finalizers, watches, and faults on command. Knows no kind and validates nothing.

import type { KubeObject } from '../apimachinery/meta.ts';
import { conflict, notFound, StatusError } from '../apimachinery/status-error.ts';
import type { StatusBody } from './status-response.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';
import { type ExecResult, UnreachableError } from './types.ts';

type Stored = KubeObject & { spec?: Record<string, unknown>; status?: unknown };
type Body = Record<string, unknown>;

interface LoggedEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  collection: string;
  object: Stored;
  revision: number;
}

interface DeleteBody {
  preconditions?: { uid?: string; resourceVersion?: string };
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

interface Route {
  /** `/api/v1/pods`: without namespace. */
  collection: string;
  namespace: string | undefined;
  name: string | undefined;
  subresource: string | undefined;
  query: URLSearchParams;
}

/** A fake for tests. Everything happens at once; nothing is durable. */
export class FakeApi implements Transport {
  /** While true, requests reject with UnreachableError. */
  isDown = false;
  /** Every write that arrived: `PATCH /api/v1/…`. */
  readonly writes: string[] = [];
  /** The path of every read that was answered. */
  readonly reads: string[] = [];
  /** Called before each write is carried out; refuses it by throwing a StatusError. */
  beforeWrite: (write: string) => void = () => {};
  readonly #objects = new Map<string, Stored>();
  readonly #log: LoggedEvent[] = [];
  readonly #watches = new Set<{ wake: () => void; isCut: boolean }>();
  #revision = 1;
  #oldestRevision = 0;
  #uids = 0;

  /** Ends every watch; `error` cuts it off instead of closing it. */
  cutWatches(how: 'close' | 'error'): void {
    for (const watch of this.#watches) {
      watch.isCut = how === 'error';
      this.#watches.delete(watch);
      watch.wake();
    }
  }

  /** Forgets history: watches from older revisions are refused with Expired. */
  compact(): void {
    this.#oldestRevision = this.#revision;
  }

  async request({ method, path, body }: TransportRequest, signal: AbortSignal): Promise<TransportResponse> {
    signal.throwIfAborted();
    if (this.isDown) throw new UnreachableError('The fake API is down');
    const route = routeOf(path);
    const input = body ? (JSON.parse(new TextDecoder().decode(body)) as Body) : {};
    if (method === 'GET') this.reads.push(path);
    else this.writes.push(`${method} ${path}`);
    try {
      if (method !== 'GET') this.beforeWrite(`${method} ${path}`);
      if (method === 'GET' && route.query.has('watch')) return this.#watch(route, signal);
      return answer(200, this.#dispatch(method, route, input));
    } catch (error) {
      if (error instanceof StatusError) return answer(error.code, statusOf(error));
      throw error;
    }
  }

  exec(): Promise<ExecResult> {
    return Promise.reject(new StatusError('NotFound', 'The fake API runs nothing'));
  }

  close(): void {
    this.isDown = true;
    this.cutWatches('error');
  }

  #dispatch(method: TransportRequest['method'], route: Route, input: Body): unknown {
    switch (method) {
      case 'GET':
        return route.name ? this.#find(route) : this.#list(route);
      case 'POST':
        return route.subresource === 'binding'
          ? this.#bind(route, input)
          : this.#create(route, input as unknown as Stored);
      case 'PUT':
        return this.#update(route, input as unknown as Stored);
      case 'PATCH':
        return this.#update(route, mergePatch(this.#find(route), input) as Stored);
      case 'DELETE':
        return this.#delete(route, input);
      default:
        return method satisfies never;
    }
  }

  #find(route: Route): Stored {
    const object = this.#objects.get(storeKey(route, route.name ?? ''));
    if (!object) throw notFound(route.collection.split('/').at(-1) ?? '', route.name ?? '');
    return object;
  }

  #list(route: Route): unknown {
    const { collection, namespace, query } = route;
    const all = [...this.#objects]
      .filter(([key, object]) => key.startsWith(`${collection} `) && matches(object, { namespace, query }))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
    const start = Number(query.get('continue') ?? 0);
    const end = start + Number(query.get('limit') ?? all.length);
    const token = end < all.length ? String(end) : undefined;
    return {
      kind: 'List',
      metadata: { resourceVersion: String(this.#revision), continue: token },
      items: all.slice(start, end),
    };
  }

  #create(route: Route, input: Stored): Stored {
    const name = input.metadata.name ?? `${input.metadata.generateName}${++this.#uids}`;
    const key = storeKey(route, name);
    if (this.#objects.has(key)) throw new StatusError('AlreadyExists', `"${name}" already exists`);
    const uid = input.metadata.uid ?? `uid-${++this.#uids}`;
    const metadata = { ...input.metadata, name, uid, creationTimestamp: '2026-01-01T00:00:00Z' };
    return this.#store('ADDED', { key, collection: route.collection }, { ...input, metadata });
  }

  #update(route: Route, input: Stored): Stored {
    const old = this.#find(route);
    const { uid, resourceVersion } = input.metadata;
    const isStale = resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion;
    if (isStale || (uid !== undefined && uid !== old.metadata.uid))
      throw conflict(route.collection, old.metadata.name, 'stale');
    const next = route.subresource === 'status' ? { ...old, status: input.status } : { ...input, status: old.status };
    const key = storeKey(route, old.metadata.name);
    if (next.metadata.deletionTimestamp && hasFinalizers(old) && !hasFinalizers(next)) return this.#remove(route, next);
    if (JSON.stringify(next) === JSON.stringify(old)) return old;
    return this.#store('MODIFIED', { key, collection: route.collection }, next);
  }

  #bind(route: Route, { target }: { target?: { name?: string } }): unknown {
    const pod = this.#find(route);
    const next = { ...pod, spec: { ...pod.spec, nodeName: target?.name } };
    this.#store('MODIFIED', { key: storeKey(route, pod.metadata.name), collection: route.collection }, next);
    return { kind: 'Status', status: 'Success' };
  }

  #delete(route: Route, { preconditions, gracePeriodSeconds, propagationPolicy }: DeleteBody): Stored {
    const old = this.#find(route);
    const { uid = old.metadata.uid, resourceVersion = old.metadata.resourceVersion } = preconditions ?? {};
    if (uid !== old.metadata.uid || resourceVersion !== old.metadata.resourceVersion)
      throw conflict(route.collection, old.metadata.name, 'stale');
    const added =
      propagationPolicy === 'Orphan' ? ['orphan'] : propagationPolicy === 'Foreground' ? ['foregroundDeletion'] : [];
    const finalizers = [...new Set([...(old.metadata.finalizers ?? []), ...added])];
    // A pod on a node waits for its agent.
    const isRunning =
      route.collection === '/api/v1/pods' && Boolean(old.spec?.['nodeName']) && gracePeriodSeconds !== 0;
    if (finalizers.length === 0 && !hasFinalizers(old) && !isRunning) return this.#remove(route, old);
    const { deletionTimestamp, deletionGracePeriodSeconds } = old.metadata;
    const isGraceNew = gracePeriodSeconds !== undefined && gracePeriodSeconds !== deletionGracePeriodSeconds;
    if (deletionTimestamp && !isGraceNew) return old;
    const metadata = {
      ...old.metadata,
      finalizers,
      deletionTimestamp: '2026-01-01T00:00:00Z',
      ...(isGraceNew && { deletionGracePeriodSeconds: gracePeriodSeconds }),
    };
    return this.#store(
      'MODIFIED',
      { key: storeKey(route, old.metadata.name), collection: route.collection },
      { ...old, metadata },
    );
  }

  #remove(route: Route, object: Stored): Stored {
    const key = storeKey(route, object.metadata.name);
    this.#store('DELETED', { key, collection: route.collection }, object);
    this.#objects.delete(key);
    return object;
  }

  #store(type: LoggedEvent['type'], { key, collection }: { key: string; collection: string }, object: Stored): Stored {
    this.#revision += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#revision) };
    // Through JSON, so that no caller shares memory with the store.
    const stored = JSON.parse(JSON.stringify({ ...object, metadata })) as Stored;
    this.#objects.set(key, stored);
    this.#log.push({ type, collection, object: stored, revision: this.#revision });
    for (const watch of this.#watches) watch.wake();
    return stored;
  }

  #watch(route: Route, signal: AbortSignal): TransportResponse {
    const after = Number(route.query.get('resourceVersion') ?? 0);
    if (after < this.#oldestRevision) throw new StatusError('Expired', `too old resource version: ${after}`);
    return { status: 200, headers: {}, body: this.#stream(route, { after, signal }) };
  }

  async *#stream(route: Route, { after, signal }: { after: number; signal: AbortSignal }): AsyncGenerator<Uint8Array> {
    const watch = { wake: (): void => {}, isCut: false };
    this.#watches.add(watch);
    const onAbort = (): void => watch.wake();
    signal.addEventListener('abort', onAbort, { once: true });
    let shown = after;
    try {
      for (;;) {
        signal.throwIfAborted();
        const news = this.#log.filter((event) => event.revision > shown && event.collection === route.collection);
        for (const { type, object, revision } of news) {
          shown = revision;
          if (matches(object, route)) yield new TextEncoder().encode(`${JSON.stringify({ type, object })}\n`);
        }
        if (watch.isCut) throw new UnreachableError('The fake watch was cut');
        if (!this.#watches.has(watch)) return;
        if (news.length === 0) await new Promise<void>((resolve) => Object.assign(watch, { wake: resolve }));
      }
    } finally {
      this.#watches.delete(watch);
      signal.removeEventListener('abort', onAbort);
    }
  }
}

function statusOf({ code, reason, message, details }: StatusError): StatusBody {
  return { kind: 'Status', status: 'Failure', code, reason, message, ...(details && { details }) };
}

function routeOf(path: string): Route {
  const url = new URL(path, 'http://fake');
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const prefix = parts.splice(0, parts[0] === 'api' ? 2 : 3);
  // `/namespaces/x` names a Namespace, `/namespaces/x/pods` its pods.
  const isInside = parts[0] === 'namespaces' && parts.length > 2 && !['status', 'finalize'].includes(parts[2] ?? '');
  const [, namespace] = isInside ? parts.splice(0, 2) : [];
  const [plural, name, subresource] = parts;
  return { collection: `/${prefix.join('/')}/${plural}`, namespace, name, subresource, query: url.searchParams };
}

/** In the metadata, or in the spec as a Namespace has them. */
function hasFinalizers({ metadata, spec }: Stored): boolean {
  return (metadata.finalizers ?? []).length > 0 || Boolean((spec?.['finalizers'] as unknown[] | undefined)?.length);
}

function storeKey({ collection, namespace }: Route, name: string): string {
  return `${collection} ${namespace ?? ''}/${name}`;
}

function matches(object: Stored, { namespace, query }: Pick<Route, 'namespace' | 'query'>): boolean {
  if (namespace !== undefined && object.metadata.namespace !== namespace) return false;
  const terms = query.get('labelSelector')?.split(',') ?? [];
  return terms.every((term) => object.metadata.labels?.[term.split('=')[0] ?? ''] === term.split('=')[1]);
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Body = isObject(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = mergePatch(merged[field], value);
  }
  return merged;
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function answer(status: number, body: unknown): TransportResponse {
  const encoded = new TextEncoder().encode(JSON.stringify(body));
  async function* once(): AsyncGenerator<Uint8Array> {
    yield encoded;
  }
  return { status, headers: {}, body: once() };
}
