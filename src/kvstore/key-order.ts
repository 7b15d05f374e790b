// Which of two keys comes first? The order of their bytes in UTF-8, as LMDB and etcd have it.

const surrogate = /[\ud800-\udfff]/;

/** Negative if `left` comes first, positive if `right` does, 0 if they are the same. */
export function compareKeys(left: string, right: string): number {
  // UTF-16 has characters in the same order, but for those that take two of its units.
  if (surrogate.test(left) || surrogate.test(right)) return Buffer.compare(Buffer.from(left), Buffer.from(right));
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
