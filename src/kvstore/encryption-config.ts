// Which keys encrypt which resources? The file of encryption keys: the first key writes, all of them read.

import { type EncryptionKey, encryptionKey } from './encryption.ts';

export interface EncryptionConfig {
  /** As group resources: `secrets`, `configmaps`, `backups.velero.io`. */
  resources: string[];
  /** Newest first. */
  keys: EncryptionKey[];
}

interface ConfigFile {
  resources?: unknown;
  keys?: unknown;
}

/** Reads the file. Throws an Error that says what is wrong with `path`. */
export function parseEncryptionConfig(text: string, path: string): EncryptionConfig {
  const fail = (why: string): Error => new Error(`Cannot use the encryption keys in ${path}: ${why}`);
  let file: ConfigFile;
  try {
    file = JSON.parse(text) as ConfigFile;
  } catch (cause) {
    throw new Error(
      `Cannot use the encryption keys in ${path}: it is not valid JSON. Restore the file: without it encrypted objects can't be read.`,
      { cause },
    );
  }
  const { resources, keys } = file;
  if (!Array.isArray(resources) || !resources.every((each) => typeof each === 'string' && each !== ''))
    throw fail('"resources" must be a list of names, as "secrets" or "backups.velero.io"');
  if (!Array.isArray(keys) || keys.length === 0) throw fail('"keys" must be a list of at least one key');
  const parsed = keys.map((key: { name?: unknown; secret?: unknown }, index) => {
    const { name, secret } = key ?? {};
    if (typeof name !== 'string' || !/^[\w.-]+$/.test(name))
      throw fail(`the name of key ${index + 1} must be letters, digits, ".", "_" and "-"`);
    const bytes = Buffer.from(typeof secret === 'string' ? secret : '', 'base64');
    if (bytes.length !== 32)
      throw fail(`the secret of key "${name}" must be 32 bytes in base64, and has ${bytes.length}`);
    return encryptionKey(name, bytes);
  });
  if (new Set(parsed.map(({ name }) => name)).size < parsed.length) throw fail('two keys have the same name');
  return { resources, keys: parsed };
}

/** Is the value at `storeKey` (`/registry/core/secrets/…`) to be encrypted? */
export function isEncrypted({ resources }: EncryptionConfig, storeKey: string): boolean {
  return resources.some((resource) => storeKey.startsWith(prefixOf(resource)));
}

function prefixOf(resource: string): string {
  const dot = resource.indexOf('.');
  return dot < 0 ? `/registry/core/${resource}/` : `/registry/${resource.slice(dot + 1)}/${resource.slice(0, dot)}/`;
}
