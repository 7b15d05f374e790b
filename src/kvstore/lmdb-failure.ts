// Why could a batch not be committed? A full disk is told apart from a broken one; in both cases nothing was written.

import { statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { StoreFullError } from './errors.ts';

/** What lmdb rejects a batch with. */
export type CommitError = Error & { commitError?: Promise<never> };

/** A disk with less room than this, beyond what a batch needs, counts as full. */
const roomBytes = 4 * 1024 * 1024;

/** The error to reject writes with: StoreFullError if there is no room below `path`. */
export async function failureOfCommit(error: CommitError, path: string): Promise<Error> {
  const cause = (await error.commitError?.catch((reason: unknown) => reason)) as { code?: number } | undefined;
  const { bavail, bsize } = await statfs(path);
  // A write that fits in part fails with EIO, one that does not fit at all with ENOSPC.
  if (cause?.code !== constants.errno.ENOSPC && bavail * bsize > roomBytes) {
    return new Error('Cannot write the state: the disk reports an error', { cause: cause ?? error });
  }
  const freeKib = Math.round((bavail * bsize) / 1024);
  return new StoreFullError(
    `no space left on device: cannot write the state in ${path}, where ${freeKib} KiB are free. ` +
      'Free some space there; writes go on as soon as there is room',
    { cause },
  );
}
