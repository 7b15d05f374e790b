// How does a process give memory back that it holds and does not need?

import { readFileSync } from 'node:fs';
import { call, callAsync } from './kernel.ts';

const dontNeed = 4; // MADV_DONTNEED

/**
 * Lets go of the pages of `path` that this process has mapped and read: they stay in the kernel's page cache, and are
 * mapped again when they are read. Whoever maps the file must not unmap it meanwhile. Gives the size of the mappings.
 */
export function releaseMappedPages(path: string): number {
  let bytes = 0;
  for (const line of readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const range = mappingOf(line, path);
    if (!range) continue;
    call('madvise', range.start, range.length, dontNeed);
    bytes += range.length;
  }
  return bytes;
}

/** What a line of `/proc/self/maps` says if it is about a shared mapping of `path`. */
export function mappingOf(line: string, path: string): { start: number; length: number } | undefined {
  const [, start = '', end = '', isShared, file] =
    /^([0-9a-f]+)-([0-9a-f]+) ...([sp]) \S+ \S+ \S+ +(\/.*)$/.exec(line) ?? [];
  // What is written to a private mapping is nowhere else: it would be lost.
  if (isShared !== 's' || file !== path) return undefined;
  const [from, to] = [Number.parseInt(start, 16), Number.parseInt(end, 16)];
  return { start: from, length: to - from };
}

/** Gives what the C library has freed back to the kernel. Takes milliseconds, on another thread. */
export async function trimFreedMemory(): Promise<void> {
  await callAsync('mallocTrim', 0);
}
