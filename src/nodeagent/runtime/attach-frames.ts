// How does a container's live output travel from supervisor to agent? As frames in the body of one answer:
// a byte that says what it is, the length in four, and the bytes.

export type FrameKind = 'stdout' | 'stderr' | 'exit';

export interface Frame {
  kind: FrameKind;
  data: Buffer;
}

const kinds: FrameKind[] = ['stdout', 'stderr', 'exit'];
const headerBytes = 5;

export function encodeFrame(kind: FrameKind, data: Uint8Array): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt8(kinds.indexOf(kind));
  header.writeUInt32BE(data.byteLength, 1);
  return Buffer.concat([header, data]);
}

/** The frames of `source`, in their order. What is left at its end is no frame. Throws RangeError for an unknown kind. */
export async function* decodeFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= headerBytes) {
      const end = headerBytes + rest.readUInt32BE(1);
      if (rest.length < end) break;
      const kind = kinds[rest.readUInt8()];
      if (!kind) throw new RangeError(`no frame has the kind ${rest.readUInt8()}`);
      yield { kind, data: rest.subarray(headerBytes, end) };
      rest = rest.subarray(end);
    }
  }
}
