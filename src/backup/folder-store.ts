// How is a local folder an object store? A file per object, renamed into place once it is on the disk.

import { createReadStream } from 'node:fs';
import { access, constants, type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Random } from '../base/random.ts';
import { type ObjectBody, type ObjectStore, ObjectStoreError, type ObjectStoreErrorKind } from './object-store.ts';

const kinds: Record<string, ObjectStoreErrorKind> = {
  ENOENT: 'NotFound',
  ENOSPC: 'Full',
  EDQUOT: 'Full',
  EROFS: 'ReadOnly',
  EACCES: 'ReadOnly',
  EPERM: 'ReadOnly',
};

const reasons: Record<ObjectStoreErrorKind, string> = {
  NotFound: 'there is no such file',
  Full: 'the disk is full',
  ReadOnly: 'the folder is read-only',
  Unavailable: 'the folder cannot be used',
};

/** Unfinished writes; never listed, and removed when their write fails. */
const temporaryPrefix = '.writing-';

/** An ObjectStore in the folder `root`. The folder is made by the first write or check, if its parent exists. */
export function createFolderStore(root: string, random: Random): ObjectStore {
  return new FolderStore(root, random);
}

class FolderStore implements ObjectStore {
  readonly description: string;
  readonly #root: string;
  readonly #random: Random;

  constructor(root: string, random: Random) {
    this.#root = root;
    this.#random = random;
    this.description = `folder ${root}`;
  }

  async put(key: string, body: ObjectBody, signal: AbortSignal): Promise<void> {
    const path = this.#pathOf(key);
    const temporary = join(dirname(path), `${temporaryPrefix}${this.#random.uuid()}`);
    await this.#attempt(`write ${key}`, async () => {
      await this.#makeRoot();
      await this.#makeFolders(dirname(key));
      try {
        await this.#writeDurably(temporary, body, signal);
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      await syncFolder(dirname(path));
    });
  }

  async get(key: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    signal.throwIfAborted();
    const path = this.#pathOf(key);
    await this.#attempt(`read ${key}`, () => access(path, constants.R_OK));
    return createReadStream(path, { signal });
  }

  async exists(key: string, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    return this.#orWhenMissing(`look for ${key}`, false, async () => (await stat(this.#pathOf(key))).isFile());
  }

  async list(prefix: string, signal: AbortSignal): Promise<string[]> {
    signal.throwIfAborted();
    const names = await this.#orWhenMissing(`list ${prefix}`, [], () =>
      readdir(prefix === '' ? this.#root : this.#pathOf(prefix)),
    );
    return names.filter((name) => !name.startsWith(temporaryPrefix)).sort();
  }

  async remove(prefix: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#attempt(`delete ${prefix}`, () => rm(this.#pathOf(prefix), { recursive: true, force: true }));
  }

  async check(signal: AbortSignal): Promise<void> {
    const probe = join(this.#root, `${temporaryPrefix}${this.#random.uuid()}`);
    await this.#attempt('write to it', async () => {
      await this.#makeRoot();
      try {
        // A full disk still takes an empty file; a block of data shows it.
        await this.#writeDurably(probe, new Uint8Array(4096), signal);
      } finally {
        await rm(probe, { force: true });
      }
    });
  }

  async #writeDurably(path: string, body: ObjectBody, signal: AbortSignal): Promise<void> {
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of body instanceof Uint8Array ? [body] : body) {
        signal.throwIfAborted();
        await writeAll(file, chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** One level only: a missing parent is likelier a missing mount than a wish for a new tree. */
  async #makeRoot(): Promise<void> {
    await makeFolder(this.#root);
  }

  /** Level by level: a recursive mkdir on a read-only disk says ENOENT. */
  async #makeFolders(key: string): Promise<void> {
    const parts = key.split('/');
    for (const [index] of parts.entries()) await makeFolder(join(this.#root, ...parts.slice(0, index + 1)));
  }

  async #orWhenMissing<T>(what: string, fallback: T, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#attempt(what, work);
    } catch (error) {
      if (error instanceof ObjectStoreError && error.kind === 'NotFound') return fallback;
      throw error;
    }
  }

  /** Turns errors of the file system into ObjectStoreErrors that name the folder; lets others pass. */
  async #attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      const kind = kinds[code] ?? 'Unavailable';
      throw new ObjectStoreError(
        kind,
        `Cannot use ${this.description}: could not ${what}: ${reasons[kind]} (${code})`,
        {
          cause: error,
        },
      );
    }
  }

  #pathOf(key: string): string {
    const isInside =
      !key.startsWith('/') && key.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
    if (!isInside || key.includes('\0')) {
      throw new ObjectStoreError('NotFound', `Not a key of ${this.description}: ${JSON.stringify(key)}`);
    }
    return join(this.#root, key.split('/').join(sep));
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, offset);
    offset += bytesWritten;
  }
}

/** A rename is durable only once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z]+$/.test(code) ? code : undefined;
}
