// How much memory does reading the store take? LMDB maps its file: what was read once counts as the process's own until
// the pages are let go of, although the kernel has them anyway.

import { realpathSync } from 'node:fs';
import { releaseMappedPages } from '../base/kernel-memory.ts';
import type { Logger } from '../base/log.ts';
import { dataFileOf } from './lmdb-open.ts';
import type { Entry } from './types.ts';

const pageBytes = 4096;
/** Pages are let go of when about so many bytes of them were read: a server that reads little keeps what it has. */
const heldBytesMax = 64 * 1024 * 1024;

/** The pages of one open store that were read. */
export class MappedPages {
  readonly #path: string;
  readonly #log: Logger;
  #heldBytes = 0;
  #isRefused = false;

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** Entries were read. `isIdle` says that nothing is being written: LMDB may then not map its file anew meanwhile. */
  wereRead(entries: readonly Entry[], { isIdle }: { isIdle: boolean }): void {
    for (const { value } of entries) this.#heldBytes += Math.max(pageBytes, value.byteLength);
    if (this.#heldBytes > heldBytesMax && isIdle && !this.#isRefused) this.#release();
  }

  #release(): void {
    this.#heldBytes = 0;
    try {
      releaseMappedPages(realpathSync(dataFileOf(this.#path)));
    } catch (error) {
      this.#isRefused = true;
      this.#log.warn('the pages of the state that were read stay in memory', { error });
    }
  }
}
