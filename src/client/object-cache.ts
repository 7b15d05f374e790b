// Which objects does an informer know, and what changed when it hears of them again?

import { type KubeObject, keyOf } from '../apimachinery/meta.ts';
import type { Change } from './types.ts';

/** Objects by key. Each method that takes news returns the changes that it made. */
export class ObjectCache<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  #sorted: T[] | undefined;

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** Sorted by key. */
  list(namespace?: string): T[] {
    this.#sorted ??= [...this.#objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    if (namespace === undefined) return [...this.#sorted];
    return this.#sorted.filter((object) => object.metadata.namespace === namespace);
  }

  /** Makes the cache hold exactly `objects`. */
  replace(objects: readonly T[]): Change<T>[] {
    const keys = new Set(objects.map(keyOf));
    const gone = this.list().filter((object) => !keys.has(keyOf(object)));
    return [...gone.flatMap((object) => this.remove(object)), ...objects.flatMap((object) => this.put(object))];
  }

  /** Takes an object that exists. */
  put(object: T): Change<T>[] {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return [];
    // Another UID is another object: its predecessor was deleted while nobody watched.
    if (previous && previous.metadata.uid !== object.metadata.uid) {
      return [...this.remove(previous), ...this.put(object)];
    }
    this.#objects.set(key, object);
    this.#sorted = undefined;
    return [previous ? { type: 'modified', object, previous } : { type: 'added', object, previous: undefined }];
  }

  /** Takes the last state of an object that is gone. */
  remove(object: T): Change<T>[] {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (!previous) return [];
    this.#objects.delete(key);
    this.#sorted = undefined;
    return [{ type: 'deleted', object, previous }];
  }
}
