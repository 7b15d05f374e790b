// Which files does a dump consist of? Files, folders, standard input, and what is packed in them.

import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { CannotLookError } from '../reading.ts';

/** One file, unpacked. */
export interface Entry {
  /** With the folders that lead to it: `must-gather.tar.gz/namespaces/shop/core/pods.yaml`. */
  path: string;
  /** Last change of the file or of the archive's member, in ms since the epoch; undefined if unknown. */
  changedMs: number | undefined;
  bytes: AsyncIterable<Uint8Array>;
}

/** Something that can't be read, or not to its end. */
export interface Trouble {
  path: string;
  why: string;
  /** More files would have followed. */
  isCutOff?: boolean;
}

export interface EntrySink {
  /** Reads the entry to its end. Rejects as the bytes do. */
  entry: (entry: Entry) => Promise<void>;
  trouble: (trouble: Trouble) => void;
}

/** Gives every file below `paths` to `sink`, one at a time. Rejects with CannotLookError if a path does not exist. */
export async function eachEntry(
  paths: readonly string[],
  { stdin, sink }: { stdin: () => AsyncIterable<Uint8Array>; sink: EntrySink },
  signal: AbortSignal,
): Promise<void> {
  for (const path of paths) {
    if (path === '-') await unpack({ path: 'standard input', changedMs: undefined, bytes: stdin() }, { sink }, signal);
    else await eachFile(path, { sink, isNamed: true }, signal);
  }
}

async function eachFile(
  path: string,
  { sink, isNamed }: { sink: EntrySink; isNamed: boolean },
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  try {
    const about = await stat(path);
    if (about.isDirectory()) {
      const names = (await readdir(path, { withFileTypes: true })).filter(
        (each) => each.isDirectory() || each.isFile(),
      );
      for (const { name } of names.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
        await eachFile(join(path, name), { sink, isNamed: false }, signal);
    } else if (about.isFile() || isNamed) {
      await unpack(
        { path, changedMs: about.mtimeMs, bytes: createReadStream(path, { highWaterMark: 2 ** 18 }) },
        { sink },
        signal,
      );
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CannotLookError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === undefined) throw error;
    if (isNamed && code === 'ENOENT')
      throw new CannotLookError(`Cannot read the dump: there is no ${path}`, { cause: error });
    sink.trouble({ path, why: `it can't be read (${code})` });
  }
}

// Archives in archives are as must-gathers come; deeper than that nothing useful lies.
const nestingMax = 3;

async function unpack(
  entry: Entry,
  { sink, nesting = 0 }: { sink: EntrySink; nesting?: number },
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const { head, bytes } = await peek(entry.bytes);
  const foreign = foreignPacking(head);
  if (foreign) {
    await drain(bytes);
    return sink.trouble({ path: entry.path, why: `it is packed with ${foreign}, which the doctor does not unpack` });
  }
  if (nesting < nestingMax && head[0] === 0x1f && head[1] === 0x8b)
    return unpack({ ...entry, bytes: gunzipped(bytes) }, { sink, nesting: nesting + 1 }, signal);
  if (nesting < nestingMax && isTar(head))
    return eachMember({ ...entry, bytes }, { sink, nesting: nesting + 1 }, signal);
  await sink.entry({ ...entry, bytes });
}

async function eachMember(
  { path, bytes }: Entry,
  { sink, nesting }: { sink: EntrySink; nesting: number },
  signal: AbortSignal,
): Promise<void> {
  const archive = extract();
  const feeding = pipeline(Readable.from(bytes), archive);
  // The loop below reports it; this keeps it from being reported twice.
  feeding.catch(() => undefined);
  try {
    for await (const member of archive) {
      const { name, type, mtime } = member.header;
      if (type === 'file') {
        const changedMs = mtime ? mtime.getTime() : undefined;
        await unpack(
          { path: `${path}/${name}`, changedMs, bytes: member as AsyncIterable<Uint8Array> },
          { sink, nesting },
          signal,
        );
      }
      member.resume();
    }
    await feeding;
  } catch (error) {
    signal.throwIfAborted();
    sink.trouble({ path, why: `it is damaged or cut off (${(error as Error).message})`, isCutOff: true });
  } finally {
    archive.destroy();
  }
}

/** What can be unpacked before the stream breaks off is delivered. */
async function* gunzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 2 ** 18 });
  const feeding = pipeline(Readable.from(bytes), gunzip);
  feeding.catch(() => undefined);
  try {
    yield* gunzip as AsyncIterable<Uint8Array>;
  } finally {
    gunzip.destroy();
  }
}

async function peek(bytes: AsyncIterable<Uint8Array>): Promise<{ head: Uint8Array; bytes: AsyncIterable<Uint8Array> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < 512) {
    const next = await iterator.next();
    if (next.done) break;
    chunks.push(next.value);
    length += next.value.length;
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* chunks;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { head: Buffer.concat(chunks), bytes: all() };
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) void chunk;
}

function isTar(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(257, 262)).toString('latin1') === 'ustar';
}

const packings: { name: string; magic: readonly number[] }[] = [
  { name: 'zip', magic: [0x50, 0x4b, 0x03, 0x04] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { name: '7z', magic: [0x37, 0x7a, 0xbc, 0xaf] },
];

function foreignPacking(head: Uint8Array): string | undefined {
  return packings.find(({ magic }) => magic.every((byte, index) => head[index] === byte))?.name;
}
