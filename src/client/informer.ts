// What does the API hold right now? A cache of one resource, filled by list and kept by watch.
// Models k8s.io/client-go/tools/cache Reflector.

import { groupResourceOf, type KubeObject, type Resource } from '../apimachinery/meta.ts';
import { isStatus, StatusError } from '../apimachinery/status-error.ts';
import { abortable } from '../base/abortable.ts';
import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import { ObjectCache } from './object-cache.ts';
import {
  type Change,
  type Client,
  type Informer,
  type ListOptions,
  UnreachableError,
  type WatchEvent,
} from './types.ts';

export interface InformerDeps {
  client: Client;
  clock: Clock;
  random: Random;
  log: Logger;
}

export type InformerScope = Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'>;

const pageSize = 500;
const initialBackoffMs = 50;
const maxBackoffMs = 2_000;
// A server that ends every watch at once must not be asked again without pause.
const shortWatchMs = 500;

/** An informer of one resource, or of the part of it that `scope` selects. Starts nothing before `run`. */
export class ResourceInformer<T extends KubeObject> implements Informer<T> {
  readonly resource: Resource<T>;
  readonly #scope: InformerScope;
  readonly #deps: InformerDeps;
  readonly #cache = new ObjectCache<T>();
  readonly #listeners: ((change: Change<T>) => void)[] = [];
  readonly #progressWaiters = new Set<() => void>();
  #revision: string | undefined;
  #isSynced = false;
  #lastContactMs = Number.NEGATIVE_INFINITY;

  constructor(resource: Resource<T>, deps: InformerDeps, scope: InformerScope = {}) {
    this.resource = resource;
    this.#deps = deps;
    this.#scope = scope;
  }

  get(key: string): T | undefined {
    return this.#cache.get(key);
  }

  list(namespace?: string): T[] {
    return this.#cache.list(namespace);
  }

  onChange(listener: (change: Change<T>) => void): void {
    this.#listeners.push(listener);
    for (const object of this.#cache.list()) listener({ type: 'added', object, previous: undefined });
  }

  async synced(signal: AbortSignal): Promise<void> {
    while (!this.#isSynced) await this.progress(signal);
  }

  /** Resolves after the next list, event or bookmark. */
  async progress(signal: AbortSignal): Promise<void> {
    let resolveProgress = (): void => {};
    const progress = new Promise<void>((resolve) => {
      resolveProgress = resolve;
      this.#progressWaiters.add(resolve);
    });
    try {
      await abortable(progress, signal);
    } finally {
      this.#progressWaiters.delete(resolveProgress);
    }
  }

  lastContactMs(): number {
    return this.#lastContactMs;
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** The revision that the cache shows; 0 before the first list. */
  shownRevision(): number {
    return Number(this.#revision ?? 0);
  }

  /** Lists and watches until `signal` aborts; resolves then. Rejects only if a listener throws. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#deps;
    let failures = 0;
    let mustList = true;
    let isResuming = false;
    while (!signal.aborted) {
      const startMs = clock.monotonic();
      try {
        if (mustList) await this.#relist(signal);
        mustList = false;
        if (failures > 0) log.info('Informer is in contact again', { resource: groupResourceOf(this.resource) });
        failures = 0;
        await this.#watch(signal);
        if (clock.monotonic() - startMs < shortWatchMs) await clock.sleep(initialBackoffMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof StatusError) && !(error instanceof UnreachableError)) throw error;
        // A watch that broke off goes on where it was, perhaps at another server. If that can't be, the list tells more.
        isResuming = error instanceof UnreachableError && !mustList && !(isResuming && this.#lastContactMs < startMs);
        mustList = !isResuming;
        if (isStatus(error, 'NotFound')) this.#beEmpty();
        failures += isResuming ? 0 : 1;
        if (failures === 1 && !isResuming && !isStatus(error, 'Expired', 'Gone', 'NotFound')) {
          log.warn('Informer lost contact', { resource: groupResourceOf(this.resource), error });
        }
        await this.#pause(
          Math.max(1, failures),
          { initialMs: initialBackoffMs, maxMs: maxBackoffMs, jitter: 0.5, random },
          signal,
        );
      }
    }
  }

  async #pause(failures: number, options: Parameters<typeof backoffMs>[1], signal: AbortSignal): Promise<void> {
    try {
      await this.#deps.clock.sleep(backoffMs(failures, options), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #relist(signal: AbortSignal): Promise<void> {
    const { client } = this.#deps;
    const items: T[] = [];
    let page = await client.list(this.resource, { ...this.#scope, limit: pageSize }, signal);
    // All pages show one revision, which the first one names.
    const { resourceVersion } = page;
    items.push(...page.items);
    while (page.continue) {
      page = await client.list(this.resource, { ...this.#scope, limit: pageSize, continue: page.continue }, signal);
      items.push(...page.items);
    }
    const changes = this.#cache.replace(items);
    this.#isSynced = true;
    this.#moveTo(resourceVersion, changes);
  }

  /** The server does not have the resource, or not yet: there are no objects of it. Nobody must wait for its first list. */
  #beEmpty(): void {
    const changes = this.#cache.replace([]);
    this.#isSynced = true;
    this.#moveTo(this.#revision ?? '0', changes);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const resourceVersion = this.#revision ?? '0';
    for await (const event of this.#deps.client.watch(this.resource, { ...this.#scope, resourceVersion }, signal)) {
      if (event.type === 'BOOKMARK') this.#moveTo(event.resourceVersion, []);
      else this.#moveTo(event.object.metadata.resourceVersion, this.#take(event));
    }
  }

  #take(event: Exclude<WatchEvent<T>, { type: 'BOOKMARK' }>): Change<T>[] {
    return event.type === 'DELETED' ? this.#cache.remove(event.object) : this.#cache.put(event.object);
  }

  #moveTo(revision: string, changes: Change<T>[]): void {
    this.#revision = revision;
    this.#lastContactMs = this.#deps.clock.monotonic();
    for (const change of changes) for (const listener of this.#listeners) listener(change);
    const waiters = [...this.#progressWaiters];
    this.#progressWaiters.clear();
    for (const resolve of waiters) resolve();
  }

  /** Does the cache still show the object `uid` at `key` as if nobody had deleted it? */
  showsUndeleted(key: string, uid: string): boolean {
    const object = this.#cache.get(key);
    return object?.metadata.uid === uid && object.metadata.deletionTimestamp === undefined;
  }
}
