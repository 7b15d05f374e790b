import { once } from 'node:events';
import { connect } from 'node:http2';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Http2Connection } from './connection.ts';
import { errorCodes, flags, frame, frameTypes, preface, settingIds, settingsPayload, words } from './frames.ts';
import { Http2Stream } from './stream.ts';
import {
  block,
  framesOf,
  get,
  post,
  rawClient,
  type SeenFrame,
  startHttp2Server,
  type TestHttp2Server,
} from './testing.ts';

const { data, headers, reset, settings, ping, goAway, windowUpdate, continuation, priority, pushPromise } = frameTypes;
const { endHeaders, endStream, padded, ack } = flags;
const { protocolError, flowControlError, streamClosed, frameSizeError, compressionError, enhanceYourCalm } = errorCodes;

let server: TestHttp2Server;
let nowMs = 0;
/** What the server does with a request; echoes its body unless told otherwise. */
let onStream: (stream: Http2Stream) => void;

async function echo(stream: Http2Stream): Promise<void> {
  const body = await stream.readBody(1_000_000).catch(() => undefined);
  if (body) stream.respondWith({ status: 200, headers: { 'content-length': String(body.length) } }, [body]);
}

beforeEach(async () => {
  nowMs = 0;
  onStream = (stream) => void echo(stream);
  server = await startHttp2Server((stream) => onStream(stream), { monotonic: () => nowMs });
});
afterEach(() => server.stop());

const open = (stream: number, fields: readonly (readonly [string, string])[] = post, set = 0): Buffer =>
  frame(headers, block(fields), { set: endHeaders | set, stream });
const request = (stream: number): Buffer => open(stream, get, endStream);
const body = (stream: number, text: string, set = 0): Buffer => frame(data, Buffer.from(text), { set, stream });

/** The first frame that `is`; undefined if the connection ends without. */
async function seen(sent: readonly Uint8Array[], is: (seen: SeenFrame) => boolean): Promise<SeenFrame | undefined> {
  const socket = await rawClient(server.port, sent);
  try {
    for await (const each of framesOf(socket)) if (is(each)) return each;
    return undefined;
  } finally {
    socket.destroy();
  }
}

