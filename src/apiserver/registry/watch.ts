// What does a watch send, from which revision on?

import { isStatus, StatusError } from '../../apimachinery/status-error.ts';
import { CompactedError } from '../../kvstore/types.ts';
import type { StoredObject } from '../cache/stored-object.ts';
import { type Frames, Watcher, type WatcherOptions } from '../cache/watcher.ts';
import { failureStatus } from '../status-body.ts';
import { storeRefusal } from '../store-refusal.ts';
import type { Outlet } from '../types.ts';
import { scopePrefix } from './catalogue.ts';
import type { Operation } from './context.ts';
import { ConvertingWatcher } from './converting-watcher.ts';
import { prepareBelow, reachRevision } from './list.ts';
import { parseRevision, watchOptionsOf } from './list-options.ts';
import { selectionOf } from './selection.ts';
import { asServed } from './served-form.ts';

/** Initial objects are sent in pieces of about this many bytes, so that a large list needs no second copy in memory. */
const pieceBytes = 256 * 1024;

export interface WatchSettings {
  frames: Frames;
  /** Watchers that get bookmarks register here. */
  bookmarked: Set<Watcher>;
  /** A watcher that has more than this unsent is closed; its client starts again where it was. */
  bufferBytesMax: number;
  /** Told when a watcher is closed for that. */
  onOverflow: () => void;
  /** Takes the frames that come while the reader waits. */
  outlet?: Outlet | undefined;
}

/** Checks the options of a watch. Throws BadRequest or Invalid, before the answer has begun. */
export function validateWatch(operation: Operation): void {
  selectionOf(operation);
  watchOptionsOf(operation.info.query);
}

/** The frames of a watch until `signal` aborts or the watcher falls behind. A refusal after the start is an ERROR event. */
export async function* watchObjects(operation: Operation, settings: WatchSettings): AsyncGenerator<Uint8Array> {
  const { signal, cache, entry } = operation;
  const options = watcherOptions(operation, settings);
  const watcher = entry.definition.custom?.converter ? new ConvertingWatcher(options, operation) : new Watcher(options);
  const onAbort = (): void => watcher.close();
  signal.addEventListener('abort', onAbort, { once: true });
  const ended = new AbortController();
  try {
    if (signal.aborted) return;
    closeInTime(operation, watcher, ended.signal);
    yield* start(operation, watcher, settings);
    if (watcher.wantsBookmarks) settings.bookmarked.add(watcher);
    // Not in a generator of its own: to hand an event through another one costs more than to send it.
    for (;;) {
      const queued = watcher.take();
      if (queued) yield queued;
      else if (watcher.isClosed) return;
      else await watcher.changed();
    }
  } catch (error) {
    const refusal = asRefusal(error, operation);
    if (refusal) yield settings.frames.error(failureStatus(refusal));
  } finally {
    ended.abort();
    signal.removeEventListener('abort', onAbort);
    settings.bookmarked.delete(watcher);
    cache.collection(entry.prefix).sinks.delete(watcher);
  }
}

/** Watches end after half an hour to an hour, so that clients spread over servers. Source: min-request-timeout. */
const watchSecondsMin = 1800;

/** Ends the watch after the client's `timeoutSeconds`, or when the server has had enough. */
function closeInTime({ info, clock, random }: Operation, watcher: Watcher, ended: AbortSignal): void {
  const { timeoutSeconds } = watchOptionsOf(info.query);
  const seconds = timeoutSeconds > 0 ? timeoutSeconds : watchSecondsMin * (1 + random.next());
  const onEnded = (): void => {};
  clock.sleep(seconds * 1000, ended).then(() => watcher.close(), onEnded);
}

/** Sends what lies before now, and leaves `watcher` connected to what comes after, with nothing between. */
async function* start(operation: Operation, watcher: Watcher, settings: WatchSettings): AsyncGenerator<Uint8Array> {
  const { info, cache, entry, signal } = operation;
  const { resourceVersion, sendInitialEvents } = watchOptionsOf(info.query);
  let revision = parseRevision(resourceVersion);
  if (revision > 0) await reachRevision(operation, revision);
  else await cache.caughtUp(signal);
  if (sendInitialEvents) {
    await prepareBelow(operation, scopePrefix(entry, info.namespace));
    yield* initialEvents(operation, watcher, settings);
    return;
  }
  if (revision === 0) revision = cache.revision;
  const collection = cache.collection(entry.prefix);
  for (;;) {
    const recent = collection.since(revision);
    if (recent) {
      for (const event of recent) watcher.offer(event);
      collection.sinks.add(watcher);
      return;
    }
    const until = cache.revision;
    for await (const event of cache.replay(entry.prefix, { after: revision, until, signal })) {
      watcher.offer(event);
      const queued = watcher.take();
      if (queued) yield queued;
    }
    revision = until;
  }
}

function* initialEvents(
  { cache, entry, info }: Operation,
  watcher: Watcher,
  { frames }: WatchSettings,
): Generator<Uint8Array> {
  const collection = cache.collection(entry.prefix);
  const revision = cache.revision;
  // The snapshot and the connection are one synchronous step: no event can fall between them.
  const snapshot: StoredObject[] = [...collection.below(scopePrefix(entry, info.namespace))];
  collection.sinks.add(watcher);
  let piece: Uint8Array[] = [];
  let bytes = 0;
  for (const object of snapshot) {
    if (!watcher.selects(object)) continue;
    const frame = frames.object('ADDED', asServed(entry, object));
    piece.push(frame);
    bytes += frame.byteLength;
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(piece);
    piece = [];
    bytes = 0;
  }
  if (watcher.wantsBookmarks) {
    piece.push(frames.bookmark(revision, { 'k8s.io/initial-events-end': 'true' }));
  }
  if (piece.length > 0) yield Buffer.concat(piece);
}

function watcherOptions(operation: Operation, settings: WatchSettings): WatcherOptions {
  const { entry, info } = operation;
  return {
    prefix: scopePrefix(entry, info.namespace),
    selection: selectionOf(operation),
    serve: (stored) => asServed(entry, stored),
    frames: settings.frames,
    bufferBytesMax: settings.bufferBytesMax,
    onOverflow: settings.onOverflow,
    wantsBookmarks: watchOptionsOf(info.query).allowWatchBookmarks,
    outlet: settings.outlet,
  };
}

/** The refusal to send as an event; undefined if the client has gone. */
function asRefusal(error: unknown, { signal, store, info }: Operation): StatusError | undefined {
  if (signal.aborted) return undefined;
  const known = isStatus(error) ? error : storeRefusal(error);
  if (known) return known;
  if (!(error instanceof CompactedError)) throw error;
  const asked = info.query.get('resourceVersion') ?? '';
  return new StatusError('Expired', `too old resource version: ${asked} (${store.compactedRevision()})`, {
    cause: error,
  });
}
