// What is the newest state of everything, without asking the store? One watch of the store
// feeds a collection per resource.

import { assert } from '../../base/assert.ts';
import type { Logger } from '../../base/log.ts';
import { entryPages } from '../../kvstore/all-entries.ts';
import { CompactedError, type Entry, type RevisionStore, type StoreEvent } from '../../kvstore/types.ts';
import { keyOf, revisionOf } from '../../kvstore/watch.ts';
import { CacheEvent, Collection } from './collection.ts';
import { slabAllocator } from './slabs.ts';
import { StoredObject } from './stored-object.ts';

export const registryPrefix = '/registry/';

interface Waiter {
  revision: number;
  resolve: () => void;
}

/** Follows the store from its first `run` until the signal of that run aborts. */
export class WatchCache {
  readonly #store: RevisionStore;
  readonly #log: Logger;
  readonly #collections = new Map<string, Collection>();
  readonly #written = new Map<number, StoredObject>();
  #waiters: Waiter[] = [];
  #revision = -1;

  constructor(store: RevisionStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** Revision up to which the cache is complete; -1 before the first load. */
  get revision(): number {
    return this.#revision;
  }

  /** The collection of all keys below `prefix` (`/registry/apps/statefulsets/`). */
  collection(prefix: string): Collection {
    assert(this.#revision >= 0, 'The watch cache is read before it has loaded');
    return this.#collectionAt(prefix, this.#revision);
  }

  #collectionAt(prefix: string, revision: number): Collection {
    let collection = this.#collections.get(prefix);
    if (!collection) {
      collection = new Collection(prefix, revision);
      this.#collections.set(prefix, collection);
    }
    return collection;
  }

  /** The collection, if there is one yet. */
  existing(prefix: string): Collection | undefined {
    return this.#collections.get(prefix);
  }

  /** Loads everything, then follows changes until `signal` aborts; loads anew if it fell behind the store's history. */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        this.#revision = this.#revision < 0 ? await this.#load() : await this.#reload();
        this.#wake();
        await this.#follow(signal);
        return;
      } catch (error) {
        if (!(error instanceof CompactedError)) throw error;
        this.#log.warn('the history of the store was compacted under the watch cache, which lists it anew', { error });
      }
    }
  }

  /** Throws CompactedError. */
  async #follow(signal: AbortSignal): Promise<void> {
    // The whole store is watched, not only the registry: the cache's revision must follow every write.
    for await (const batch of this.#store.watch({ prefix: '', afterRevision: this.#revision, signal })) {
      for (const event of batch) this.#apply(event);
      this.#wake();
    }
  }

  /** Loads everything as of one revision, which it resolves with. Rejects with CompactedError. */
  async #load(): Promise<number> {
    // What a load left that came to nothing may be gone by now.
    this.#collections.clear();
    const allocate = slabAllocator();
    let loaded = 0;
    for await (const { entries, revision } of entryPages(this.#store, { prefix: registryPrefix, isSnapshot: true })) {
      loaded = revision;
      for (const entry of entries)
        this.#collectionAt(prefixOf(entry.key), revision).load(StoredObject.of(entry, allocate));
    }
    return loaded;
  }

  /** The same, when what changed meanwhile can't be told one by one any more: who watches has to start anew. */
  async #reload(): Promise<number> {
    const found = new Map<string, StoredObject[]>();
    let loaded = 0;
    for await (const { entries, revision } of entryPages(this.#store, { prefix: registryPrefix, isSnapshot: true })) {
      loaded = revision;
      for (const entry of entries) {
        const object = this.#written.get(entry.modRevision) ?? this.decode(entry);
        const prefix = prefixOf(object.key);
        const known = found.get(prefix);
        if (known) known.push(object);
        else found.set(prefix, [object]);
      }
    }
    for (const prefix of found.keys()) this.#collectionAt(prefix, loaded);
    for (const [prefix, collection] of this.#collections) collection.reload(found.get(prefix) ?? [], loaded);
    for (const revision of this.#written.keys()) if (revision <= loaded) this.#written.delete(revision);
    return loaded;
  }

  /** Does the cache show everything that the store has acknowledged to anyone? Of a shared store nobody knows without asking it. */
  isCurrent(): boolean {
    return !this.#store.isShared && this.#revision >= this.#store.currentRevision();
  }

  /** Resolves when the cache shows everything that the store has acknowledged to anyone up to now. */
  async caughtUp(signal: AbortSignal): Promise<void> {
    const store = this.#store;
    if (this.isCurrent()) return;
    return this.reached(store.isShared ? await store.latestRevision() : store.currentRevision(), signal);
  }

  /** Resolves when the cache is complete up to `revision`. Rejects with the abort reason. */
  reached(revision: number, signal: AbortSignal): Promise<void> {
    if (this.#revision >= revision) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(signal.reason as Error);
      };
      const waiter: Waiter = {
        revision,
        resolve: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      this.#waiters.push(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Lets the event of a write share the writer's object instead of parsing its bytes again. */
  remember(object: StoredObject): void {
    if (object.revision > this.#revision) this.#written.set(object.revision, object);
  }

  /** The entry as an object; from the cache if that has the same revision. */
  decode(entry: Entry): StoredObject {
    const cached = this.#collections.get(prefixOf(entry.key))?.get(entry.key);
    return cached?.revision === entry.modRevision ? cached : StoredObject.of(entry);
  }

  /** Changes below `prefix` after `revision` and up to `until`, from the store. Rejects with CompactedError. */
  async *replay(prefix: string, { after, until, signal }: ReplayOptions): AsyncGenerator<CacheEvent> {
    if (after >= until) return;
    const done = new AbortController();
    const onAbort = (): void => done.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for await (const batch of this.#store.watch({ prefix: '', afterRevision: after, signal: done.signal })) {
        for (const event of batch) {
          const revision = revisionOf(event);
          if (revision > until) return;
          if (keyOf(event).startsWith(prefix)) yield cacheEvent(event);
          if (revision === until) return;
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      done.abort();
    }
  }

  #apply(event: StoreEvent): void {
    this.#revision = revisionOf(event);
    const key = keyOf(event);
    // Outside the registry are the servers' own notes, which are no objects.
    if (!key.startsWith(registryPrefix)) return;
    const collection = this.collection(prefixOf(key));
    collection.apply(this.#withKnownObjects(event, collection.get(key)));
  }

  #withKnownObjects(event: StoreEvent, cached: StoredObject | undefined): CacheEvent {
    const key = keyOf(event);
    if (event.type === 'delete') {
      const previous = cached ?? StoredObject.of(event.previous);
      return new CacheEvent({ revision: event.revision, key, current: undefined, previous });
    }
    const revision = event.entry.modRevision;
    const current = this.#written.get(revision) ?? StoredObject.of(event.entry);
    this.#written.delete(revision);
    return new CacheEvent({ revision, key, current, previous: cached });
  }

  #wake(): void {
    const ready = this.#waiters.filter((waiter) => waiter.revision <= this.#revision);
    if (ready.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.revision > this.#revision);
    for (const waiter of ready) waiter.resolve();
  }
}

export interface ReplayOptions {
  after: number;
  until: number;
  signal: AbortSignal;
}

function cacheEvent(event: StoreEvent): CacheEvent {
  const previous = event.previous && StoredObject.of(event.previous);
  if (event.type === 'delete') {
    return new CacheEvent({ revision: event.revision, key: event.key, current: undefined, previous });
  }
  const { key, modRevision: revision } = event.entry;
  return new CacheEvent({ revision, key, current: StoredObject.of(event.entry), previous });
}

/** `/registry/apps/statefulsets/` of `/registry/apps/statefulsets/shop/web`. */
function prefixOf(key: string): string {
  const group = key.indexOf('/', registryPrefix.length);
  return key.slice(0, key.indexOf('/', group + 1) + 1);
}
