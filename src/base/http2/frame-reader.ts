// Where does one frame end and the next begin? The bytes of a client, cut into frames.

import { frameBytesDefault, headBytes, preface, protocolBroken, sizeWrong } from './frames.ts';

export interface Frame {
  stream: number;
  type: number;
  /** Its flags. */
  set: number;
  payload: Buffer;
}

export class FrameReader {
  #rest: Buffer | undefined;
  #hasPreface = false;

  /** Calls `accept` for each frame that is whole now. Throws ConnectionError if there is no preface, or a frame is too large. */
  read(chunk: Buffer, accept: (frame: Frame) => void): void {
    const data = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    let at = this.#skipPreface(data);
    while (this.#hasPreface && data.length - at >= headBytes) {
      const length = ((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number);
      if (length > frameBytesDefault) throw sizeWrong('A frame is too large');
      const start = at + headBytes;
      if (start + length > data.length) break;
      const stream = data.readUInt32BE(at + 5) & 0x7fffffff;
      const payload = data.subarray(start, start + length);
      accept({ stream, type: data[at + 3] as number, set: data[at + 4] as number, payload });
      at = start + length;
    }
    if (at < data.length) this.#rest = data.subarray(at);
  }

  /** Where the frames begin. */
  #skipPreface(data: Buffer): number {
    if (this.#hasPreface) return 0;
    const known = Math.min(data.length, preface.length);
    if (preface.compare(data, 0, known, 0, known) !== 0) throw protocolBroken('The client does not speak HTTP/2');
    this.#hasPreface = known === preface.length;
    return this.#hasPreface ? known : 0;
  }
}
