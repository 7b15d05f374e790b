// Where do audit events go? Into a file of JSON lines, from a buffer: who is audited never waits for the disk.

import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Clock, rfc3339 } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { AuditSink } from './trail.ts';

export interface AuditLogOptions {
  path: string;
  /** The file is put aside at this size; 100 MiB unless told otherwise. */
  bytesMax?: number;
  /** So many files that were put aside are kept; 10 unless told otherwise. */
  backupsMax?: number;
  /** Events beyond this are dropped and counted while the disk is slow; 10,000 unless told otherwise. */
  bufferMax?: number;
  clock: Clock;
  log: Logger;
}

/** A sink that writes as long as `run` does. */
export class AuditLogFile implements AuditSink {
  readonly #options: Required<AuditLogOptions>;
  #lines: string[] = [];
  #dropped = 0;
  #wake: () => void = () => {};

  constructor(options: AuditLogOptions) {
    this.#options = { bytesMax: 100 * 1024 * 1024, backupsMax: 10, bufferMax: 10_000, ...options };
  }

  /** Events that the disk was too slow for, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  write(event: object): void {
    if (this.#lines.length >= this.#options.bufferMax) {
      this.#dropped += 1;
      return;
    }
    this.#lines.push(JSON.stringify(event));
    this.#wake();
  }

  /** Writes what comes until `signal` aborts, and then what is left. A disk error is logged, and its events are lost. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    let file = await this.#open();
    try {
      for (;;) {
        if (this.#lines.length === 0) {
          if (signal.aborted) return;
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          continue;
        }
        file = await this.#append(file);
      }
    } finally {
      signal.removeEventListener('abort', stop);
      await file.close();
    }
  }

  async #append(file: FileHandle): Promise<FileHandle> {
    const lines = this.#lines;
    this.#lines = [];
    try {
      await file.appendFile(`${lines.join('\n')}\n`);
      if ((await file.stat()).size < this.#options.bytesMax) return file;
      await file.close();
      await this.#putAside();
      return await this.#open();
    } catch (error) {
      this.#dropped += lines.length;
      this.#options.log.error('audit events were lost', { path: this.#options.path, count: lines.length, error });
      return file;
    }
  }

  async #putAside(): Promise<void> {
    const { path, clock, backupsMax } = this.#options;
    const folder = dirname(path);
    const name = basename(path, '.log');
    const isBackup = (each: string): boolean => each.startsWith(`${name}-`) && each.endsWith('.log');
    const present = (await readdir(folder)).filter(isBackup);
    // A number behind the second tells files of the same one apart, and keeps names in their order.
    const second = `${name}-${rfc3339(clock.now()).replaceAll(':', '-')}`;
    const number = String(present.filter((each) => each.startsWith(second)).length).padStart(4, '0');
    await rename(path, join(folder, `${second}-${number}.log`));
    const backups = (await readdir(folder)).filter(isBackup).sort();
    for (const old of backups.slice(0, Math.max(0, backups.length - backupsMax))) await rm(join(folder, old));
  }

  #open(): Promise<FileHandle> {
    return open(this.#options.path, 'a', 0o600);
  }
}
