// Where do frames gather until they are sent? In one piece of memory per write, so that they are encrypted together.

/** What one write takes at most, unless single frames are larger. */
export const writeBytesMax = 256 * 1024;
const spareMax = 16;

/** Pieces of `writeBytesMax` that nobody uses now: a fresh one would cost as much as filling it. */
const spare: Buffer[] = [];

export class OutBuffer {
  #bytes: Buffer | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Makes room for `size` bytes at the returned place of `target`. */
  grow(size: number): { target: Buffer; at: number } {
    const at = this.#length;
    const target = this.#roomFor(at + size);
    this.#length = at + size;
    return { target, at };
  }

  append(bytes: Uint8Array): void {
    const at = this.#length;
    this.#roomFor(at + bytes.length).set(bytes, at);
    this.#length = at + bytes.length;
  }

  /** What has gathered; give it back with `release` when it is sent. */
  take(): Buffer {
    const taken = (this.#bytes ?? Buffer.alloc(0)).subarray(0, this.#length);
    this.#bytes = undefined;
    this.#length = 0;
    return taken;
  }

  #roomFor(total: number): Buffer {
    const bytes = this.#bytes;
    if (bytes && total <= bytes.length) return bytes;
    const larger = total <= writeBytesMax ? (spare.pop() ?? allocate(writeBytesMax)) : allocate(2 * total);
    if (bytes) larger.set(bytes.subarray(0, this.#length));
    this.#bytes = larger;
    return larger;
  }
}

/** `taken` has been sent, and may be written over. */
export function release(taken: Buffer): void {
  if (taken.buffer.byteLength !== writeBytesMax || spare.length >= spareMax) return;
  spare.push(Buffer.from(taken.buffer as ArrayBuffer));
}

function allocate(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(bytes);
}
