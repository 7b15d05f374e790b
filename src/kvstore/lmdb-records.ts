// How are entries and history laid out in LMDB? Keys and records of the four databases:
//   latest    key                -> create revision, modify revision, value
//   versions  key, 0, revision   -> kind, create revision, previous revision, value; only of writes that a newer one of
//                                   the same key replaced, and of deletions: what is the newest is in `latest`
//   history   revision           -> is it a deletion, previous revision, key
//   meta      format | store | revision | compacted -> number

import type { Entry } from './types.ts';

/** One write to one key: what `versions` holds. */
export interface Version {
  kind: 'put' | 'delete';
  createRevision: number;
  /** modRevision of the entry that this write replaced or deleted; 0 if there was none. */
  previousRevision: number;
  value: Uint8Array;
}

const revisionBytes = 8;
/** LMDB takes keys of so many bytes, with pages of 4 KiB. */
const keyBytesMax = 1978;
/** The longest key of the store, in bytes: `versions` has more in its keys. */
export const longestKey = keyBytesMax - 1 - revisionBytes;

/** A place in the order of keys, for reading: what is too long for LMDB is cut. No key of the store lies between the two. */
export function place(key: string): Buffer {
  return Buffer.from(key).subarray(0, keyBytesMax);
}

/** Whether a key, or what keys begin with, is longer than any key of the store. */
export function isTooLong(key: string): boolean {
  return Buffer.byteLength(key) > longestKey;
}

const latestHeader = 2 * revisionBytes;
const versionHeader = 1 + 2 * revisionBytes;
const separator = 0;

export function writeRevision(target: Buffer, revision: number, offset: number): void {
  target.writeUInt32BE(Math.floor(revision / 2 ** 32), offset);
  target.writeUInt32BE(revision % 2 ** 32, offset + 4);
}

export function readRevision(source: Buffer, offset: number): number {
  return source.readUInt32BE(offset) * 2 ** 32 + source.readUInt32BE(offset + 4);
}

/** Key of `history`: 64 bits, big-endian, so that byte order is revision order. */
export function revisionKey(revision: number): Buffer {
  const key = Buffer.allocUnsafe(revisionBytes);
  writeRevision(key, revision, 0);
  return key;
}

/** One write, as `history` has it. */
export interface HistoryRecord {
  key: string;
  /** modRevision of the entry that this write replaced or deleted; 0 if there was none. */
  previousRevision: number;
  isDeletion: boolean;
}

/** In the first byte of a revision, which no number of JavaScript reaches. */
const deletionMark = 0x80;

export function encodeHistory({ key, previousRevision, isDeletion }: HistoryRecord): Buffer {
  const record = Buffer.allocUnsafe(revisionBytes + Buffer.byteLength(key));
  writeRevision(record, previousRevision, 0);
  if (isDeletion) record[0] = deletionMark;
  record.write(key, revisionBytes);
  return record;
}

export function decodeHistory(record: Buffer): HistoryRecord {
  const isDeletion = record[0] === deletionMark;
  const previousRevision = (record.readUInt32BE(0) & 0xffffff) * 2 ** 32 + record.readUInt32BE(4);
  return { key: record.toString('utf8', revisionBytes), previousRevision, isDeletion };
}

/** The revision that a key of `history` names. */
export function revisionOfKey(key: Buffer): number {
  return readRevision(key, 0);
}

/** Key of `versions`. Store keys contain no NUL, so all versions of a key lie together, in order. */
export function versionKey(key: string, revision: number): Buffer {
  const bytes = Buffer.byteLength(key);
  const result = Buffer.allocUnsafe(bytes + 1 + revisionBytes);
  result.write(key);
  result[bytes] = separator;
  writeRevision(result, revision, bytes + 1);
  return result;
}

/** The parts of a key of `versions`. */
export function splitVersionKey(key: Buffer): { key: string; revision: number } {
  const end = key.length - revisionBytes;
  return { key: key.toString('utf8', 0, end - 1), revision: readRevision(key, end) };
}

export function encodeLatest({ value, createRevision, modRevision }: Entry): Buffer {
  const record = Buffer.allocUnsafe(latestHeader + value.length);
  writeRevision(record, createRevision, 0);
  writeRevision(record, modRevision, revisionBytes);
  record.set(value, latestHeader);
  return record;
}

export function decodeLatest(key: string, record: Buffer): Entry {
  return {
    key,
    value: record.subarray(latestHeader),
    createRevision: readRevision(record, 0),
    modRevision: readRevision(record, revisionBytes),
  };
}

export function encodeVersion({ kind, createRevision, previousRevision, value }: Version): Buffer {
  const record = Buffer.allocUnsafe(versionHeader + value.length);
  record[0] = kind === 'put' ? 1 : 2;
  writeRevision(record, createRevision, 1);
  writeRevision(record, previousRevision, 1 + revisionBytes);
  record.set(value, versionHeader);
  return record;
}

export function decodeVersion(record: Buffer): Version {
  return {
    kind: record[0] === 1 ? 'put' : 'delete',
    createRevision: readRevision(record, 1),
    previousRevision: readRevision(record, 1 + revisionBytes),
    value: record.subarray(versionHeader),
  };
}
