// How is one value encrypted at rest? AES-256-GCM under a key of its own, derived from a master key and 32 random bytes.

import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

/** One master key. Its name stands in every value that it encrypted. */
export interface EncryptionKey {
  name: string;
  secret: KeyObject;
}

/** Source of bytes that nobody can guess. */
export type RandomBytes = (count: number) => Uint8Array;

/** A value that no key of the server can decrypt: it was altered, moved to another key of the store, or its key is gone. */
export class DecryptionError extends Error {
  override readonly name = 'DecryptionError';
}

const marker = 'amarre:enc:aesgcm:v1:';
const seedBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

/** A key from its 32 bytes. */
export function encryptionKey(name: string, bytes: Uint8Array): EncryptionKey {
  return { name, secret: createSecretKey(bytes) };
}

/**
 * `plain` as it goes to the store under `storeKey`. The seed makes a new key for every write, so that a nonce never
 * meets the same key twice however many writes there are; `storeKey` is authenticated, so that a value can't be moved.
 */
export function encrypt(
  plain: Uint8Array,
  { storeKey, key, randomBytes }: { storeKey: string; key: EncryptionKey; randomBytes: RandomBytes },
): Uint8Array {
  const seed = randomBytes(seedBytes);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', derive(key, seed), nonce).setAAD(Buffer.from(storeKey));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([Buffer.from(`${marker}${key.name}:`), seed, nonce, sealed, cipher.getAuthTag()]);
}

const firstByte = marker.charCodeAt(0);

/** Name of the key that encrypted `value`; undefined if it is not encrypted. */
export function keyNameOf(value: Uint8Array): string | undefined {
  // Asked of every value that is read, and hardly any begins like this.
  if (value[0] !== firstByte) return undefined;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (!bytes.subarray(0, marker.length).equals(Buffer.from(marker))) return undefined;
  return bytes.subarray(marker.length, bytes.indexOf(':', marker.length)).toString();
}

/** The value in plain, encrypted or not. Throws DecryptionError. */
export function decrypt(
  value: Uint8Array,
  { storeKey, keys }: { storeKey: string; keys: readonly EncryptionKey[] },
): Uint8Array {
  const name = keyNameOf(value);
  if (name === undefined) return value;
  const key = keys.find((each) => each.name === name);
  if (!key)
    throw new DecryptionError(
      `Cannot decrypt ${storeKey}: it was encrypted with the key "${name}", and the keys at hand are ${keys.map((each) => `"${each.name}"`).join(', ')}. Put that key back into the file of encryption keys.`,
    );
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const start = marker.length + Buffer.byteLength(name) + 1;
  const nonceAt = start + seedBytes;
  const sealedAt = nonceAt + nonceBytes;
  try {
    const decipher = createDecipheriv(
      'aes-256-gcm',
      derive(key, bytes.subarray(start, nonceAt)),
      bytes.subarray(nonceAt, sealedAt),
    )
      .setAAD(Buffer.from(storeKey))
      .setAuthTag(bytes.subarray(bytes.length - tagBytes));
    return Buffer.concat([decipher.update(bytes.subarray(sealedAt, bytes.length - tagBytes)), decipher.final()]);
  } catch (cause) {
    throw new DecryptionError(`Cannot decrypt ${storeKey}: the value was altered or belongs to another key.`, {
      cause,
    });
  }
}

function derive({ secret }: EncryptionKey, seed: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, seed, 'amarre value encryption', 32));
}
