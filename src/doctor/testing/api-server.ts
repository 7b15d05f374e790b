// How does a test play the API server that the doctor reads? With answers by path, over HTTP.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../base/system-clock.ts';
import { http1Transport } from '../../client/http1-transport.ts';
import { collectionPath } from '../../client/request-path.ts';
import { readCluster } from '../read/cluster/read-cluster.ts';
import type { Reading } from '../read/reading.ts';
import { type KindName, kindNames, kindRows } from '../snapshot/kinds.ts';

export type Answer = object | ((request: IncomingMessage, response: ServerResponse) => void);

/** A server with the answers given by path without query; every other kind is there and empty. */
async function cluster(answers: Record<string, Answer>): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const paths = new Set(kindNames.flatMap((kind) => [pathOf(kind), pathOf(kind, 'shop')]));
  const server = createServer((request, response) => {
    requests.push(request);
    const path = (request.url ?? '').split('?')[0] ?? '';
    const known = paths.has(path) ? { items: [] } : path === '/version' ? { major: '1', minor: '34+' } : undefined;
    const answer =
      answers[path] ?? known ?? refuse(404, 'NotFound', 'the server could not find the requested resource');
    if (typeof answer === 'function') answer(request, response);
    else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

export function pathOf(kind: KindName, namespace?: string): string {
  return collectionPath(kindRows[kind].resource, namespace);
}

export function refuse(code: number, reason: string, message: string): Answer {
  return (_, response) => {
    response.statusCode = code;
    response.end(JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message }));
  };
}

export const forbidden = refuse(403, 'Forbidden', 'pods is forbidden: User "jane" cannot list resource "pods"');

/** What the doctor reads of a server with these answers. */
export async function read(
  answers: Record<string, Answer>,
  {
    kinds = ['pods', 'claims', 'nodes'] as KindName[],
    namespace = undefined as string | undefined,
    requestTimeoutMs = 20_000,
  } = {},
): Promise<Reading & { requests: IncomingMessage[] }> {
  const { url, requests } = await cluster(answers);
  const transport = http1Transport({ server: url, tls: {}, authorization: 'Bearer t' });
  onTestFinished(() => transport.close());
  // Its waits take no time, so that nothing in a test does.
  const clock = { ...systemClock, sleep: () => Promise.resolve() };
  const server = { transport, clock, requestTimeoutMs, attemptsMax: 3 };
  const reading = await readCluster(server, { kinds, namespace, source: 'context test' }, new AbortController().signal);
  return { ...reading, requests };
}
