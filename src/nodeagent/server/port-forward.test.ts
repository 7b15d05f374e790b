// Does port-forward carry any bytes, in both directions, to the end? A SPDY client in miniature against the agent's end.

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { constants, createDeflate } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { serveForwarding } from './port-forward.ts';
import { SpdyConnection } from './spdy/connection.ts';
import {
  controlFrame,
  dataFrame,
  type Frame,
  FrameReader,
  frameTypes,
  numbersFrame,
  SpdyError,
} from './spdy/frames.ts';
import { headerDictionary } from './spdy/header-dictionary.ts';
import { HeaderReader, type Headers, HeaderWriter } from './spdy/headers.ts';

let service: Server;
let agent: WebSocketServer;
let client: WebSocket;
let frames: Frame[];
const headers = new HeaderWriter();

beforeEach(async () => {
  // Echoes what it reads, and ends when the client has.
  service = createServer({ allowHalfOpen: true }, (socket: Socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  agent = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => agent.once('listening', resolve));
  agent.on('connection', (socket) => serveForwarding(socket, { pod: 'shop/web-0', uid: 'u-1', hosts: ['127.0.0.1'] }));
  client = new WebSocket(`ws://127.0.0.1:${(agent.address() as AddressInfo).port}`);
  frames = [];
  const reader = new FrameReader();
  client.on('message', (data: Buffer) => frames.push(...reader.push(data)));
  await new Promise((resolve) => client.once('open', resolve));
});
afterEach(async () => {
  client.terminate();
  for (const socket of agent.clients) socket.terminate();
  agent.close();
  await new Promise((resolve) => service.close(resolve));
});

function open(streamId: number, fields: Record<string, string>, writer = headers): void {
  const head = Buffer.alloc(10);
  head.writeUInt32BE(streamId);
  client.send(
    controlFrame({ type: frameTypes.synStream, flags: 0, payload: Buffer.concat([head, writer.write(fields)]) }),
  );
}

function openPair(errorId: number, port: number, writer = new HeaderWriter()): void {
  const request = { port: String(port), requestid: String(errorId) };
  open(errorId, { streamtype: 'error', ...request }, writer);
  open(errorId + 2, { streamtype: 'data', ...request }, writer);
}

const textOf = (streamId: number): string =>
  Buffer.concat(
    frames.flatMap((frame) => (!frame.isControl && frame.streamId === streamId ? [frame.data] : [])),
  ).toString();
const hasEnded = (streamId: number): boolean =>
  frames.some((frame) => !frame.isControl && frame.streamId === streamId && frame.flags === 1);

test('two streams -> replied to; data is carried both ways, and both ends end', async () => {
  const { port } = service.address() as AddressInfo;
  openPair(1, port);
  const sent = 'x'.repeat(300_000);
  for (let at = 0; at < sent.length; at += 10_000)
    client.send(dataFrame({ streamId: 3, flags: 0, data: Buffer.from(sent.slice(at, at + 10_000)) }));
  client.send(dataFrame({ streamId: 3, flags: 1, data: Buffer.alloc(0) }));
  await expect.poll(() => hasEnded(3) && hasEnded(1)).toBe(true);
  expect(textOf(3)).toBe(sent);
  expect(textOf(1)).toBe('');
  const replies = frames.flatMap((frame) => (frame.isControl && frame.type === frameTypes.synReply ? [frame] : []));
  expect(replies.map(({ payload }) => payload.readUInt32BE())).toEqual([1, 3]);
  // A client that keeps windows is told of every byte that was read.
  const updates = frames.filter((frame) => frame.isControl && frame.type === frameTypes.windowUpdate);
  expect(updates.length).toBeGreaterThan(0);
});

test('a client that keeps windows -> is sent no more than it lets', async () => {
  const { port } = service.address() as AddressInfo;
  const settings = Buffer.alloc(12);
  settings.writeUInt32BE(1, 0);
  settings.writeUInt32BE(7, 4);
  settings.writeUInt32BE(1000, 8);
  client.send(controlFrame({ type: frameTypes.settings, flags: 0, payload: settings }));
  openPair(1, port);
  for (let i = 0; i < 5; i++) client.send(dataFrame({ streamId: 3, flags: 0, data: Buffer.alloc(500, 'y') }));
  await expect.poll(() => textOf(3).length).toBeGreaterThan(0);
  client.send(numbersFrame(frameTypes.ping, 9));
  await expect.poll(() => frames.some((frame) => frame.isControl && frame.type === frameTypes.ping)).toBe(true);
  expect(textOf(3).length).toBeLessThanOrEqual(1000);
  client.send(numbersFrame(frameTypes.windowUpdate, 3, 10_000));
  await expect.poll(() => textOf(3).length).toBe(2500);
});

test('nobody listens on the port -> said on the error stream', async () => {
  const { port } = service.address() as AddressInfo;
  await new Promise((resolve) => service.close(resolve));
  service = createServer();
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  openPair(1, port);
  await expect.poll(() => hasEnded(1)).toBe(true);
  expect(textOf(1)).toBe(
    `error forwarding port ${port} to pod shop/web-0, uid u-1: failed to connect to 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
  );
});

test('bytes that are no SPDY -> the connection is closed as a protocol error', async () => {
  const closed = new Promise<number>((resolve) => client.once('close', resolve));
  client.send(Buffer.from('GET / HTTP/1.1\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxxx'));
  client.send(controlFrame({ type: frameTypes.synStream, flags: 0, payload: Buffer.alloc(30, 1) }));
  expect(await closed).toBe(1002);
});

test('headers compressed with the dictionary, block after block -> read; ours too', async () => {
  const pairs = (name: string, value: string): Buffer => {
    const bytes = Buffer.alloc(12 + name.length + value.length);
    bytes.writeUInt32BE(1, 0);
    bytes.writeUInt32BE(name.length, 4);
    bytes.write(name, 8);
    bytes.writeUInt32BE(value.length, 8 + name.length);
    bytes.write(value, 12 + name.length);
    return bytes;
  };
  const deflate = createDeflate({ dictionary: headerDictionary });
  const reader = new HeaderReader();
  for (const [name, value] of [
    ['streamtype', 'error'],
    ['streamtype', 'data'],
    ['Other', 'data'],
  ] as const) {
    deflate.write(pairs(name, value));
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve));
    expect(reader.read(deflate.read() as Buffer)).toEqual({ [name.toLowerCase()]: value });
  }
  const writer = new HeaderWriter();
  const again = new HeaderReader();
  for (const fields of [{ a: 'b' }, { c: 'd', e: '' }] as Headers[])
    expect(again.read(writer.write(fields))).toEqual(fields);
});

test('any bytes in any pieces -> read or refused with SpdyError', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }), fc.boolean(), (pieces, isFramed) => {
      const connection = new SpdyConnection({
        send: (_bytes, done) => done(),
        onStream: () => {},
        onCongestion: () => {},
      });
      try {
        for (const piece of pieces) {
          const payload = Buffer.from(piece);
          connection.receive(isFramed ? controlFrame({ type: (piece[0] ?? 0) % 11, flags: 0, payload }) : payload);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(SpdyError);
      }
      connection.close();
    }),
    { numRuns: 500 },
  );
});
