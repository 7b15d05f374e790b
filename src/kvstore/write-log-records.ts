// How is a write told in the log? One record for each batch:
//   check sum (CRC-32 of all that follows) | length of the writes | store | revision of the first write | writes
// and one part for each write, whose revisions count on from the first:
//   kind | length of the key | length of the value | create revision | key | value

import { crc32 } from 'node:zlib';
import { readRevision, writeRevision } from './lmdb-records.ts';
import type { StoreEvent } from './types.ts';
import { keyOf, revisionOf } from './watch.ts';

/** A write as the log has it; no value says that the key was deleted. */
export interface LoggedWrite {
  key: string;
  revision: number;
  createRevision: number;
  value: Uint8Array | undefined;
}

const checkSumBytes = 4;
const storeAt = 8;
const revisionAt = 16;
const headerBytes = 24;
const writeHeaderBytes = 17;

/** The record of a batch, in memory of its own. `store` is the number of the store that the log belongs to. */
export function encodeBatch(store: number, events: readonly StoreEvent[]): Buffer {
  const [first] = events;
  if (!first) throw new RangeError('A batch without a write has no record');
  const record = Buffer.allocUnsafeSlow(events.reduce((bytes, event) => bytes + bytesOf(event), headerBytes));
  record.writeUInt32BE(record.length - headerBytes, checkSumBytes);
  writeRevision(record, store, storeAt);
  writeRevision(record, revisionOf(first), revisionAt);
  let at = headerBytes;
  for (const event of events) at = encodeWrite(record, at, event);
  record.writeUInt32BE(crc32(record.subarray(checkSumBytes)), 0);
  return record;
}

function bytesOf(event: StoreEvent): number {
  const valueBytes = event.type === 'put' ? event.entry.value.length : 0;
  return writeHeaderBytes + Buffer.byteLength(keyOf(event)) + valueBytes;
}

/** Writes one part of a record at `from`; gives where the next one belongs. */
function encodeWrite(record: Buffer, from: number, event: StoreEvent): number {
  const isPut = event.type === 'put';
  const keyBytes = record.write(keyOf(event), from + writeHeaderBytes);
  const valueAt = from + writeHeaderBytes + keyBytes;
  record[from] = isPut ? 1 : 0;
  record.writeUInt32BE(keyBytes, from + 1);
  record.writeUInt32BE(isPut ? event.entry.value.length : 0, from + 5);
  writeRevision(record, isPut ? event.entry.createRevision : 0, from + 9);
  if (!isPut) return valueAt;
  record.set(event.entry.value, valueAt);
  return valueAt + event.entry.value.length;
}

export interface LogContents {
  /** Those after the revision that was asked for, in the order of the file. */
  writes: LoggedWrite[];
  /** Where the next record belongs: behind the last one that has any of them. */
  end: number;
}

/**
 * The writes of `store` in a file of the log that came after `revision`. A file is written over from its start, so that
 * older records, or the remains of one, may stand behind the newest one. Records behind a damaged one are found too: the
 * gap then shows in the revisions.
 */
export function decodeLog(file: Buffer, { store, revision }: { store: number; revision: number }): LogContents {
  const marker = Buffer.alloc(8);
  writeRevision(marker, store, 0);
  const writes: LoggedWrite[] = [];
  let end = 0;
  let at = 0;
  while (at >= 0) {
    const record = recordAt(file, at, marker);
    const news = record?.writes.filter((write) => write.revision > revision) ?? [];
    // With a copy of its value: it may be kept for long, and the whole file with it.
    for (const write of news) writes.push({ ...write, value: write.value && Buffer.copyBytesFrom(write.value) });
    if (record && news.length > 0) end = record.end;
    at = record ? record.end : nextStart(file, at, marker);
  }
  return { writes, end };
}

/** Where a record may start after `at`: before the number of the store. */
function nextStart(file: Buffer, at: number, marker: Buffer): number {
  const found = file.indexOf(marker, at + storeAt + 1);
  return found < 0 ? -1 : found - storeAt;
}

function recordAt(file: Buffer, at: number, marker: Buffer): { writes: LoggedWrite[]; end: number } | undefined {
  const header = file.subarray(at, at + headerBytes);
  if (header.length < headerBytes || !header.subarray(storeAt, revisionAt).equals(marker)) return undefined;
  const end = at + headerBytes + header.readUInt32BE(checkSumBytes);
  if (end > file.length || crc32(file.subarray(at + checkSumBytes, end)) !== header.readUInt32BE(0)) return undefined;
  return { writes: decodeBatch(file.subarray(at, end)), end };
}

/** The writes of a whole record. They share its memory. */
export function decodeBatch(bytes: Uint8Array): LoggedWrite[] {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const writes: LoggedWrite[] = [];
  let revision = readRevision(record, revisionAt);
  for (let from = headerBytes; from < record.length; revision++) {
    const keyAt = from + writeHeaderBytes;
    const valueAt = keyAt + record.readUInt32BE(from + 1);
    const next = valueAt + record.readUInt32BE(from + 5);
    writes.push({
      key: record.toString('utf8', keyAt, valueAt),
      revision,
      createRevision: readRevision(record, from + 9),
      value: record[from] === 1 ? record.subarray(valueAt, next) : undefined,
    });
    from = next;
  }
  return writes;
}
