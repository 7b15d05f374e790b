// How are SPDY/3.1 frames written and read? Source: SPDY protocol, draft 3.1, 2.2 and 2.6.

/** The peer broke the protocol; the connection can't go on. */
export class SpdyError extends Error {
  override readonly name = 'SpdyError';
}

export const frameTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** Reasons of a RST_STREAM. */
export const resetReasons = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  internalError: 6,
} as const;

export const flagFin = 1;
const version = 3;
const headBytes = 8;
const frameBytesMax = 1024 * 1024;

export interface ControlFrame {
  type: number;
  flags: number;
  payload: Buffer;
}

export interface DataFrame {
  streamId: number;
  flags: number;
  data: Buffer;
}

export type Frame = ({ isControl: true } & ControlFrame) | ({ isControl: false } & DataFrame);

export function controlFrame({ type, flags, payload }: ControlFrame): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(payload.byteLength, 4);
  head[4] = flags;
  return Buffer.concat([head, payload]);
}

export function dataFrame({ streamId, flags, data }: DataFrame): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(streamId, 0);
  head.writeUInt32BE(data.byteLength, 4);
  head[4] = flags;
  return Buffer.concat([head, data]);
}

/** A control frame of numbers, as all are but those with headers. */
export function numbersFrame(type: number, ...numbers: number[]): Buffer {
  const payload = Buffer.alloc(4 * numbers.length);
  for (const [index, value] of numbers.entries()) payload.writeUInt32BE(value >>> 0, 4 * index);
  return controlFrame({ type, flags: 0, payload });
}

/** Puts frames together from bytes that come in any pieces. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that `bytes` complete. Throws SpdyError. */
  *push(bytes: Buffer): Generator<Frame> {
    this.#rest = this.#rest.byteLength === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (this.#rest.byteLength >= headBytes) {
      const length = this.#rest.readUIntBE(5, 3);
      if (length > frameBytesMax) throw new SpdyError(`a frame of ${length} bytes is larger than ${frameBytesMax}`);
      if (this.#rest.byteLength < headBytes + length) return;
      const frame = this.#rest.subarray(0, headBytes + length);
      this.#rest = this.#rest.subarray(headBytes + length);
      yield parseFrame(frame);
    }
  }
}

function parseFrame(frame: Buffer): Frame {
  const flags = frame[4] as number;
  const payload = frame.subarray(headBytes);
  const first = frame.readUInt32BE(0);
  if (first < 0x80000000) return { isControl: false, streamId: first, flags, data: payload };
  if (((first >>> 16) & 0x7fff) !== version) throw new SpdyError(`version ${(first >>> 16) & 0x7fff} is not SPDY/3`);
  return { isControl: true, type: first & 0xffff, flags, payload };
}

/** A number of a control frame's payload; the highest bit is reserved. Throws SpdyError. */
export function numberAt(payload: Buffer, offset: number): number {
  if (payload.byteLength < offset + 4) throw new SpdyError('a frame is cut off');
  return payload.readUInt32BE(offset) & 0x7fffffff;
}
