// What is in a frame beside padding? Source: RFC 9113, 6.1.

import { flags, protocolBroken } from './frames.ts';

/** The payload of a DATA or HEADERS frame without its padding. Throws ConnectionError if that is longer than the frame. */
export function payloadOf(payload: Buffer, set: number): Buffer {
  if ((set & flags.padded) === 0) return payload;
  const padding = payload[0] ?? payload.length;
  if (padding >= payload.length) throw protocolBroken('The padding is longer than its frame');
  return payload.subarray(1, payload.length - padding);
}
