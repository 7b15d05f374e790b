// How do very many small values get memory quickly? From larger pieces, which stay until all that lies in one is gone:
// for values that come together and stay long.

const slabBytes = 64 * 1024;
/** What is larger gets memory of its own: the rest of a slab is lost when the next value does not fit. */
const valueBytesMax = slabBytes / 8;

/** A source of memory that takes it in slabs. */
export function slabAllocator(): (bytes: number) => Buffer {
  let slab = Buffer.alloc(0);
  let used = 0;
  return (bytes) => {
    if (bytes > valueBytesMax) return Buffer.allocUnsafeSlow(bytes);
    if (used + bytes > slab.length) {
      slab = Buffer.allocUnsafeSlow(slabBytes);
      used = 0;
    }
    used += bytes;
    return slab.subarray(used - bytes, used);
  };
}
