// Is a data file safe to map into memory? LMDB trusts what it maps and dies of SIGSEGV on a
// damaged file, so every page that it may follow is checked with plain reads before.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CorruptStoreError } from './errors.ts';

const magic = 0xbeefc0de;
const pageHeader = 24;
const metaBytes = pageHeader + 144;
const databaseBytes = 48;
const pageFlags = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08, duplicates: 0x20 } as const;
const nodeFlags = { bigData: 0x01, subDatabase: 0x02 } as const;
const noRoot = 2n ** 64n - 1n;
// Deeper than any tree of 2^48 pages with two keys a page; a cycle of pages ends here.
const maxDepth = 48;

interface DataFile {
  path: string;
  fd: number;
  sizeBytes: number;
  pageBytes: number;
}

/**
 * Reads the tree of an LMDB data file (`data.mdb` of lmdb 3.5, format 2) page by page.
 * Throws CorruptStoreError if a page is missing, is not what its parent says, or points out of itself.
 */
export function checkDataFile(path: string): void {
  const fd = openSync(path, 'r');
  try {
    const sizeBytes = fstatSync(fd).size;
    // A crash between the creation of the file and its first page leaves it empty; LMDB starts anew then.
    if (sizeBytes === 0) return;
    const file: DataFile = { path, fd, sizeBytes, pageBytes: 4096 };
    const meta = newestMeta(file);
    file.pageBytes = meta.readUInt32LE(pageHeader + 24);
    for (const database of [0, 1]) {
      const offset = pageHeader + 24 + database * databaseBytes;
      checkDatabase(file, meta.subarray(offset, offset + databaseBytes));
    }
  } finally {
    closeSync(fd);
  }
}

function newestMeta(file: DataFile): Buffer {
  const metas: Buffer[] = [];
  const first = readMeta(file, 0);
  const pageBytes = first.readUInt32LE(pageHeader + 24);
  if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) {
    throw new CorruptStoreError(file.path, `data.mdb claims a page size of ${pageBytes}`);
  }
  metas.push(first, readMeta(file, pageBytes));
  return metas.reduce((a, b) => (transactionOf(b) > transactionOf(a) ? b : a));
}

function transactionOf(meta: Buffer): bigint {
  return meta.readBigUInt64LE(pageHeader + 24 + 2 * databaseBytes + 8);
}

function readMeta(file: DataFile, offset: number): Buffer {
  const meta = Buffer.alloc(metaBytes);
  if (readSync(file.fd, meta, 0, metaBytes, offset) < metaBytes) {
    throw new CorruptStoreError(file.path, `data.mdb ends after ${file.sizeBytes} bytes, before its first pages`);
  }
  const isMeta = (meta.readUInt16LE(18) & pageFlags.meta) !== 0;
  if (!isMeta || meta.readUInt32LE(pageHeader) !== magic) {
    throw new CorruptStoreError(file.path, 'data.mdb is not an LMDB file, or its first pages are overwritten');
  }
  return meta;
}

function checkDatabase(file: DataFile, database: Buffer): void {
  const root = database.readBigUInt64LE(40);
  if (root !== noRoot) checkTree(file, root, 0);
}

function checkTree(file: DataFile, pageNumber: bigint, depth: number): void {
  if (depth > maxDepth) throw new CorruptStoreError(file.path, 'the pages of data.mdb form a cycle');
  const page = readPage(file, pageNumber, file.pageBytes);
  const flags = page.readUInt16LE(18);
  const keys = page.readUInt16LE(20) >> 1;
  const isBranch = (flags & pageFlags.branch) !== 0;
  if (!isBranch && (flags & pageFlags.leaf) === 0) throw damaged(file, pageNumber);
  if ((flags & pageFlags.duplicates) !== 0) return;
  if (pageHeader + 2 * keys > file.pageBytes) throw damaged(file, pageNumber);
  for (let index = 0; index < keys; index++) {
    const node = pageHeader + page.readUInt16LE(pageHeader + 2 * index);
    if (node + 8 > file.pageBytes || node + 8 + page.readUInt16LE(node + 6) > file.pageBytes)
      throw damaged(file, pageNumber);
    if (isBranch) checkTree(file, branchTarget(page, node), depth + 1);
    else checkLeafNode(file, page, { node, pageNumber });
  }
}

/** A branch node keeps its 48-bit page number in the fields of size and flags. */
function branchTarget(page: Buffer, node: number): bigint {
  return BigInt(page.readUInt32LE(node)) + (BigInt(page.readUInt16LE(node + 4)) << 32n);
}

function checkLeafNode(file: DataFile, page: Buffer, at: { node: number; pageNumber: bigint }): void {
  const dataBytes = page.readUInt32LE(at.node);
  const flags = page.readUInt16LE(at.node + 4);
  const data = at.node + 8 + page.readUInt16LE(at.node + 6);
  const storedBytes = (flags & nodeFlags.bigData) !== 0 ? 8 : dataBytes;
  if (data + storedBytes > file.pageBytes) throw damaged(file, at.pageNumber);
  if ((flags & nodeFlags.bigData) !== 0) {
    const target = page.readBigUInt64LE(data);
    const head = readPage(file, target, pageHeader);
    const pages = head.readUInt32LE(20);
    const isWhole = (Number(target) + pages) * file.pageBytes <= file.sizeBytes && pages * file.pageBytes >= dataBytes;
    if ((head.readUInt16LE(18) & pageFlags.overflow) === 0 || !isWhole) throw damaged(file, target);
  }
  if ((flags & nodeFlags.subDatabase) !== 0) checkDatabase(file, page.subarray(data, data + databaseBytes));
}

function readPage(file: DataFile, pageNumber: bigint, bytes: number): Buffer {
  const page = Buffer.allocUnsafe(bytes);
  const offset = Number(pageNumber) * file.pageBytes;
  if (offset + file.pageBytes > file.sizeBytes || readSync(file.fd, page, 0, bytes, offset) < bytes) {
    throw new CorruptStoreError(
      file.path,
      `data.mdb is cut off: page ${pageNumber} lies beyond its ${file.sizeBytes} bytes`,
    );
  }
  if (page.readBigUInt64LE(0) !== pageNumber) throw damaged(file, pageNumber);
  return page;
}

function damaged(file: DataFile, pageNumber: bigint): CorruptStoreError {
  return new CorruptStoreError(file.path, `page ${pageNumber} of data.mdb is damaged`);
}
