// How does a container's output become a log file? In CRI's format, one line per line, rotated by size.

import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Clock } from '../../../base/clock.ts';
import { rfc3339Micro } from '../../../base/clock.ts';

// CRI runtimes split longer lines into partial ones (tag P).
const lineBytesMax = 16 * 1024;
// Kubelet: containerLogMaxSize, containerLogMaxFiles.
const fileBytesMax = 10 * 1024 * 1024;
const filesMax = 5;
const backlogBytesMax = 1024 * 1024;

export interface ContainerLog {
  /** Copies `stream` until it ends. */
  attach(stream: Readable, name: 'stdout' | 'stderr'): void;
  /** Resolves when every attached stream has ended and all of it is in the file. */
  close(): Promise<void>;
}

/** Opens (and appends to) the log at `path`, in `<RFC3339Nano> stdout F line` format. */
export async function openContainerLog(path: string, clock: Clock): Promise<ContainerLog> {
  await mkdir(dirname(path), { recursive: true });
  let size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  let file = open(path);
  let rotating: Promise<void> | undefined;
  const ends: Promise<void>[] = [];

  const rotate = async (): Promise<void> => {
    const full = file;
    await new Promise<void>((resolve) => full.end(resolve));
    await rename(path, `${path}.${rfc3339Micro(clock.now()).replaceAll(/[-:.]/g, '')}`);
    await dropOldest(path);
    file = open(path);
    size = 0;
    rotating = undefined;
  };

  const write = (text: string): void => {
    // While the full file is being closed, lines still go to it: end() has not been called until the next tick.
    file.write(text);
    size += Buffer.byteLength(text);
  };

  return {
    attach(stream, name) {
      let rest: Buffer = Buffer.alloc(0);
      ends.push(new Promise((resolve) => stream.once('close', resolve)));
      stream.on('data', (chunk: Buffer) => {
        const stamp = `${rfc3339Micro(clock.now()).slice(0, -1)}000Z`;
        const { text, remainder } = formatLines(
          rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk,
          `${stamp} ${name}`,
        );
        rest = remainder;
        if (text !== '') write(text);
        if (size > fileBytesMax && !rotating) {
          stream.pause();
          rotating = rotate();
          void rotating.then(() => stream.resume());
        } else if (file.writableLength > backlogBytesMax) {
          stream.pause();
          file.once('drain', () => stream.resume());
        }
      });
      stream.on('end', () => {
        if (rest.length > 0) write(`${rfc3339Micro(clock.now()).slice(0, -1)}000Z ${name} P ${rest.toString()}\n`);
        rest = Buffer.alloc(0);
      });
      stream.on('error', () => stream.destroy());
    },
    async close() {
      await Promise.all(ends);
      await rotating;
      await new Promise<void>((resolve) => file.end(resolve));
    },
  };
}

/** Complete lines of `data` as log text, and what is left of the last line. Pure. */
export function formatLines(data: Buffer, prefix: string): { text: string; remainder: Buffer } {
  let text = '';
  let start = 0;
  for (;;) {
    const end = data.indexOf(10, start);
    const tooLong = (end < 0 ? data.length : end) - start > lineBytesMax;
    if (tooLong) {
      text += `${prefix} P ${data.toString('utf8', start, start + lineBytesMax)}\n`;
      start += lineBytesMax;
    } else if (end < 0) {
      return { text, remainder: data.subarray(start) };
    } else {
      text += `${prefix} F ${data.toString('utf8', start, end)}\n`;
      start = end + 1;
    }
  }
}

function open(path: string): WriteStream {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o640 });
  // A full disk must not end the supervisor; the line is lost, as with the kubelet.
  stream.on('error', () => {});
  return stream;
}

async function dropOldest(path: string): Promise<void> {
  const folder = dirname(path);
  const rotated = (await readdir(folder)).filter((name) => name.startsWith(`${basename(path)}.`)).sort();
  for (const name of rotated.slice(0, Math.max(0, rotated.length - (filesMax - 1)))) {
    await rm(join(folder, name), { force: true });
  }
}
