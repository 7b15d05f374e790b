// How is the state of a local cluster encrypted, and encrypted anew when its keys change?

import { writeFile } from 'node:fs/promises';
import { systemRandomBytes } from '../base/system-random.ts';
import { encryptedStore } from '../kvstore/encrypted-store.ts';
import { parseEncryptionConfig } from '../kvstore/encryption-config.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import { followFile } from '../localcluster/followed-file.ts';
import { encryptionKeysPath } from '../localcluster/pki.ts';
import { type EncryptionReport, encryptionReportPath } from '../localcluster/rotate-keys.ts';
import type { ProcessContext } from './process.ts';

export interface EncryptedState {
  store: RevisionStore;
  /** Encrypts anew what the first key has not encrypted, now and after every change of the keys, until `signal` aborts. */
  keepEncrypted: (signal: AbortSignal) => Promise<void>;
}

/** `open` is called when the keys are read. Rejects with a sentence for the user if they are no good. */
export async function encryptedState(
  { folder, instance, clock, log }: ProcessContext,
  open: () => Promise<RevisionStore>,
  signal: AbortSignal,
): Promise<EncryptedState> {
  let wake = (): void => {};
  let changed = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const path = encryptionKeysPath(folder);
  const onChange = (): void => wake();
  const config = await followFile({ path, parse: parseEncryptionConfig, clock, log, onChange }, signal);
  const store = encryptedStore(await open(), { config, randomBytes: systemRandomBytes });
  const keepEncrypted = async (until: AbortSignal): Promise<void> => {
    until.addEventListener('abort', () => wake(), { once: true });
    while (!until.aborted) {
      const next = new Promise<void>((resolve) => {
        wake = resolve;
      });
      try {
        const { written, use } = await store.rewrite(until);
        if (written > 0) log.info('encrypted values anew', { count: written });
        const report: EncryptionReport = { keys: config().keys.map(({ name }) => name), use };
        await writeFile(encryptionReportPath(folder, instance), JSON.stringify(report), { mode: 0o600 });
      } catch (error) {
        if (!until.aborted) log.error('values could not be encrypted anew', { error });
      }
      changed = next;
      await changed;
    }
  };
  return { store, keepEncrypted };
}