test.each<{ name: string; sent: Buffer[]; code: number }>([
  {
    name: 'a frame before SETTINGS of no stream',
    sent: [frame(data, Buffer.alloc(1), { stream: 0 })],
    code: protocolError,
  },
  { name: 'DATA of a stream that was not opened', sent: [body(1, 'x')], code: protocolError },
  { name: 'an even stream', sent: [open(2)], code: protocolError },
  { name: 'HEADERS of no stream', sent: [open(0)], code: protocolError },
  {
    name: 'a stream that is opened again',
    sent: [request(3), frame(reset, words(8), { stream: 3 }), request(1)],
    code: streamClosed,
  },
  { name: 'a push from the client', sent: [frame(pushPromise, words(2), { stream: 1 })], code: protocolError },
  { name: 'a frame that is too large', sent: [frame(data, Buffer.alloc(16_385), { stream: 1 })], code: frameSizeError },
  {
    name: 'padding that is longer than its frame',
    sent: [open(1), frame(data, Buffer.from([5, 0]), { set: padded, stream: 1 })],
    code: protocolError,
  },
  {
    name: 'a block that can not be decoded',
    sent: [frame(headers, Buffer.from([0x80]), { set: endHeaders, stream: 1 })],
    code: compressionError,
  },
  {
    name: 'another frame in the midst of headers',
    sent: [frame(headers, block(get), { stream: 1 }), frame(ping, Buffer.alloc(8))],
    code: protocolError,
  },
  {
    name: 'a continuation of nothing',
    sent: [frame(continuation, Buffer.alloc(0), { set: endHeaders, stream: 1 })],
    code: protocolError,
  },
  {
    name: 'headers without end',
    sent: [
      frame(headers, block(get), { stream: 1 }),
      ...Array.from({ length: 65 }, () => frame(continuation, Buffer.alloc(0), { stream: 1 })),
    ],
    code: enhanceYourCalm,
  },
  { name: 'SETTINGS of a stream', sent: [frame(settings, Buffer.alloc(0), { stream: 1 })], code: protocolError },
  { name: 'SETTINGS of half a pair', sent: [frame(settings, Buffer.alloc(3))], code: frameSizeError },
  {
    name: 'an acknowledgement with a payload',
    sent: [frame(settings, Buffer.alloc(6), { set: ack })],
    code: frameSizeError,
  },
  {
    name: 'a window that is too large',
    sent: [frame(settings, settingsPayload([[settingIds.initialWindowSize, 2 ** 31]]))],
    code: flowControlError,
  },
  {
    name: 'a frame size below the least',
    sent: [frame(settings, settingsPayload([[settingIds.maxFrameSize, 100]]))],
    code: protocolError,
  },
  {
    name: 'ENABLE_PUSH 2',
    sent: [frame(settings, settingsPayload([[settingIds.enablePush, 2]]))],
    code: protocolError,
  },
  { name: 'a PING of a stream', sent: [frame(ping, Buffer.alloc(8), { stream: 1 })], code: protocolError },
  { name: 'a PING of 7 bytes', sent: [frame(ping, Buffer.alloc(7))], code: frameSizeError },
  { name: 'a window that grows by nothing', sent: [frame(windowUpdate, words(0))], code: protocolError },
  { name: 'a window that grows too far', sent: [frame(windowUpdate, words(2 ** 31 - 1))], code: flowControlError },
  {
    name: 'the window of a stream that was not opened',
    sent: [frame(windowUpdate, words(1), { stream: 1 })],
    code: protocolError,
  },
  {
    name: 'a reset of a stream that was not opened',
    sent: [frame(reset, words(8), { stream: 1 })],
    code: protocolError,
  },
  { name: 'a reset of 3 bytes', sent: [open(1), frame(reset, Buffer.alloc(3), { stream: 1 })], code: frameSizeError },
  { name: 'a GOAWAY of a stream', sent: [frame(goAway, words(0, 0), { stream: 1 })], code: protocolError },
  { name: 'a PRIORITY of no stream', sent: [frame(priority, Buffer.alloc(5))], code: protocolError },
])('$name -> the connection ends with code $code', async ({ sent, code }) => {
  const end = await seen(sent, ({ type }) => type === goAway);
  expect(end?.payload.readUInt32BE(4)).toBe(code);
});

test.each<{ name: string; sent: Buffer[]; code: number }>([
  { name: 'a name in upper case', sent: [open(1, [...get, ['X-a', '1']])], code: protocolError },
  { name: 'a pseudo-header that is unknown', sent: [open(1, [...get, [':status', '200']])], code: protocolError },
  { name: 'a pseudo-header that is repeated', sent: [open(1, [...get, [':path', '/x']])], code: protocolError },
  { name: 'a pseudo-header behind a header', sent: [open(1, [['a', 'b'], ...get])], code: protocolError },
  { name: 'no path', sent: [open(1, get.slice(0, 2))], code: protocolError },
  { name: 'a header of HTTP/1.1', sent: [open(1, [...get, ['connection', 'close']])], code: protocolError },
  { name: 'te that is not trailers', sent: [open(1, [...get, ['te', 'gzip']])], code: protocolError },
  {
    name: 'a body that is longer than announced',
    sent: [open(1, [...post, ['content-length', '1']]), body(1, 'xy', endStream)],
    code: protocolError,
  },
  {
    name: 'a body that was announced and is not there',
    sent: [open(1, [...post, ['content-length', '1']], endStream)],
    code: protocolError,
  },
  { name: 'trailers that are not the end', sent: [open(1), open(1, [['a', 'b']])], code: protocolError },
  { name: 'a pseudo-header in a trailer', sent: [open(1), open(1, [[':path', '/']], endStream)], code: protocolError },
  { name: 'DATA after the end', sent: [open(1), body(1, 'x', endStream), body(1, 'y')], code: streamClosed },
  {
    name: 'a window of a stream that grows by nothing',
    sent: [open(1), frame(windowUpdate, words(0), { stream: 1 })],
    code: protocolError,
  },
  {
    name: 'a window of a stream that grows too far',
    sent: [open(1), frame(windowUpdate, words(2 ** 31 - 1), { stream: 1 })],
    code: flowControlError,
  },
  {
    name: 'a stream that depends on itself',
    sent: [frame(priority, Buffer.from([0, 0, 0, 1, 0]), { stream: 1 })],
    code: protocolError,
  },
])('$name -> the stream is reset with code $code, and the connection goes on', async ({ sent, code }) => {
  const pinged = frame(ping, Buffer.from('12345678'));
  const socket = await rawClient(server.port, [...sent, pinged]);
  let resetWith: number | undefined;
  for await (const { type, flags: set, payload } of framesOf(socket)) {
    if (type === reset) resetWith = payload.readUInt32BE(0);
    if (type === ping && set === ack) break;
  }
  expect(resetWith).toBe(code);
});

