// What does HTTP/2 look like on the wire? Numbers and frame heads of RFC 9113.

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flags = { ack: 0x1, endStream: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export const settingIds = {
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

export const errorCodes = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const;

export type ErrorCode = (typeof errorCodes)[keyof typeof errorCodes];

/** Bytes of a frame's head. */
export const headBytes = 9;
/** Payload of a frame, unless the receiver allows more. */
export const frameBytesDefault = 16_384;
/** Window of a stream and of a connection, unless told otherwise. */
export const windowDefault = 65_535;
export const windowMax = 2 ** 31 - 1;

export interface FrameHead {
  length: number;
  type: number;
  flags: number;
  stream: number;
}

/** Writes the nine bytes before a payload. */
export function writeFrameHead(target: Buffer, at: number, { length, type, flags: set, stream }: FrameHead): void {
  target[at] = length >>> 16;
  target[at + 1] = (length >>> 8) & 0xff;
  target[at + 2] = length & 0xff;
  target[at + 3] = type;
  target[at + 4] = set;
  target[at + 5] = stream >>> 24;
  target[at + 6] = (stream >>> 16) & 0xff;
  target[at + 7] = (stream >>> 8) & 0xff;
  target[at + 8] = stream & 0xff;
}

/** A frame of its own; `stream` is 0 for those of the whole connection. */
export function frame(type: number, payload: Uint8Array, { set = 0, stream = 0 } = {}): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + payload.length);
  writeFrameHead(bytes, 0, { length: payload.length, type, flags: set, stream });
  bytes.set(payload, headBytes);
  return bytes;
}

/** What one or two numbers of 32 bits look like: the payload of several frames. */
export function words(...values: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, 4 * index);
  return bytes;
}

/** The payload of a SETTINGS frame. */
export function settingsPayload(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const bytes = Buffer.allocUnsafe(6 * settings.length);
  for (const [index, [id, value]] of settings.entries()) {
    bytes.writeUInt16BE(id, 6 * index);
    bytes.writeUInt32BE(value, 6 * index + 2);
  }
  return bytes;
}

/** The peer broke the protocol. */
class PeerError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The connection ends with its code. */
export class ConnectionError extends PeerError {
  override readonly name = 'ConnectionError';
}

/** One stream is reset with its code. */
export class StreamError extends PeerError {
  override readonly name = 'StreamError';
}

export function protocolBroken(message: string): ConnectionError {
  return new ConnectionError(errorCodes.protocolError, message);
}

export function sizeWrong(message: string): ConnectionError {
  return new ConnectionError(errorCodes.frameSizeError, message);
}

export function selfDependency(): StreamError {
  return new StreamError(errorCodes.protocolError, 'A stream depends on itself');
}
