// A store of revisions in etcd, shared by any number of API servers. All keys of that etcd belong to them.
//
// etcd's revisions are ours: each write is a transaction of its own, so that every revision is one event.

import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { TlsIdentity } from '../base/tls.ts';
import { StoreUnavailableError } from './errors.ts';
import { EtcdClient, RevisionError } from './etcd-client.ts';
import {
  compactMethod,
  type KeyValue,
  type RangeResponse,
  rangeMethod,
  statusMethod,
  txnMethod,
} from './etcd-protocol.ts';
import { entryOf, keyRange } from './etcd-records.ts';
import { watchEtcd } from './etcd-watch.ts';
import { SharedRead } from './shared-read.ts';
import { shiftedStore } from './shifted-store.ts';
import {
  CompactedError,
  type Entry,
  type ListOptions,
  type ListResult,
  type RevisionStore,
  type StoreEvent,
  type WatchOptions,
  type WriteResult,
} from './types.ts';

export interface EtcdStoreOptions {
  /** URLs of the members; any of them will do, all of them outlive one's loss. */
  endpoints: readonly string[];
  /** Needed for `https` endpoints. */
  tls?: TlsIdentity | undefined;
  clock: Clock;
  log: Logger;
  /** A call with its repeats takes at most this long; 10 s unless told otherwise. */
  requestTimeoutMs?: number;
}

/** Entries of one answer: 500 objects of 1.5 MB, the largest that etcd takes, still fit in memory. */
const pageEntries = 500;

/** What is added to etcd's revisions, in decimal; absent if nothing is. Read when a server opens the store. */
const offsetKey = '/amarre.io/revision-offset';

/** Connects to etcd. Rejects with StoreUnavailableError, which says what was tried, or RangeError for a bad endpoint. */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<RevisionStore> {
  const store = new EtcdStore(options);
  try {
    const shifted = shiftedStore(store, {
      offset: offsetOf(await store.get(offsetKey)),
      persist: (offset) => store.writeOffset(offset),
    });
    const revision = await shifted.latestRevision();
    options.log.info('Opened the state in etcd', { endpoints: options.endpoints, revision });
    return shifted;
  } catch (error) {
    await store.close();
    throw error;
  }
}

class EtcdStore implements RevisionStore {
  readonly isShared = true;
  readonly #client: EtcdClient;
  readonly #options: EtcdStoreOptions;
  readonly #lifetime = new AbortController();
  readonly #latest = new SharedRead(() => this.#readRevision());
  #revision = 0;
  #compacted = 0;

  constructor(options: EtcdStoreOptions) {
    this.#options = options;
    this.#client = new EtcdClient(options);
  }

  currentRevision(): number {
    return this.#revision;
  }

  latestRevision(): Promise<number> {
    return this.#latest.read();
  }

  compactedRevision(): number {
    return this.#compacted;
  }

  /** Of the member that answers: all have the same state. */
  async sizeBytes(): Promise<number> {
    const { dbSize = 0 } = await this.#client.call(statusMethod, {});
    return dbSize;
  }

  async get(key: string, { revision }: { revision?: number } = {}): Promise<Entry | undefined> {
    const { kvs } = await this.#range({ key: Buffer.from(key), ...(revision !== undefined && { revision }) });
    return firstEntry(kvs);
  }