test('more streams than allowed -> the one too many is refused', async () => {
  onStream = () => {};
  const sent = Array.from({ length: 1001 }, (_, i) => open(2 * i + 1));
  const refused = await seen(sent, ({ type }) => type === reset);
  expect([refused?.stream, refused?.payload.readUInt32BE(0)]).toEqual([2001, errorCodes.refusedStream]);
});

test('requests that are taken back at once -> never handed on; a flood of them ends the connection', async () => {
  const handed: number[] = [];
  onStream = ({ id }) => void handed.push(id);
  const sent = Array.from({ length: 1001 }, (_, i) => [
    request(2 * i + 1),
    frame(reset, words(8), { stream: 2 * i + 1 }),
  ]).flat();
  const end = await seen(sent, ({ type }) => type === goAway);
  expect(end?.payload.readUInt32BE(4)).toBe(enhanceYourCalm);
  expect(handed).toEqual([]);
});

test('headers of 64 KiB in pieces -> read; larger ones -> their stream is reset', async () => {
  const pieces = (stream: number, count: number): Buffer[] => [
    frame(headers, block(get), { set: endStream, stream }),
    ...Array.from({ length: count }, (_, i) =>
      frame(continuation, block([[`x-${i}`, 'v'.repeat(16_000)]]), { set: i === count - 1 ? endHeaders : 0, stream }),
    ),
  ];
  const seenStreams: string[] = [];
  onStream = ({ headers: found }) => void seenStreams.push(...Object.keys(found));
  const refused = await seen([...pieces(1, 3), ...pieces(3, 5)], ({ type }) => type === reset);
  expect(seenStreams).toEqual([':method', ':scheme', ':path', 'x-0', 'x-1', 'x-2']);
  expect([refused?.stream, refused?.payload.readUInt32BE(0)]).toEqual([3, enhanceYourCalm]);
});

test('headers that are few bytes and mean many -> their stream is reset, and the next request is read', async () => {
  const name = Buffer.from([0x40, 6, ...Buffer.from('x-long'), 0x7f, 0xa1, 0x1e, ...Buffer.alloc(4000, 'a')]);
  // One byte each for the newest field of the table.
  const bomb = Buffer.concat([block(get), name, Buffer.alloc(10_000, 0xbe)]);
  const sent = [frame(headers, bomb, { set: endHeaders | endStream, stream: 1 }), request(3)];
  const refused = await seen(sent, ({ type }) => type === reset);
  expect([refused?.stream, refused?.payload.readUInt32BE(0)]).toEqual([1, enhanceYourCalm]);
  expect(await seen(sent, ({ type, stream }) => type === headers && stream === 3)).toBeDefined();
});

