// Did two writers write to one volume? Shown on the storage: what a volume's old generation holds now is
// compared with what it held when the next one was cut from it.

import { execFile } from 'node:child_process';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ByteRange, type Extent, parseFiemap, unsharedRanges } from './extents.ts';

const run = promisify(execFile);
/** The folder of a pool in which containers have their layers. */
const scratchName = 'scratch';
const chunkBytes = 1024 * 1024;
const outputBytesMax = 64 * 1024 * 1024;

/** A generation that was cut off, and its cut. */
export interface GenerationPair {
  volume: string;
  generation: number;
  dataFile: string;
  cutFile: string;
}

/** Pairs `<volume>.g<N>.img` with `<volume>.g<N>.cut`. Pure. */
export function pairGenerations(files: readonly string[]): { pairs: GenerationPair[]; unpaired: string[] } {
  const present = new Set(files);
  const pairs: GenerationPair[] = [];
  const unpaired: string[] = [];
  for (const cutFile of files) {
    const [, stem, volume, generation] = /^((?:.*\/)?([^/]+)\.g(\d+))\.cut$/.exec(cutFile) ?? [];
    if (!stem || !volume) continue;
    const dataFile = `${stem}.img`;
    if (present.has(dataFile)) pairs.push({ volume, generation: Number(generation), dataFile, cutFile });
    else unpaired.push(cutFile);
  }
  return { pairs, unpaired };
}

export interface DoubleWriteFindings {
  /** Generations that were cut off and can be compared. */
  compared: number;
  /** Generations that somebody wrote to after their cut. */
  changed: GenerationPair[];
  /** Cuts whose generation is gone: nothing can be shown of them. */
  unpaired: string[];
}

/** Compares every pair below the pool. Rejects if a file can't be read. */
export async function findDoubleWrites(poolDir: string, signal: AbortSignal): Promise<DoubleWriteFindings> {
  const { pairs, unpaired } = pairGenerations(await filesOfVolumes(poolDir));
  const changed: GenerationPair[] = [];
  for (const pair of pairs) if (await differs(pair, signal)) changed.push(pair);
  return { compared: pairs.length, changed, unpaired };
}

/** What lies in the pool, but for the layers of containers: these come and go while they are looked at. */
export async function filesOfVolumes(poolDir: string): Promise<string[]> {
  const roots = (await readdir(poolDir)).filter((name) => name !== scratchName);
  const found = await Promise.all(roots.map((name) => filesBelow(join(poolDir, name))));
  return found.flat();
}

async function filesBelow(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Reads only where the two files do not share their blocks; everything where that can't be told. */
async function differs({ dataFile, cutFile }: GenerationPair, signal: AbortSignal): Promise<boolean> {
  const data = await open(dataFile, 'r');
  try {
    const cut = await open(cutFile, 'r');
    try {
      const [dataSize, cutSize] = [(await data.stat()).size, (await cut.stat()).size];
      if (dataSize !== cutSize) return true;
      for (const range of await rangesToRead({ dataFile, cutFile, size: dataSize }, signal)) {
        if (await rangeDiffers(range, { data, cut, signal })) return true;
      }
      return false;
    } finally {
      await cut.close();
    }
  } finally {
    await data.close();
  }
}

async function rangesToRead(
  { dataFile, cutFile, size }: { dataFile: string; cutFile: string; size: number },
  signal: AbortSignal,
): Promise<ByteRange[]> {
  try {
    const [data, cut] = await Promise.all([extentsOf(dataFile, signal), extentsOf(cutFile, signal)]);
    return unsharedRanges(data, cut);
  } catch (error) {
    // No xfs_io here: slower, not weaker.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [{ offset: 0, length: size }];
  }
}

async function extentsOf(file: string, signal: AbortSignal): Promise<Extent[]> {
  const { stdout } = await run('xfs_io', ['-r', '-c', 'fiemap -v', file], { signal, maxBuffer: outputBytesMax });
  return parseFiemap(stdout);
}

async function rangeDiffers(
  range: ByteRange,
  { data, cut, signal }: { data: FileHandle; cut: FileHandle; signal: AbortSignal },
): Promise<boolean> {
  const left = Buffer.alloc(Math.min(chunkBytes, range.length));
  const right = Buffer.alloc(left.length);
  for (let done = 0; done < range.length; done += left.length) {
    signal.throwIfAborted();
    const length = Math.min(left.length, range.length - done);
    const position = range.offset + done;
    const [a, b] = await Promise.all([data.read(left, 0, length, position), cut.read(right, 0, length, position)]);
    if (a.bytesRead !== b.bytesRead || left.compare(right, 0, b.bytesRead, 0, a.bytesRead) !== 0) return true;
  }
  return false;
}
