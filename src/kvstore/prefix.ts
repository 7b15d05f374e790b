// Where do the keys with a prefix end?

/** The smallest byte string that is greater than every key with this prefix; undefined if there is none. */
export function prefixEnd(prefix: string): Buffer | undefined {
  const end = Buffer.from(prefix);
  for (let length = end.length; length > 0; length--) {
    const last = end[length - 1] ?? 0;
    if (last === 0xff) continue;
    end[length - 1] = last + 1;
    return end.subarray(0, length);
  }
  return undefined;
}