test('a client that makes the server answer and does not read -> it is not heard until it does', async () => {
  const pings = Buffer.concat(Array.from({ length: 2_000_000 }, () => frame(ping, Buffer.alloc(8))));
  const client = await rawClient(server.port);
  client.pause();
  client.write(pings);
  let before = -1;
  const isStuck = (): boolean => before === (before = server.bytesRead());
  await expect.poll(isStuck, { interval: 300, timeout: 60_000 }).toBe(true);
  // What the server holds back, and the buffers of both sockets, are less than half of it.
  expect(before).toBeLessThan(pings.length / 2);
  client.resume();
  await expect.poll(() => server.bytesRead(), { timeout: 60_000 }).toBeGreaterThanOrEqual(pings.length);
  client.destroy();
});

test('a body of 700 KB -> back as it went, in whichever pieces', async () => {
  const session = connect(`http://127.0.0.1:${server.port}`);
  const sent = Buffer.from(Array.from({ length: 700_000 }, (_, i) => i % 251));
  const echoed = session.request({ ':method': 'POST' });
  echoed.end(sent);
  const chunks: Buffer[] = [];
  for await (const chunk of echoed as AsyncIterable<Buffer>) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
  session.destroy();
});

test.each([1, 7, 16_384])('a client whose window is %d bytes -> the answer comes as it allows', async (windowBytes) => {
  onStream = (stream) =>
    stream.respondWith({ status: 200, headers: {} }, [Buffer.from('some '), Buffer.from('answer')]);
  const socket = await rawClient(server.port, [
    frame(settings, settingsPayload([[settingIds.initialWindowSize, windowBytes]])),
    request(1),
  ]);
  let text = '';
  for await (const { type, flags: set, payload } of framesOf(socket)) {
    if (type !== data) continue;
    expect(payload.length).toBeLessThanOrEqual(windowBytes);
    text += payload.toString();
    if (set === endStream) break;
    socket.write(frame(windowUpdate, words(payload.length), { stream: 1 }));
  }
  expect(text).toBe('some answer');
});

test('a window that SETTINGS make smaller than what was sent -> nothing until it is above zero again', async () => {
  let stream: Http2Stream | undefined;
  onStream = (opened) => {
    stream = opened;
    opened.respond({ status: 200, headers: {} });
    opened.write(Buffer.alloc(10));
  };
  const window = (size: number): Buffer => frame(settings, settingsPayload([[settingIds.initialWindowSize, size]]));
  const socket = await rawClient(server.port, [window(10), request(1)]);
  const sizes: number[] = [];
  for await (const { type, flags: set, payload } of framesOf(socket)) {
    if (type === data) sizes.push(payload.length);
    if (type === data && sizes.length === 1) socket.write(Buffer.concat([window(4), frame(ping, Buffer.alloc(8))]));
    if (type === ping && set === ack) {
      stream?.write(Buffer.alloc(3));
      // 10 were sent and 4 are allowed: 7 more allow the first byte.
      socket.write(frame(windowUpdate, words(7), { stream: 1 }));
    }
    if (sizes.length === 2) break;
  }
  expect(sizes).toEqual([10, 1]);
});

test('a large answer and small ones on one connection -> the small ones do not wait for it', async () => {
  onStream = (stream) => {
    const isLarge = stream.headers['x-large'] !== undefined;
    stream.respondWith(
      { status: 200, headers: {} },
      isLarge ? Array.from({ length: 2_000 }, () => Buffer.alloc(1_000)) : [Buffer.alloc(10)],
    );
  };
  const wide = [
    frame(settings, settingsPayload([[settingIds.initialWindowSize, 2 ** 30]])),
    frame(windowUpdate, words(2 ** 30)),
  ];
  const large = open(1, [...get, ['x-large', '1']], endStream);
  const ends: number[] = [];
  const socket = await rawClient(server.port, [...wide, large, request(3), request(5)]);
  for await (const { type, flags: set, stream } of framesOf(socket)) {
    if (type === data && set === endStream) ends.push(stream);
    if (ends.length === 3) break;
  }
  expect(ends).toEqual([3, 5, 1]);
});

