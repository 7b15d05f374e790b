// How does a watch travel over a WebSocket? One event to a message. Source: apiserver/pkg/endpoints/handlers/watch.go HandleWS.

import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { requestInfoOf } from '../request-info.ts';
import type { ApiRequest, ApiResponse } from '../types.ts';
import type { Upgrade } from './upgrade.ts';

/** Is it a watch that a browser, or who is like one, asks for? */
export function isWatch(request: ApiRequest): boolean {
  return requestInfoOf(request).verb === 'watch';
}

/** Sends the events of `response` until it ends or the client leaves; `leave` ends the watch. Never rejects. */
export async function serveWatch(
  { request, socket, head }: Upgrade,
  { body, givenUp, headers }: ApiResponse,
  leave: () => void,
): Promise<void> {
  const client = await accept({ request, socket, head });
  client.on('error', () => {});
  client.on('close', leave);
  givenUp?.addEventListener('abort', () => client.terminate(), { once: true });
  // The client has nothing to say.
  client.on('message', () => {});
  const isText = (headers['content-type'] ?? '').startsWith('application/json');
  try {
    for await (const event of isText ? lines(body) : body) await send(client, event);
    client.close(1000);
  } catch {
    // The watch was left, or given up: its client is gone, or must go.
    client.terminate();
  }
}

/** Resolves when the message is handed to the connection, so that a slow client is told from a quick one. */
function send(client: WebSocket, event: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    if (client.readyState !== WebSocket.OPEN) reject(new Error('The client has left'));
    else client.send(event, (error) => (error ? reject(error) : resolve()));
  });
}

async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + Buffer.from(chunk).toString()).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}

function accept({ request, socket, head }: Pick<Upgrade, 'request' | 'socket' | 'head'>): Promise<WebSocket> {
  const handleProtocols: ServerOptions['handleProtocols'] = (offered) => [...offered][0] ?? false;
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols });
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve));
}
