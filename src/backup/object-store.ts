// Where do the files of a backup go? Named byte streams, as an object store keeps them.

/** Why a store refused. `Full` and `ReadOnly` need a person; `Unavailable` may pass. */
export type ObjectStoreErrorKind = 'NotFound' | 'Full' | 'ReadOnly' | 'Unavailable';

/** A refusal by an object store. The message names the store and the key. Callers test `kind`. */
export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';
  readonly kind: ObjectStoreErrorKind;

  constructor(kind: ObjectStoreErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

export type ObjectBody = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * A flat store of objects whose keys look like relative paths: `backups/b1/velero-backup.json`.
 * Methods reject with ObjectStoreError, and with the abort reason when `signal` aborts.
 */
export interface ObjectStore {
  /** For messages: `folder /srv/backups`. */
  readonly description: string;
  /** Stores `body` under `key`. After a crash there is the old content, the new or none: never a part. */
  put(key: string, body: ObjectBody, signal: AbortSignal): Promise<void>;
  /** The content, as a stream. Rejects with NotFound before the first byte. */
  get(key: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  exists(key: string, signal: AbortSignal): Promise<boolean>;
  /** Names of what lies directly below a prefix (all of the store if it is empty), sorted. */
  list(prefix: string, signal: AbortSignal): Promise<string[]>;
  /** Deletes the object of that key, or everything below it. Deleting nothing is no error. */
  remove(prefix: string, signal: AbortSignal): Promise<void>;
  /** Resolves if objects can be written now; makes the store's root if it can. */
  check(signal: AbortSignal): Promise<void>;
}

/** The whole content of an object. */
export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