  async list({ prefix, startAfter, limit, revision }: ListOptions): Promise<ListResult> {
    const { key, rangeEnd } = keyRange(prefix);
    let from = startAfter !== undefined && startAfter >= prefix ? Buffer.from(`${startAfter}\0`) : key;
    let shown = revision;
    const entries: Entry[] = [];
    for (;;) {
      const page = Math.min(pageEntries, (limit ?? Number.POSITIVE_INFINITY) - entries.length);
      const answer = await this.#range({
        key: from,
        rangeEnd,
        limit: page,
        ...(shown !== undefined && { revision: shown }),
      });
      // The pages that follow show what the first one showed.
      shown = Math.min(shown ?? Number.POSITIVE_INFINITY, answer.header?.revision ?? 0);
      for (const each of answer.kvs) entries.push(entryOf(each));
      const last = entries.at(-1);
      if (!answer.more || !last || entries.length === limit) return { entries, revision: shown, more: answer.more };
      from = Buffer.from(`${last.key}\0`);
    }
  }

  async put(key: string, value: Uint8Array, expectedRevision: number): Promise<WriteResult> {
    return this.#swap(key, { put: { key: Buffer.from(key), value } }, expectedRevision);
  }

  async delete(key: string, expectedRevision: number): Promise<WriteResult> {
    // A deletion of nothing would succeed without a revision.
    if (expectedRevision === 0) return { ok: false, current: await this.get(key) };
    return this.#swap(key, { deleteRange: { key: Buffer.from(key) } }, expectedRevision);
  }

  watch(options: WatchOptions): AsyncIterable<StoreEvent[]> {
    const { clock, log } = this.#options;
    const deps = {
      client: this.#client,
      clock,
      log,
      saw: (revision: number) => this.#saw(revision),
      sawCompaction: (revision: number) => this.#sawCompaction(revision),
      requireHistory: (revision: number) => this.#requireHistory(revision),
    };
    return watchEtcd(deps, { ...options, signal: AbortSignal.any([options.signal, this.#lifetime.signal]) });
  }

  async compact(revision: number): Promise<void> {
    const target = Math.min(revision, await this.latestRevision());
    if (target <= this.#compacted) return;
    try {
      await this.#client.call(compactMethod, { revision: target });
      this.#sawCompaction(target);
    } catch (error) {
      // Another server compacted further.
      if (!(error instanceof RevisionError && error.verdict === 'compacted')) throw error;
    }
  }

  /** etcd can't raise its revisions; see `shiftedStore`. */
  advanceTo(): Promise<void> {
    return Promise.reject(new Error('etcd can not raise its revisions'));
  }

  async writeOffset(offset: number): Promise<void> {
    const current = await this.get(offsetKey);
    const written = await this.put(offsetKey, Buffer.from(String(offset)), current?.modRevision ?? 0);
    if (!written.ok)
      throw new StoreUnavailableError('Cannot raise the revisions of etcd: somebody else does so as well');
  }

  close(): Promise<void> {
    this.#lifetime.abort();
    this.#client.close();
    return Promise.resolve();
  }

  async #swap(
    key: string,
    write: { put?: { key: Uint8Array; value: Uint8Array }; deleteRange?: { key: Uint8Array } },
    expectedRevision: number,
  ): Promise<WriteResult> {
    const at = Buffer.from(key);
    const { header, succeeded, responses } = await this.#client.call(txnMethod, {
      compare: [{ result: 'EQUAL', target: 'MOD', key: at, modRevision: expectedRevision }],
      success: [write],
      failure: [{ range: { key: at } }],
    });
    const revision = this.#saw(header?.revision ?? 0);
    if (succeeded) return { ok: true, revision };
    return { ok: false, current: firstEntry(responses[0]?.range?.kvs ?? []) };
  }

  /** A range with etcd's quorum: never older than any write that was acknowledged before the call. */
  async #range(request: {
    key: Uint8Array;
    rangeEnd?: Uint8Array;
    limit?: number;
    revision?: number;
    keysOnly?: boolean;
  }): Promise<RangeResponse> {
    try {
      const answer = await this.#client.call(rangeMethod, request);
      this.#saw(answer.header?.revision ?? 0);
      return answer;
    } catch (error) {
      if (!(error instanceof RevisionError)) throw error;
      const { revision = 0, ...newest } = request;
      if (error.verdict === 'future') return this.#range(newest);
      throw new CompactedError(revision, this.#sawCompaction(revision + 1));
    }
  }

  async #readRevision(): Promise<number> {
    const { header } = await this.#range({ key: Buffer.from([0]), limit: 1, keysOnly: true });
    return header?.revision ?? 0;
  }

  /** etcd says that `revision` is not compacted by reading it. */
  async #requireHistory(revision: number): Promise<void> {
    // Revision 0 is the time before the first write, and is gone with any compaction.
    if (revision === 0) {
      if (this.#compacted > 0) throw new CompactedError(revision, this.#compacted);
      await this.#range({ key: Buffer.from([0]), limit: 1, keysOnly: true, revision: 1 });
      return;
    }
    await this.#range({ key: Buffer.from([0]), limit: 1, keysOnly: true, revision });
  }

  #saw(revision: number): number {
    this.#revision = Math.max(this.#revision, revision);
    return revision;
  }

  #sawCompaction(revision: number): number {
    this.#compacted = Math.max(this.#compacted, revision);
    return this.#compacted;
  }
}

function firstEntry(kvs: KeyValue[]): Entry | undefined {
  return kvs[0] && entryOf(kvs[0]);
}

function offsetOf(entry: Entry | undefined): number {
  return entry ? Number(Buffer.from(entry.value).toString()) : 0;
}
