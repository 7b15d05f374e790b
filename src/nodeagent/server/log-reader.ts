// How are a container's log lines found again? From CRI-format files, with the options of the pods/log subresource.

import { type FSWatcher, watch } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { type Clock, epochMsOf } from '../../base/clock.ts';

export interface LogOptions {
  follow: boolean;
  timestamps: boolean;
  tailLines: number | undefined;
  limitBytes: number | undefined;
  /** Milliseconds since the Unix epoch; older lines are left out. */
  sinceMs: number | undefined;
  /** Only what was written there; both if absent. */
  stream?: 'stdout' | 'stderr' | undefined;
}

export interface LogSource {
  path: string;
  /** Will more be written? Asked when the end was reached. */
  isOpen: () => boolean;
  clock: Clock;
}

/** One line of a log file as the client sees it; undefined if it is not to be shown. Pure. */
export function formatLogLine(
  line: string,
  { timestamps, sinceMs, stream }: Pick<LogOptions, 'timestamps' | 'sinceMs' | 'stream'>,
): string | undefined {
  const [stamp, writtenTo, tag, ...words] = line.split(' ');
  if (stamp === undefined || tag === undefined) return undefined;
  if (stream !== undefined && writtenTo !== stream) return undefined;
  if (sinceMs !== undefined && epochMsOf(stamp) < sinceMs) return undefined;
  const text = words.join(' ');
  return `${timestamps ? `${stamp} ` : ''}${text}${tag === 'P' ? '' : '\n'}`;
}

/** The log's text, in pieces. With `follow`, until the container has ended or `signal` aborts. */
export async function* readLog(source: LogSource, options: LogOptions, signal: AbortSignal): AsyncGenerator<string> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let file = await open(source.path, 'r');
  try {
    let offset = options.tailLines === undefined ? 0 : await tailOffset(file, options.tailLines);
    let rest = '';
    for (;;) {
      const wasOpen = source.isOpen();
      const { text, end } = await readFrom(file, offset);
      offset = end;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      const shown = lines.flatMap((line) => formatLogLine(line, options) ?? []).join('');
      if (shown !== '') {
        const piece = Buffer.byteLength(shown) <= left ? shown : Buffer.from(shown).subarray(0, left).toString();
        left -= Buffer.byteLength(piece);
        yield piece;
        if (left <= 0) return;
      }
      if (text !== '') continue;
      if (await wasRotated(file, source.path)) {
        await file.close();
        file = await open(source.path, 'r');
        offset = 0;
        continue;
      }
      if (!options.follow || !wasOpen || signal.aborted) return;
      await changed(source, signal);
    }
  } finally {
    await file.close();
  }
}

const chunkBytes = 64 * 1024;

async function readFrom(file: FileHandle, offset: number): Promise<{ text: string; end: number }> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, offset);
  // A character may be cut at the end of the chunk: leave it to the next one.
  let length = bytesRead;
  if (bytesRead === chunkBytes) length = buffer.lastIndexOf(10) + 1 || bytesRead;
  return { text: buffer.toString('utf8', 0, length), end: offset + length };
}

/** Where the last `lines` lines begin. */
async function tailOffset(file: FileHandle, lines: number): Promise<number> {
  let position = (await file.stat()).size;
  let found = 0;
  while (position > 0) {
    const start = Math.max(0, position - chunkBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(position - start), 0, position - start, start);
    for (let index = bytesRead - 1; index >= 0; index -= 1) {
      if (buffer[index] !== 10) continue;
      found += 1;
      // The first one found ends the last line.
      if (found === lines + 1) return start + index + 1;
    }
    position = start;
  }
  return lines === 0 ? (await file.stat()).size : 0;
}

async function wasRotated(file: FileHandle, path: string): Promise<boolean> {
  const [own, current] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  return current !== undefined && current.ino !== own.ino;
}

const lookAgainMs = 250;
const rotationMs = 20;

// The end of the container gives no file event, so look again once in a while.
async function changed({ path, clock }: LogSource, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const wake = (): void => woken.abort();
  let watcher: FSWatcher | undefined;
  signal.addEventListener('abort', wake, { once: true });
  try {
    watcher = startWatcher(path);
    watcher?.on('change', wake).on('error', wake);
    await clock.sleep(watcher ? lookAgainMs : rotationMs, woken.signal).catch(() => {});
  } finally {
    watcher?.close();
    signal.removeEventListener('abort', wake);
  }
}

// While a log is being rotated there is no file of its name for a moment.
function startWatcher(path: string): FSWatcher | undefined {
  try {
    return watch(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
