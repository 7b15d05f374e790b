// What do tests of HTTP/2 talk to? A server on plain TCP, and a client that can send anything.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Http2Connection } from './connection.ts';
import { frame, frameTypes, headBytes, preface } from './frames.ts';
import { literal } from './hpack.ts';
import type { Http2Stream } from './stream.ts';

export interface TestHttp2Server {
  port: number;
  connections: Http2Connection[];
  /** What has been read from all clients. */
  bytesRead(): number;
  stop(): Promise<void>;
}

export async function startHttp2Server(
  onStream: (stream: Http2Stream) => void,
  { monotonic = () => 0 }: { monotonic?: () => number } = {},
): Promise<TestHttp2Server> {
  const connections: Http2Connection[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    connections.push(new Http2Connection(socket, { onStream, monotonic }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    bytesRead: () => Array.from(sockets).reduce((total, { bytesRead }) => total + bytesRead, 0),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

export interface SeenFrame {
  type: number;
  flags: number;
  stream: number;
  payload: Buffer;
}

/** Frames as they come; ends when the server closes. */
export async function* framesOf(socket: Socket): AsyncGenerator<SeenFrame> {
  let data = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    data = Buffer.concat([data, chunk]);
    while (data.length >= headBytes && data.length >= headBytes + data.readUIntBE(0, 3)) {
      const end = headBytes + data.readUIntBE(0, 3);
      yield {
        type: data[3] as number,
        flags: data[4] as number,
        stream: data.readUInt32BE(5),
        payload: data.subarray(headBytes, end),
      };
      data = data.subarray(end);
    }
  }
}

/** A client that has said hello, and sends what it is given. */
export async function rawClient(port: number, sent: readonly Uint8Array[] = []): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => {});
  socket.write(Buffer.concat([preface, frame(frameTypes.settings, Buffer.alloc(0)), ...sent]));
  return socket;
}

/** A block of header fields. */
export function block(fields: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(fields.map(([name, value]) => literal(name, value)));
}

export const get = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/'],
] as const;
export const post = [[':method', 'POST'], ...get.slice(1)] as const;
