// Can the files be used that an administrator may change, or put back wrongly? They are looked at before anything is
// started: who starts a cluster is told then what is wrong, and need not look for it in a log.

import { readFile } from 'node:fs/promises';
import { parseSigningKeys } from '../apiserver/auth/tokens/signing-keys.ts';
import { parseEncryptionConfig } from '../kvstore/encryption-config.ts';
import type { DataFolder } from '../localcluster/data-folder.ts';
import { encryptionKeysPath, signingKeysPath } from '../localcluster/pki.ts';
import { auditPolicyParser, auditPolicyPath } from './local-audit.ts';

/** Rejects with a sentence for the user about the first file that is there and no good. */
export async function checkOwnFiles(folder: DataFolder): Promise<void> {
  await checkFile(signingKeysPath(folder), parseSigningKeys);
  await checkFile(encryptionKeysPath(folder), parseEncryptionConfig);
  await checkFile(auditPolicyPath(folder), async (text, path) => (await auditPolicyParser())(text, path));
}

async function checkFile(path: string, parse: (text: string, path: string) => unknown): Promise<void> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await parse(text, path);
}
