// The real source of chance. One of the few files that may touch node:crypto's randomness.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Random } from './random.ts';

/** Bytes that nobody can guess, for keys and nonces. */
export const systemRandomBytes = (count: number): Uint8Array => randomBytes(count);

export const systemRandom: Random = {
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  uuid: () => randomUUID(),
};
