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

/** Where an object is, whichever it is just now: both the map and the order lead here, so that a list looks up no key. */
interface Place {
  readonly key: string;
  object: StoredObject;
}

/** Recent changes that are kept for watchers that come back; older ones are read from the store. */
const historyMax = 1024;

/** Objects, recent history and watchers of one resource. */
export class Collection {
  readonly prefix: string;
  readonly sinks = new Set<EventSink>();
  readonly #places = new Map<string, Place>();
  /** In key order. */
  #sorted: Place[] = [];
  #history: CacheEvent[] = [];
  /** History holds every change after this revision. */
  #historyFrom: number;

  constructor(prefix: string, revision: number) {
    this.prefix = prefix;
    this.#historyFrom = revision;
  }

  get size(): number {
    return this.#places.size;
  }

  /** Of the newest change to any of its objects, or at least as new. */
  get revision(): number {
    return this.#history.at(-1)?.revision ?? this.#historyFrom;
  }

  get(key: string): StoredObject | undefined {
    return this.#places.get(key)?.object;
  }

  /** Objects whose key starts with `prefix`, in key order, after `startAfter`. */
  *below(prefix: string, startAfter = ''): Generator<StoredObject> {
    const places = this.#sorted;
    for (let i = firstIndexAfter(places, startAfter > prefix ? startAfter : prefix); i < places.length; i++) {
      const { key, object } = places[i] as Place;
      if (!key.startsWith(prefix)) return;
      yield object;
    }
  }

  /** How many keys start with `prefix` and are greater than `after`. */
  countBelow(prefix: string, after: string): number {
    // No key has a character as great as this one.
    const end = firstIndexAfter(this.#sorted, `${prefix}\uffff`);
    return end - firstIndexAfter(this.#sorted, after > prefix ? after : prefix);
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
    const place = this.#places.get(object.key);
    if (place) place.object = object;
    else this.#insert({ key: object.key, object });
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
    // Only its bytes are history: the object would live just long enough to be expensive to collect.
    event.previous?.forgetObject();
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
    for (const [key, { object: previous }] of this.#places) {
      if (!kept.has(key)) this.#replace(new CacheEvent({ revision, key, current: undefined, previous }));
    }
    for (const current of objects) {
      const previous = this.get(current.key);
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
    } else if (this.#places.delete(event.key)) {
      this.#sorted.splice(firstIndexAfter(this.#sorted, event.key) - 1, 1);
    }
  }

  #insert(place: Place): void {
    this.#places.set(place.key, place);
    const last = this.#sorted.at(-1);
    if (last === undefined || last.key < place.key) this.#sorted.push(place);
    else this.#sorted.splice(firstIndexAfter(this.#sorted, place.key), 0, place);
  }
}

/** Index of the first place whose key is greater than `key`. */
function firstIndexAfter(sorted: Place[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as Place).key > key) high = middle;
    else low = middle + 1;
  }
  return low;
}
