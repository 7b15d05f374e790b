// How do the values of some resources get encrypted on their way to any store, and how do they change keys?

import { entryPages } from './all-entries.ts';
import { DecryptionError, decrypt, encrypt, keyNameOf, type RandomBytes } from './encryption.ts';
import { type EncryptionConfig, isEncrypted } from './encryption-config.ts';
import { CompactedError, type Entry, type RevisionStore, type StoreEvent, type WriteResult } from './types.ts';

export interface EncryptedStoreOptions {
  /** Asked for every value, so that a rotation takes effect without a restart. */
  config: () => EncryptionConfig;
  randomBytes: RandomBytes;
}

/** Values by the name of the key that encrypted them; those in plain under `identity`. */
export type KeyUse = Record<string, number>;

export interface EncryptedStore extends RevisionStore {
  /** Writes anew what the first key has not encrypted, and what should no longer be encrypted. */
  rewrite(signal: AbortSignal): Promise<Rewriting>;
}

export interface Rewriting {
  /** How many values were written anew. */
  written: number;
  /** Which keys the values are encrypted with afterwards. Only resources that are, or should be, are counted. */
  use: KeyUse;
}

const registryPrefix = '/registry/';

/** `store` with values of the configured resources encrypted. What was written in plain before is still read. */
export function encryptedStore(store: RevisionStore, options: EncryptedStoreOptions): EncryptedStore {
  const { config, randomBytes } = options;
  const reveal = (entry: Entry): Entry => {
    const value = decrypt(entry.value, { storeKey: entry.key, keys: config().keys });
    return value === entry.value ? entry : { ...entry, value };
  };
  const hide = (storeKey: string, value: Uint8Array): Uint8Array => {
    const current = config();
    const [key] = current.keys;
    return key && isEncrypted(current, storeKey) ? encrypt(value, { storeKey, key, randomBytes }) : value;
  };
  const revealResult = (result: WriteResult): WriteResult =>
    result.ok ? result : { ok: false, current: result.current && reveal(result.current) };

  return {
    isShared: store.isShared,
    currentRevision: () => store.currentRevision(),
    latestRevision: () => store.latestRevision(),
    compactedRevision: () => store.compactedRevision(),
    sizeBytes: () => store.sizeBytes(),
    async get(key, getOptions) {
      const found = await store.get(key, getOptions);
      return found && reveal(found);
    },
    async list(listOptions) {
      const found = await store.list(listOptions);
      const { revision } = listOptions;
      const all = (): Entry[] => found.entries.map(reveal);
      return { ...found, entries: revision === undefined ? all() : inHistory(store, revision, all) };
    },
    put: async (key, value, expectedRevision) => revealResult(await store.put(key, hide(key, value), expectedRevision)),
    delete: async (key, expectedRevision) => revealResult(await store.delete(key, expectedRevision)),
    async *watch(watchOptions) {
      for await (const batch of store.watch(watchOptions)) {
        yield batch.map((event) => inHistory(store, watchOptions.afterRevision, () => revealEvent(event, reveal)));
      }
    },
    compact: (revision) => store.compact(revision),
    advanceTo: (revision) => store.advanceTo(revision),
    close: () => store.close(),
    rewrite: (signal) => rewrite(store, { options, reveal, hide }, signal),
  };
}

/** History under a key that a rotation has removed is as good as compacted: who wants it must start over. */
function inHistory<T>(store: RevisionStore, revision: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DecryptionError && revision < store.currentRevision())
      throw new CompactedError(revision, store.currentRevision());
    throw error;
  }
}

function revealEvent(event: StoreEvent, reveal: (entry: Entry) => Entry): StoreEvent {
  if (event.type === 'delete') return { ...event, previous: reveal(event.previous) };
  const previous = event.previous && reveal(event.previous);
  return { ...event, entry: reveal(event.entry), previous };
}

interface Codec {
  options: EncryptedStoreOptions;
  reveal: (entry: Entry) => Entry;
  hide: (storeKey: string, value: Uint8Array) => Uint8Array;
}

/** Goes over all values until there is nothing to do: what was on its way when the keys changed comes after a first look. */
async function rewrite(store: RevisionStore, codec: Codec, signal: AbortSignal): Promise<Rewriting> {
  let written = 0;
  for (;;) {
    const pass = await rewriteOnce(store, codec, signal);
    written += pass.written;
    if (pass.written === 0) return { written, use: pass.use };
  }
}

async function rewriteOnce(store: RevisionStore, codec: Codec, signal: AbortSignal): Promise<Rewriting> {
  let written = 0;
  const use: KeyUse = {};
  for await (const { entries } of entryPages(store, { prefix: registryPrefix })) {
    signal.throwIfAborted();
    for (const entry of entries) {
      const config = codec.options.config();
      const isWanted = isEncrypted(config, entry.key);
      const found = keyNameOf(entry.value);
      const name = found ?? (isWanted ? 'identity' : undefined);
      if (name !== undefined) use[name] = (use[name] ?? 0) + 1;
      if (found !== (isWanted ? config.keys[0]?.name : undefined) && (await rewriteEntry(store, codec, entry)))
        written += 1;
    }
  }
  return { written, use };
}

/** False if somebody else wrote meanwhile, who does the work for us. */
async function rewriteEntry(store: RevisionStore, { hide, reveal }: Codec, entry: Entry): Promise<boolean> {
  const result = await store.put(entry.key, hide(entry.key, reveal(entry).value), entry.modRevision);
  return result.ok;
}
