// How do a cluster's keys change? A new one goes in front of the file; the API server notices, and says when the old one may go.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { pollUntil } from '../base/poll.ts';
import { type DataFolder, DataFolderError } from './data-folder.ts';
import { encryptionKeysPath, newSigningKey, type RandomBytes, signingKeysPath, writeSecret } from './pki.ts';

const waitMs = 60_000;

/** What an API server writes when it has encrypted anew: `run/encryption.json`; a second one `run/encryption-2.json`. */
export interface EncryptionReport {
  /** Names of its keys; the first one encrypts. */
  keys: string[];
  /** Stored values by the key that encrypted them; those in plain under `identity`. */
  use: Record<string, number>;
}

export function encryptionReportPath(folder: DataFolder, instance: string): string {
  return join(folder.run, `encryption${instance && `-${instance}`}.json`);
}

interface KeyFile {
  resources: string[];
  keys: { name: string; secret: string }[];
}

/** Puts a new key in front of `file`; its name is the next number. Pure but for the bytes. */
export function withNewKey(file: KeyFile, randomBytes: RandomBytes): KeyFile {
  const numbers = file.keys.map(({ name }) => Number(/^key(\d+)$/.exec(name)?.[1] ?? 0));
  const name = `key${Math.max(0, ...numbers) + 1}`;
  return { ...file, keys: [{ name, secret: Buffer.from(randomBytes(32)).toString('base64') }, ...file.keys] };
}

/** Has the server encrypted everything with the key `name`? */
export function isRewritten({ keys, use }: EncryptionReport, name: string): boolean {
  return keys[0] === name && Object.entries(use).every(([key, count]) => key === name || count === 0);
}

export interface RotationDeps {
  clock: Clock;
  randomBytes: RandomBytes;
  /** Which API servers the cluster has; `''` is the first one. */
  instances: readonly string[];
}

/**
 * Makes a new key, waits until the running API servers have encrypted everything with it, and removes the older ones.
 * Resolves with its name. Rejects with DataFolderError if the servers do not get there; older keys then stay.
 */
export async function rotateEncryptionKey(
  folder: DataFolder,
  { clock, randomBytes, instances }: RotationDeps,
  signal: AbortSignal,
): Promise<string> {
  const path = encryptionKeysPath(folder);
  const file = withNewKey(JSON.parse(await readFile(path, 'utf8')) as KeyFile, randomBytes);
  const [newest, ...older] = file.keys;
  const name = newest?.name ?? '';
  const giveUpAt = clock.monotonic() + waitMs;
  const untilAll = (isSo: (report: EncryptionReport) => boolean): Promise<void> =>
    pollUntil(
      async () => {
        const reports = await Promise.all(instances.map((instance) => readReport(folder, instance)));
        if (reports.every((report) => report && isSo(report))) return true;
        if (clock.monotonic() < giveUpAt) return false;
        throw new DataFolderError(
          `Cannot finish the rotation: the API server has not encrypted everything with the new key ${name} within ${waitMs / 1000} s. Every key is still in ${path}; look at ${folder.log}/apiserver.log and run the command again.`,
        );
      },
      { clock, signal, intervalMs: 200 },
    );
  if (instances.length > 1) {
    // All servers must be able to read with it before the first of them writes with it.
    await writeKeys(path, { ...file, keys: newest ? [...older, newest] : older });
    await untilAll(({ keys }) => keys.includes(name));
  }
  await writeKeys(path, file);
  await untilAll((report) => isRewritten(report, name));
  await writeKeys(path, { ...file, keys: newest ? [newest] : [] });
  return name;
}

function writeKeys(path: string, file: KeyFile): Promise<void> {
  return writeSecret(path, `${JSON.stringify(file, undefined, 2)}\n`);
}

/** Puts a new key in front of those that sign service account tokens. Resolves with the path of the file. */
export async function rotateTokenKey(folder: DataFolder): Promise<string> {
  const path = signingKeysPath(folder);
  await writeSecret(path, `${newSigningKey()}${await readFile(path, 'utf8')}`);
  return path;
}

async function readReport(folder: DataFolder, instance: string): Promise<EncryptionReport | undefined> {
  try {
    return JSON.parse(await readFile(encryptionReportPath(folder, instance), 'utf8')) as EncryptionReport;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
