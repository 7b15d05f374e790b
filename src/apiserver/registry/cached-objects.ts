// What do rules that span kinds see of other objects? The watch cache, by group and plural.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { WatchCache } from '../cache/watch-cache.ts';
import { registryPrefix } from '../cache/watch-cache.ts';

interface Place {
  group: string;
  plural: string;
  /** All namespaces if absent. */
  namespace?: string;
}

/** Objects of one resource as the cache has them. Shared: never change them. */
export function cachedObjects<T extends KubeObject>(
  { cache }: { cache: WatchCache },
  { group, plural, namespace }: Place,
): T[] {
  const prefix = `${registryPrefix}${group === '' ? 'core' : group}/${plural}/`;
  const scope = namespace === undefined ? prefix : `${prefix}${namespace}/`;
  return Array.from(cache.collection(prefix).below(scope), (stored) => stored.object as T);
}

/** A number that grows with every change to the objects of one resource. */
export function cachedRevision({ cache }: { cache: WatchCache }, { group, plural }: Omit<Place, 'namespace'>): number {
  return cache.collection(`${registryPrefix}${group === '' ? 'core' : group}/${plural}/`).revision;
}

/** One object as the cache has it; `key` is `namespace/name` or `name`. */
export function cachedObject<T extends KubeObject>(
  { cache }: { cache: WatchCache },
  { group, plural, key }: { group: string; plural: string; key: string },
): T | undefined {
  const prefix = `${registryPrefix}${group === '' ? 'core' : group}/${plural}/`;
  return cache.collection(prefix).get(`${prefix}${key}`)?.object as T | undefined;
}
