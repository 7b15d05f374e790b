// How does a process notice that a file of keys was changed? It looks at it now and then; a bad file leaves the old keys in use.

import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';

const intervalMs = 1000;

export interface FollowOptions<T> {
  path: string;
  /** Throws an Error with a sentence for the administrator if the text is no good. */
  parse: (text: string, path: string) => T;
  clock: Clock;
  log: Logger;
  onChange?: (value: T) => void;
}

/**
 * Reads `path` and resolves with what gives its newest good content, until `signal` aborts. Rejects if the
 * file can't be read or parsed now.
 */
export async function followFile<T>(options: FollowOptions<T>, signal: AbortSignal): Promise<() => T> {
  const { path, parse } = options;
  const state = { version: await versionOf(path), value: parse(await readFile(path, 'utf8'), path) };
  void follow(state, options, signal);
  return () => state.value;
}

async function follow<T>(
  state: { version: string; value: T },
  { path, parse, clock, log, onChange }: FollowOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(intervalMs, signal);
      const version = await versionOf(path);
      if (version === state.version) continue;
      state.version = version;
      state.value = parse(await readFile(path, 'utf8'), path);
      log.info('a file was read again', { path });
      onChange?.(state.value);
    } catch (error) {
      if (signal.aborted) return;
      log.error('a changed file is not used', { path, error });
    }
  }
}

async function versionOf(path: string): Promise<string> {
  const { ino, mtimeMs, size } = await stat(path);
  return `${ino} ${mtimeMs} ${size}`;
}
