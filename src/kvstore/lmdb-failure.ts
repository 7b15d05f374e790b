// Why could a batch not be committed? A full disk is told apart from a broken one; in both cases nothing was written.

import { statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { StoreFullError } from './errors.ts';

/** What lmdb rejects a batch with. */
export type CommitError = Error & { commitError?: Promise<never> };

/** A disk with less room than this, beyond what a commit needs, counts as full. */
const roomBytes = 4 * 1024 * 1024;
/** A value goes to pages of its own, and so does the one before it. */
const growth = 4;

/** What was to be written: below `path`, with values of so many bytes. */
interface Attempt {
  path: string;
  bytes: number;
}

/** The error to reject writes with that LMDB did not commit: StoreFullError if there is no room. */
export async function failureOfCommit(error: CommitError, attempt: Attempt): Promise<Error> {
  const cause = (await error.commitError?.catch((reason: unknown) => reason)) as { code?: number } | undefined;
  return failure(attempt, { cause: cause ?? error, isFull: cause?.code === constants.errno.ENOSPC });
}

/** The same for a file that could not be written. */
export function failureOfWrite(error: NodeJS.ErrnoException, attempt: Attempt): Promise<Error> {
  return failure(attempt, { cause: error, isFull: error.code === 'ENOSPC' });
}

async function failure(
  { path, bytes }: Attempt,
  { cause, isFull }: { cause: unknown; isFull: boolean },
): Promise<Error> {
  const { bavail, bsize } = await statfs(path);
  // A write that fits in part fails with EIO, one that does not fit at all with ENOSPC.
  if (!isFull && bavail * bsize > roomBytes + growth * bytes) {
    return new Error('Cannot write the state: the disk reports an error', { cause });
  }
  const freeKib = Math.round((bavail * bsize) / 1024);
  return new StoreFullError(
    `no space left on device: cannot write the state in ${path}, where ${freeKib} KiB are free. ` +
      'Free some space there; writes go on as soon as there is room',
    { cause },
  );
}
