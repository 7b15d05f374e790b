// How does the velero command get the files of a backup? By HTTPS from the controllers, with a signed URL and nothing else.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '../base/clock.ts';
import { listenUntil } from '../base/listen-until.ts';
import type { Logger } from '../base/log.ts';
import type { TlsIdentity } from '../base/tls.ts';
import { type CheckOptions, checkLink } from './download-link.ts';
import type { OpenStore } from './location.ts';
import { ObjectStoreError } from './object-store.ts';

export interface DownloadServerOptions {
  /** Address to listen on; any free port is taken. */
  host: string;
  tls: TlsIdentity;
  secret: Uint8Array;
  folderOf: CheckOptions['folderOf'];
  openStore: OpenStore;
  clock: Clock;
  log: Logger;
}

/** Downloads at once, and how long one may stand still. */
const connectionsMax = 64;
const idleTimeoutMs = 60_000;

/** Serves downloads until `signal` aborts. Resolves with the origin of its URLs once it listens. */
export async function serveDownloads(options: DownloadServerOptions, signal: AbortSignal): Promise<{ origin: string }> {
  const { host, tls, log } = options;
  const server = createServer({ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' }, (request, response) => {
    serve({ request, response }, options, signal).catch((error: unknown) => {
      // Who reads a part must see that it is one.
      response.destroy();
      if (!signal.aborted && !request.destroyed) log.warn('Download failed', { error });
    });
  });
  server.maxConnections = connectionsMax;
  server.timeout = idleTimeoutMs;
  const port = await listenUntil(server, { host, port: 0 }, signal);
  return { origin: `https://${host}:${port}` };
}

const refusals = {
  Forged: 'This is not a URL that was made for a download',
  Expired: 'The URL has expired: ask for a new one',
} as const;

async function serve(
  { request, response }: { request: IncomingMessage; response: ServerResponse },
  { secret, folderOf, openStore, clock }: DownloadServerOptions,
  signal: AbortSignal,
): Promise<void> {
  const answer = (code: number, text: string): void => {
    response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
  };
  if (request.method !== 'GET') return answer(405, 'Files can only be read');
  const checked = checkLink(request.url ?? '', { secret, folderOf, nowMs: clock.now() });
  if ('refusal' in checked) return answer(403, refusals[checked.refusal]);
  const { folder, key } = checked.file;
  try {
    const content = await openStore(folder).get(key, signal);
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' });
    await pipeline(Readable.from(content), response, { signal });
  } catch (error) {
    if (!(error instanceof ObjectStoreError) || response.headersSent) throw error;
    answer(error.kind === 'NotFound' ? 404 : 500, error.message);
  }
}
