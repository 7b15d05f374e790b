// What does the server do without being asked? Namespaces at the start, bookmarks, and the end of old Events.

import type { Draft } from '../apimachinery/meta.ts';
import { isStatus } from '../apimachinery/status-error.ts';
import type { CustomResourceDefinition } from '../apis/apiextensions/generated/v1.ts';
import type { Event } from '../apis/core/generated/v1.ts';
import { abortable } from '../base/abortable.ts';
import { type Clock, epochMsOf } from '../base/clock.ts';
import type { WatchCache } from './cache/watch-cache.ts';
import type { Watcher } from './cache/watcher.ts';
import { createUnlessThere } from './own-objects.ts';
import { ownOperation } from './own-operation.ts';
import { cachedObjects } from './registry/cached-objects.ts';
import type { RegistryParts } from './registry/context.ts';
import { deleteObject } from './registry/delete.ts';
import { isStoreAway, storeRefusal } from './store-refusal.ts';

const systemNamespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease', 'velero', 'amarre-system'];
/** Events past their time are looked for this many times in one time to live. */
const expiryPasses = 20;
const storeAgainMs = 200;

/** Runs the watch cache until `signal` aborts. A store that is away, even at the start, is asked again: the server outlives it. */
export async function followStore(
  { cache, clock, log }: Pick<RegistryParts, 'cache' | 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      return await abortable(cache.run(signal), signal);
    } catch (error) {
      if (signal.aborted || !isStoreAway(error)) throw error;
      log.warn('the state could not be loaded yet', { error });
    }
    await clock.sleep(storeAgainMs, signal);
  }
}

/** Creates the namespaces that every cluster has. Does nothing for those that exist. */
export async function createSystemNamespaces(parts: RegistryParts, signal: AbortSignal): Promise<void> {
  const operation = ownOperation(parts, { method: 'POST', path: '/api/v1/namespaces' }, signal);
  if (!operation) return;
  // At once, so that the store makes them durable together: a server is ready only after this.
  await Promise.all(systemNamespaces.map((name) => createUnlessThere(operation, { metadata: { name } })));
}

/** Creates the CustomResourceDefinitions of the custom resources that the server has from the start, as data. */
export async function createDefinitions(
  parts: RegistryParts,
  definitions: readonly Draft<CustomResourceDefinition>[],
  signal: AbortSignal,
): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const operation = ownOperation(parts, { method: 'POST', path }, signal);
  if (!operation) return;
  await Promise.all(definitions.map((definition) => createUnlessThere(operation, definition)));
}

/**
 * Forgets history that is older than between one and two intervals, as upstream's compactor of etcd does. Servers that
 * share a store do so side by side: compacting twice changes nothing.
 */
export async function compactHistory(
  { store, clock, log }: Pick<RegistryParts, 'store' | 'clock' | 'log'>,
  { intervalMs, signal }: { intervalMs: number; signal: AbortSignal },
): Promise<void> {
  let earlier = 0;
  for (;;) {
    await clock.sleep(intervalMs, signal);
    try {
      const now = await store.latestRevision();
      if (earlier > 0) await store.compact(earlier);
      earlier = now;
    } catch (error) {
      // History only grows a little longer until the store takes it.
      log.warn('history could not be compacted', { error });
    }
  }
}

/** Tells watchers every `intervalMs` how far they have got, changes or not: silence means a broken connection. */
export async function sendBookmarks(
  watchers: ReadonlySet<Watcher>,
  { cache, clock, intervalMs, signal }: { cache: WatchCache; clock: Clock; intervalMs: number; signal: AbortSignal },
): Promise<void> {
  for (;;) {
    await clock.sleep(intervalMs, signal);
    for (const watcher of watchers) watcher.bookmark(cache.revision);
  }
}

/** Deletes Events that did not happen again within `ttlMs`. */
export async function expireEvents(
  parts: RegistryParts,
  { ttlMs, signal }: { ttlMs: number; signal: AbortSignal },
): Promise<void> {
  for (;;) {
    await parts.clock.sleep(ttlMs / expiryPasses, signal);
    const oldest = parts.clock.now() - ttlMs;
    const events = cachedObjects<Event>(parts, { group: '', plural: 'events' });
    try {
      for (const event of events) if (lastSeenMs(event) < oldest) await deleteEvent(parts, event, signal);
    } catch (error) {
      if (signal.aborted || !storeRefusal(error)) throw error;
      // The next pass finds them again.
      parts.log.warn('old events could not be deleted', { error });
    }
  }
}

/** When the event was last seen, in milliseconds since the epoch. */
function lastSeenMs({ metadata, lastTimestamp, eventTime, series }: Event): number {
  const times = [metadata.creationTimestamp, lastTimestamp, eventTime, series?.lastObservedTime];
  return Math.max(...times.map((time) => (time ? epochMsOf(time) : 0)));
}

async function deleteEvent(parts: RegistryParts, { metadata }: Event, signal: AbortSignal): Promise<void> {
  const path = `/api/v1/namespaces/${metadata.namespace}/events/${metadata.name}`;
  const operation = ownOperation(parts, { method: 'DELETE', path }, signal);
  try {
    if (operation) await deleteObject(operation, { preconditions: { resourceVersion: metadata.resourceVersion } });
  } catch (error) {
    // It has just happened again, or someone else deleted it.
    if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
  }
}
