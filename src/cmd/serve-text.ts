// How are metrics served to this machine? A plain page over HTTP on a loopback address.

import { createServer } from 'node:http';
import { listenUntil } from '../base/listen-until.ts';

/** Serves `/metrics` until `signal` aborts. Rejects if the address is taken. */
export async function serveText(
  { host, port }: { host: string; port: number },
  text: () => string,
  signal: AbortSignal,
): Promise<{ port: number }> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end('There is only /metrics\n');
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text());
  });
  return { port: await listenUntil(server, { host, port }, signal) };
}
