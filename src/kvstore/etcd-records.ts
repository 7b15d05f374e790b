// How do keys and entries look in etcd? Keys are the store's keys in UTF-8, values are the store's values.

import type { KeyValue } from './etcd-protocol.ts';
import { prefixEnd } from './prefix.ts';
import type { Entry } from './types.ts';

/** All keys below `prefix`. etcd's `\0` stands for the end of all keys, and as a start for the first one. */
export function keyRange(prefix: string): { key: Uint8Array; rangeEnd: Uint8Array } {
  const zero = Buffer.from([0]);
  return { key: prefix === '' ? zero : Buffer.from(prefix), rangeEnd: prefixEnd(prefix) ?? zero };
}

export function entryOf({ key, value, createRevision, modRevision }: KeyValue): Entry {
  return {
    key: Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString(),
    value,
    createRevision,
    modRevision,
  };
}
