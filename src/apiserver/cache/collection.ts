// Which objects of one resource exist now, and what happened to them lately?

import type { StoredObject } from './stored-object.ts';

/** One change to one object, shared by all who watch. */
export class CacheEvent {
  readonly revision: number;
  readonly key: string;
  /** After the change; undefined if it was a deletion. */
  readonly current: StoredObject | undefined;
  readonly previous: StoredObject | undefined;
  #tombstone: StoredObject | undefined;

  constructor({ revision, key, current, previous }: Pick<CacheEvent, 'revision' | 'key' | 'current' | 'previous'>) {
    this.revision = revision;
    this.key = key;
    this.current = current;
    this.previous = previous;
  }

  /** The object before, at this revision: what a DELETED event shows. */
  get tombstone(): StoredObject | undefined {
    this.#tombstone ??= this.previous?.at(this.revision);
    return this.#tombstone;
  }
}

export interface EventSink {
  offer(event: CacheEvent): void;
  /** Changes were missed: there will be no more. Who lacks this gets what differs instead. */
  missed?(): void;
}

/** Recent changes that are kept for watchers that come back; older ones are read from the store. */
const historyMax = 1024;

/** Objects, recent history and watchers of one resource. */
export class Collection {
  readonly prefix: string;
  readonly sinks = new Set<EventSink>();
  readonly #objects = new Map<string, StoredObject>();
  #sortedKeys: string[] = [];
  #history: CacheEvent[] = [];
  /** History holds every change after this revision. */
  #historyFrom: number;

  constructor(prefix: string, revision: number) {
    this.prefix = prefix;
    this.#historyFrom = revision;
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Of the newest change to any of its objects, or at least as new. */
  get revision(): number {
    return this.#history.at(-1)?.revision ?? this.#historyFrom;
  }

  get(key: string): StoredObject | undefined {
    return this.#objects.get(key);
  }

  /** Objects whose key starts with `prefix`, in key order, after `startAfter`. */
  *below(prefix: string, startAfter = ''): Generator<StoredObject> {
    const from = startAfter > prefix ? startAfter : prefix;
    const keys = this.#sortedKeys;
    for (let i = firstIndexAfter(keys, from); i < keys.length; i++) {
      const key = keys[i] as string;
      if (!key.startsWith(prefix)) return;
      yield this.#objects.get(key) as StoredObject;
    }
  }

  /** How many keys start with `prefix` and are greater than `after`. */
  countBelow(prefix: string, after: string): number {
    // No key has a character as great as this one.
    const end = firstIndexAfter(this.#sortedKeys, `${prefix}\uffff`);
    return end - firstIndexAfter(this.#sortedKeys, after > prefix ? after : prefix);
  }

  /** Changes after `revision`, or undefined if history does not reach back so far. */
  since(revision: number): CacheEvent[] | undefined {
    if (revision < this.#historyFrom) return undefined;
    let start = this.#history.length;
    while (start > 0 && (this.#history[start - 1] as CacheEvent).revision > revision) start--;
    return this.#history.slice(start);
  }

  /** Puts an object in without telling anyone; for the first load, in key order or not. */
  load(object: StoredObject): void {
    if (!this.#objects.has(object.key)) this.#insertKey(object.key);
    this.#objects.set(object.key, object);
  }

  apply(event: CacheEvent): void {
    this.#put(event);
    this.#history.push(event);
    if (this.#history.length > 2 * historyMax) {
      const dropped = this.#history[this.#history.length - historyMax - 1] as CacheEvent;
      this.#history = this.#history.slice(-historyMax);
      this.#historyFrom = dropped.revision;
    }
    for (const sink of this.sinks) sink.offer(event);
  }

  /** All there is at `revision`, after changes were missed. Watchers have to start anew. */
  reload(objects: readonly StoredObject[], revision: number): void {
    this.#history = [];
    this.#historyFrom = revision;
    for (const sink of this.sinks) {
      if (!sink.missed) continue;
      this.sinks.delete(sink);
      sink.missed();
    }
    const kept = new Set(objects.map(({ key }) => key));
    for (const [key, previous] of this.#objects) {
      if (!kept.has(key)) this.#replace(new CacheEvent({ revision, key, current: undefined, previous }));
    }
    for (const current of objects) {
      const previous = this.#objects.get(current.key);
      if (previous?.revision === current.revision) continue;
      this.#replace(new CacheEvent({ revision: current.revision, key: current.key, current, previous }));
    }
  }

  #replace(event: CacheEvent): void {
    this.#put(event);
    for (const sink of this.sinks) sink.offer(event);
  }

  #put(event: CacheEvent): void {
    if (event.current) {
      this.load(event.current);
    } else if (this.#objects.delete(event.key)) {
      this.#sortedKeys.splice(firstIndexAfter(this.#sortedKeys, event.key) - 1, 1);
    }
  }

  #insertKey(key: string): void {
    const last = this.#sortedKeys.at(-1);
    if (last === undefined || last < key) this.#sortedKeys.push(key);
    else this.#sortedKeys.splice(firstIndexAfter(this.#sortedKeys, key), 0, key);
  }
}

/** Index of the first element greater than `key`. */
function firstIndexAfter(sorted: string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) > key) high = middle;
    else low = middle + 1;
  }
  return low;
}
