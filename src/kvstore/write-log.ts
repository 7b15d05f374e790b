// Where is a write durable first? In a log: one place of the disk, written in order, where LMDB has to write pages all over
// its file. LMDB gets the same writes later, many at a time, and what it has need not be kept here.
//
// There are two files. While LMDB takes over what is in one of them, the other one is written; then they change places.

import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CorruptStoreError } from './errors.ts';
import { failureOfWrite } from './lmdb-failure.ts';
import type { StoreEvent } from './types.ts';
import { revisionOf } from './watch.ts';
import { decodeLog, encodeBatch, type LogContents, type LoggedWrite } from './write-log-records.ts';

export interface LogOptions {
  /** Folder of the store. */
  path: string;
  /** The number of the store that the log belongs to: with another data file put in its place, the log says nothing of it. */
  store: number;
  /** What LMDB has: the newest revision. */
  revision: number;
}

/** Files of the log in the folder of a store. */
const logFilesOf = (path: string): string[] => ['log-0', 'log-1'].map((name) => join(path, name));

/** What the files of the log in the folder of a store have now: a server may write to them. */
export function readLogFiles(path: string): Promise<Buffer[]> {
  return Promise.all(logFilesOf(path).map(contentsOf));
}

/** The writes after `revision` that `files` have, in order. Without a gap, unless a server wrote on while they were read. */
export function writesOf(files: readonly Buffer[], of: Pick<LogOptions, 'store' | 'revision'>): LoggedWrite[] {
  return inOrder(files.map((file) => decodeLog(file, of)));
}

const inOrder = (contents: readonly LogContents[]): LoggedWrite[] =>
  contents.flatMap(({ writes }) => writes).sort((left, right) => left.revision - right.revision);

function assertComplete(writes: readonly LoggedWrite[], { path, revision }: LogOptions): void {
  const gap = writes.findIndex((write, index) => write.revision !== revision + 1 + index);
  if (gap < 0) return;
  const missing = revision + 1 + gap;
  throw new CorruptStoreError(
    path,
    `its log is damaged: revision ${missing} is not in it, but ${writes[gap]?.revision} is`,
  );
}

function contentsOf(file: string): Promise<Buffer> {
  return readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
}

/** The log of an open store. One call at a time. */
export class WriteLog {
  readonly #options: LogOptions;
  readonly #handles: FileHandle[];
  #active: number;
  #end: number;
  /** Newest revision of the file that is written now. */
  #newest: number;
  /** The same of the other one; 0 if LMDB has it. */
  #sealed: number;
  /** A record that is being written, or could not be, may stand at the end: it must be written over and not left behind. */
  #isOpen = false;
  /** The other file is to be written as soon as this one may be left. */
  #isSealDue = false;

  private constructor(options: LogOptions, { handles, files }: { handles: FileHandle[]; files: LogContents[] }) {
    this.#options = options;
    this.#handles = handles;
    const [first = 0, second = 0] = files.map(({ writes }) => writes.at(-1)?.revision);
    this.#active = second > first ? 1 : 0;
    this.#newest = Math.max(first, second);
    this.#sealed = Math.min(first, second);
    this.#end = files[this.#active]?.end ?? 0;
  }

  /** Opens the log, or makes an empty one. Rejects with CorruptStoreError if it lacks writes, and has then changed nothing. */
  static async open(options: LogOptions): Promise<{ log: WriteLog; writes: LoggedWrite[] }> {
    const files = (await readLogFiles(options.path)).map((file) => decodeLog(file, options));
    const writes = inOrder(files);
    assertComplete(writes, options);
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_DSYNC;
    const handles: FileHandle[] = [];
    try {
      for (const name of logFilesOf(options.path)) handles.push(await open(name, flags, 0o600));
      // What a process that was killed had not flushed yet was read, and so may be seen and built on: it must stay.
      for (const handle of handles) await handle.datasync();
      const folder = await open(options.path, 'r');
      await folder.sync().finally(() => folder.close());
    } catch (error) {
      await Promise.all(handles.map((handle) => handle.close()));
      throw error;
    }
    return { log: new WriteLog(options, { handles, files }), writes };
  }

  /** Resolves with their record when the events are durable. Rejects with StoreFullError if there is no room; they are then not in the log. */
  async append(events: readonly StoreEvent[]): Promise<Buffer> {
    const record = this.encode(events);
    this.#isOpen = true;
    try {
      await this.#writeAll(record);
    } catch (error) {
      await this.#takeBack();
      throw await failureOfWrite(error as NodeJS.ErrnoException, { path: this.#options.path, bytes: record.length });
    }
    this.#isOpen = false;
    this.#end += record.length;
    this.#newest = revisionOf(events.at(-1) as StoreEvent);
    if (this.#isSealDue) this.seal();
    return record;
  }

  /** The record of a batch in this log. */
  encode(events: readonly StoreEvent[]): Buffer {
    return encodeBatch(this.#options.store, events);
  }

  /**
   * LMDB begins to take over all that was appended: from now on the other file is written, if LMDB has what is in it. A record
   * that is being written, or could not be, comes first.
   */
  seal(): void {
    this.#isSealDue = this.#isOpen;
    if (this.#sealed > 0 || this.#isOpen) return;
    this.#active = 1 - this.#active;
    this.#end = 0;
    this.#sealed = this.#newest;
  }

  /** LMDB has what was appended up to `revision`. */
  release(revision: number): void {
    if (revision >= this.#sealed) this.#sealed = 0;
  }

  async close(): Promise<void> {
    await Promise.all(this.#handles.map((handle) => handle.close()));
  }

  /** What was refused should not come up at the next start. Where that fails too, the next record takes its place. */
  async #takeBack(): Promise<void> {
    const handle = this.#handles[this.#active] as FileHandle;
    await handle
      .truncate(this.#end)
      .then(() => handle.datasync())
      .catch(() => {});
  }

  async #writeAll(record: Buffer): Promise<void> {
    const handle = this.#handles[this.#active] as FileHandle;
    for (let done = 0; done < record.length; ) {
      const { bytesWritten } = await handle.write(record, done, record.length - done, this.#end + done);
      done += bytesWritten;
    }
  }
}
