// How does a watch of etcd go on when connections break? It keeps its position, the last revision that was
// delivered whole, and opens the next stream behind it.

import type { ClientDuplexStream } from '@grpc/grpc-js';
import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { StoreUnavailableError } from './errors.ts';
import type { EtcdClient } from './etcd-client.ts';
import { type WatchEvent, type WatchRequest, type WatchResponse, watchMethod } from './etcd-protocol.ts';
import { entryOf, keyRange } from './etcd-records.ts';
import { CompactedError, type StoreEvent, type WatchOptions } from './types.ts';
import { revisionOf } from './watch.ts';

export interface EtcdWatchDeps {
  client: EtcdClient;
  clock: Clock;
  log: Logger;
  /** Told of revisions that etcd mentions. */
  saw: (revision: number) => void;
  /** Told up to where history is gone. */
  sawCompaction: (revision: number) => void;
  /** Rejects with CompactedError if events after `revision` may be gone. */
  requireHistory: (revision: number) => Promise<void>;
}

type Stream = ClientDuplexStream<WatchRequest, WatchResponse>;

const pause = { initialMs: 50, maxMs: 2000 };

/** Implements `RevisionStore.watch`: ends when the signal aborts. */
export async function* watchEtcd(deps: EtcdWatchDeps, options: WatchOptions): AsyncGenerator<StoreEvent[]> {
  const { signal, prefix } = options;
  let position = options.afterRevision;
  let failures = 0;
  while (!signal.aborted) {
    try {
      for await (const batch of oneStream(deps, { prefix, afterRevision: position, signal })) {
        failures = 0;
        position = revisionOf(batch.at(-1) as StoreEvent);
        yield batch;
      }
      failures += 1;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof BrokenStream || error instanceof StoreUnavailableError)) throw error;
      failures += 1;
      deps.client.moveOn();
      deps.log.warn('the watch of etcd broke off; it goes on where it was', { error, revision: position, failures });
    }
    if (!signal.aborted) await deps.clock.sleep(backoffMs(failures, pause), signal).catch(() => {});
  }
}

class BrokenStream extends Error {
  override readonly name = 'BrokenStream';
}

/** Events of one stream, each batch made of whole revisions. Throws BrokenStream when it ends. */
async function* oneStream(deps: EtcdWatchDeps, options: WatchOptions): AsyncGenerator<StoreEvent[]> {
  const { afterRevision, signal } = options;
  const stream = await deps.client.stream(watchMethod);
  const onAbort = (): void => stream.cancel();
  signal.addEventListener('abort', onAbort, { once: true });
  // The reader below hears of it too.
  stream.on('error', () => {});
  try {
    if (signal.aborted) return;
    const create = { ...keyRange(options.prefix), startRevision: afterRevision + 1, prevKv: true, fragment: true };
    stream.write({ create });
    let isChecked = false;
    let parts: StoreEvent[] = [];
    for await (const response of responses(stream)) {
      if (response.header) deps.saw(response.header.revision);
      if (response.canceled) throw refusal(deps, response, afterRevision);
      if (!isChecked) {
        // etcd starts a watch exactly at the compacted revision, where deletions are missing already.
        await deps.requireHistory(afterRevision);
        isChecked = true;
      }
      for (const event of response.events) parts.push(storeEvent(event, afterRevision));
      if (response.fragment || parts.length === 0) continue;
      const batch = parts;
      parts = [];
      yield batch;
    }
    throw new BrokenStream('etcd ended the watch');
  } finally {
    signal.removeEventListener('abort', onAbort);
    stream.cancel();
  }
}

async function* responses(stream: Stream): AsyncGenerator<WatchResponse> {
  try {
    for await (const response of stream) yield response as WatchResponse;
  } catch (error) {
    throw new BrokenStream((error as Error).message, { cause: error });
  }
}

function refusal(deps: EtcdWatchDeps, response: WatchResponse, afterRevision: number): Error {
  const { compactRevision, cancelReason } = response;
  if (compactRevision > 0) {
    deps.sawCompaction(compactRevision);
    return new CompactedError(afterRevision, compactRevision);
  }
  return new BrokenStream(`etcd cancelled the watch: ${cancelReason || 'no reason given'}`);
}

function storeEvent({ type, kv, prevKv }: WatchEvent, afterRevision: number): StoreEvent {
  if (!kv) throw new BrokenStream('etcd sent an event without a key');
  const previous = prevKv && entryOf(prevKv);
  if (type === 'PUT') return { type: 'put', entry: entryOf(kv), previous };
  const key = Buffer.from(kv.key).toString();
  // The entry before the first event after a compaction is kept; a missing one means that history is gone.
  if (!previous) throw new CompactedError(afterRevision, kv.modRevision);
  return { type: 'delete', key, revision: kv.modRevision, previous };
}
