// What can a controller do with the API? The contracts of client, informer and recorder.

import type { Draft, KubeObject, ObjectMeta, Resource } from '../apimachinery/meta.ts';

/** Names one object; `namespace` only for namespaced resources. */
export interface ObjectName {
  namespace?: string | undefined;
  name: string;
}

export interface ListOptions {
  namespace?: string | undefined;
  /** `app=web,tier in (a,b)`. */
  labelSelector?: string;
  /** `spec.nodeName=node-1`. */
  fieldSelector?: string;
  limit?: number;
  continue?: string;
}

export interface ListResult<T> {
  items: T[];
  resourceVersion: string;
  continue: string | undefined;
}

export type Subresource = 'status' | 'scale' | 'binding' | 'finalize' | 'token' | 'approval';

export interface WriteOptions {
  subresource?: Subresource;
}

export interface DeleteOptions {
  /** The delete is refused with Conflict if the object has another UID. */
  uid?: string;
  resourceVersion?: string;
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

export interface WatchOptions extends Omit<ListOptions, 'limit' | 'continue'> {
  resourceVersion: string;
}

export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  | { type: 'BOOKMARK'; resourceVersion: string };

export interface ExecOptions {
  namespace: string;
  podName: string;
  container?: string | undefined;
  command: string[];
}

export interface ExecResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/**
 * The API as a typed client sees it. Every method rejects with StatusError when the server refuses,
 * with the abort reason when `signal` aborts, and with UnreachableError when no answer came.
 */
export interface Client {
  get<T extends KubeObject>(resource: Resource<T>, at: ObjectName, signal: AbortSignal): Promise<T>;
  list<T extends KubeObject>(resource: Resource<T>, options: ListOptions, signal: AbortSignal): Promise<ListResult<T>>;
  /** POST. With a subresource the object is what that takes, as a Binding for `pods/binding`. */
  create<T extends KubeObject>(
    resource: Resource<T>,
    object: Draft<T>,
    signal: AbortSignal,
    options?: WriteOptions,
  ): Promise<T>;
  /** PUT. The object's resourceVersion makes it a compare-and-swap: a stale one is refused with Conflict. */
  update<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    signal: AbortSignal,
    options?: WriteOptions,
  ): Promise<T>;
  /** JSON merge patch. Put `metadata: { uid, resourceVersion }` in `body` to make it a compare-and-swap. */
  patch<T extends KubeObject>(
    resource: Resource<T>,
    patch: { at: ObjectName; body: unknown; subresource?: Subresource },
    signal: AbortSignal,
  ): Promise<T>;
  /** Resolves once the server has accepted the deletion; finalizers may keep the object for a while. */
  delete<T extends KubeObject>(
    resource: Resource<T>,
    target: { at: ObjectName } & DeleteOptions,
    signal: AbortSignal,
  ): Promise<void>;
  /** Ends when the server closes the stream; rejects with StatusError `Expired` if the resourceVersion is gone. */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    options: WatchOptions,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  /** Runs a command in a container. Aborting stops waiting and closes the stream. */
  exec(options: ExecOptions, signal: AbortSignal): Promise<ExecResult>;
  /** Closes connections. */
  close(): void;
}

/** No answer came: the server is down or the network is. Whether the request took effect is unknown. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** A read-only view of an informer's cache. Objects are shared: never change them. */
export interface Lister<T extends KubeObject> {
  /** By key: `namespace/name`, or `name` if cluster-scoped. */
  get(key: string): T | undefined;
  /** Sorted by key; all namespaces unless one is named. */
  list(namespace?: string): T[];
}

export interface Change<T extends KubeObject> {
  type: 'added' | 'modified' | 'deleted';
  object: T;
  /** The object before; undefined when added. */
  previous: T | undefined;
}

export interface Informer<T extends KubeObject> extends Lister<T> {
  /** Calls `listener` for every change from now on, after an 'added' for each object already known. */
  onChange(listener: (change: Change<T>) => void): void;
  /** Resolves when the first list is in the cache. */
  synced(signal: AbortSignal): Promise<void>;
  /** Monotonic time (clock.monotonic()) of the last successful list, event or bookmark; -Infinity before the first. */
  lastContactMs(): number;
}

/** One shared informer per resource. */
export interface Informers {
  /** The informer of `resource`, started on first use. */
  of<T extends KubeObject>(resource: Resource<T>): Informer<T>;
  /**
   * Resolves when every informer asked for so far has its first list and shows all that this process wrote
   * through its client. `keyedController` waits for it before each pass. A watch that lags for more than
   * two seconds is not waited for.
   */
  caughtUp?(signal: AbortSignal): Promise<void>;
}

export type EventType = 'Normal' | 'Warning';

export interface Recorder {
  /** Records an Event about `object`; repeats of the same event only raise its count. Never rejects. */
  event(object: EventTarget, event: { type: EventType; reason: string; message: string; action?: string }): void;
}

export interface EventTarget {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata: Pick<ObjectMeta, 'name' | 'uid'> & { namespace?: string | undefined; resourceVersion?: string | undefined };
}