test('a writer that is ahead of its client -> asked to wait, and told when there is room or nobody is left', async () => {
  let writing: Promise<number[]> | undefined;
  onStream = (stream) => {
    stream.respond({ status: 200, headers: {} });
    const write = async (): Promise<number[]> => {
      const waits: number[] = [];
      for (let i = 0; !stream.isClosed; i++) {
        if (stream.write(Buffer.alloc(10_000))) continue;
        waits.push(i);
        await stream.drained();
      }
      return waits;
    };
    writing = write();
  };
  const socket = await rawClient(server.port, [request(1)]);
  let bytes = 0;
  for await (const { type, payload } of framesOf(socket)) {
    if (type === data) bytes += payload.length;
    if (bytes === 65_535) break;
  }
  socket.destroy();
  // 6 of 10 KB are waited with at most, once before and once after the window of 64 KiB is used up.
  expect((await writing)?.length).toBeLessThanOrEqual(3);
});

test('an answer before its body is whole -> the client hears that nobody reads it', async () => {
  onStream = (stream) => stream.respondWith({ status: 413, headers: {} }, []);
  const told = await seen([open(1), body(1, 'x')], ({ type }) => type === reset);
  expect(told?.payload.readUInt32BE(0)).toBe(errorCodes.noError);
});

test('a body that is too large -> the reader hears it, and the rest is thrown away', async () => {
  const answers: string[] = [];
  onStream = (stream) => {
    stream.readBody(1_000).catch((error: Error) => {
      answers.push(error.name);
      stream.respondWith({ status: 413, headers: {} }, []);
    });
  };
  const session = connect(`http://127.0.0.1:${server.port}`);
  const sent = session.request({ ':method': 'POST' });
  sent.on('error', () => {});
  sent.end(Buffer.alloc(3_000_000));
  const [answer] = (await once(sent, 'response')) as [{ ':status': number }];
  expect([answer[':status'], answers]).toEqual([413, ['BodyTooLargeError']]);
  session.destroy();
});

test('end -> no more requests are taken, what can be sent is sent, and the connection closes', async () => {
  onStream = (stream) => {
    for (const connection of server.connections) connection.refuseMore();
    stream.respondWith({ status: 200, headers: {} }, [Buffer.from('last')]);
    for (const connection of server.connections) connection.end();
  };
  const socket = await rawClient(server.port, [request(1)]);
  const types: string[] = [];
  for await (const { type, payload } of framesOf(socket)) {
    if (type === goAway) types.push(`goaway ${payload.readUInt32BE(0)} ${payload.readUInt32BE(4)}`);
    if (type === data) types.push(payload.toString());
  }
  expect(types).toEqual(['goaway 1 0', 'last']);
});

test('the client goes -> its streams close, and the bodies that were read are given up', async () => {
  const closed = new Promise<string>((resolve) => {
    onStream = (stream) => {
      stream.readBody(10).catch((error: Error) => resolve(error.message));
    };
  });
  const socket = await rawClient(server.port, [open(1)]);
  for await (const { type, flags: set } of framesOf(socket)) if (type === settings && set === ack) break;
  socket.destroy();
  expect(await closed).toBe('The client closed the stream');
});

test.each([
  {
    name: 'a body whose pieces are read in one turn -> is whole when its request is handed on',
    pieces: 2,
    isWhole: true,
  },
  { name: 'a body that stays away -> its request is handed on with the next turn', pieces: 1, isWhole: false },
])('$name', async ({ pieces, isWhole }) => {
  const socket = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  const seenWhole: boolean[] = [];
  new Http2Connection(socket, { onStream: (stream) => seenWhole.push(stream.isBodyWhole), monotonic: () => 0 });
  socket.emit('data', Buffer.concat([preface, frame(settings, Buffer.alloc(0)), open(1)]));
  if (pieces > 1) socket.emit('data', body(1, 'x', endStream));
  await new Promise((resolve) => setImmediate(resolve));
  expect(seenWhole).toEqual([isWhole]);
  socket.destroy();
});
