// Which URL gives one file of a backup, for a while and to whoever has it? The file and the time are signed.

import { createHmac, timingSafeEqual } from 'node:crypto';

export interface DownloadFile {
  /** Of the backup storage location. */
  namespace: string;
  location: string;
  /** The location's folder when the link was made: a link does not follow a location that moves. */
  folder: string;
  /** Key of the file in the folder. */
  key: string;
}

export interface LinkOptions {
  /** `https://127.0.0.1:41234`. */
  origin: string;
  /** 32 bytes that nobody can guess. */
  secret: Uint8Array;
  /** Milliseconds since the Unix epoch; counted in whole seconds. */
  expiresMs: number;
}

/** The URL of `file`. */
export function downloadLink(file: DownloadFile, { origin, secret, expiresMs }: LinkOptions): string {
  const { namespace, location, key } = file;
  const path = [namespace, location, ...key.split('/')].map(encodeURIComponent).join('/');
  const expires = Math.floor(expiresMs / 1000);
  return `${origin}/${path}?expires=${expires}&signature=${signatureOf(file, { secret, expires }).toString('hex')}`;
}

export interface CheckOptions {
  secret: Uint8Array;
  nowMs: number;
  /** The folder that a location has now; undefined if there is no such location. */
  folderOf: (namespace: string, location: string) => string | undefined;
}

/** The file that the path and query `requestTarget` give, or why they give none. */
export function checkLink(
  requestTarget: string,
  { secret, nowMs, folderOf }: CheckOptions,
): { file: DownloadFile } | { refusal: 'Forged' | 'Expired' } {
  const forged = { refusal: 'Forged' } as const;
  const [path = '', query = ''] = requestTarget.split('?', 2);
  const names = decoded(path.split('/').slice(1));
  const [namespace, location, ...keyParts] = names ?? [];
  const folder = namespace && location ? folderOf(namespace, location) : undefined;
  if (!namespace || !location || folder === undefined || keyParts.length === 0) return forged;

  const values = new URLSearchParams(query);
  const expires = Number(values.get('expires'));
  const signature = Buffer.from(values.get('signature') ?? '', 'hex');
  const file = { namespace, location, folder, key: keyParts.join('/') };
  const wanted = signatureOf(file, { secret, expires });
  if (signature.length !== wanted.length || !timingSafeEqual(signature, wanted)) return forged;
  return nowMs < expires * 1000 ? { file } : { refusal: 'Expired' };
}

function signatureOf(
  { namespace, location, folder, key }: DownloadFile,
  { secret, expires }: { secret: Uint8Array; expires: number },
): Buffer {
  const signed = JSON.stringify([namespace, location, folder, key, expires]);
  return createHmac('sha256', secret).update(signed).digest();
}

function decoded(parts: string[]): string[] | undefined {
  try {
    return parts.map(decodeURIComponent);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
