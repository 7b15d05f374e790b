// How does Go write a duration? `1h30m0s`: the JSON form of meta/v1 Duration, whose wire form is nanoseconds.

const unitNanos: Record<string, bigint> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** `1h30m0s` of nanoseconds. */
export function formatGoDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  for (const [unit, next] of [
    ['ns', 'µs'],
    ['µs', 'ms'],
    ['ms', 's'],
  ] as const) {
    if (size < (unitNanos[next] as bigint)) return `${sign}${fraction(size, unitNanos[unit] as bigint)}${unit}`;
  }
  const hours = size / (unitNanos['h'] as bigint);
  const minutes = (size / (unitNanos['m'] as bigint)) % 60n;
  const seconds = fraction(size % (unitNanos['m'] as bigint), unitNanos['s'] as bigint);
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}

/** Nanoseconds of `1h30m0.5s`; undefined if it is none. */
export function parseGoDuration(text: string): bigint | undefined {
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === '0') return 0n;
  if (!/^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(body)) return undefined;
  let total = 0n;
  for (const [, whole = '', decimals = '', unit = ''] of body.matchAll(/(\d+)(?:\.(\d*))?(ns|us|µs|ms|s|m|h)/g)) {
    const nanos = unitNanos[unit] as bigint;
    total += BigInt(whole) * nanos + (BigInt(decimals || 0) * nanos) / 10n ** BigInt(decimals.length);
  }
  return sign === '-' ? -total : total;
}

function fraction(size: bigint, unit: bigint): string {
  const digits = String(unit).length - 1;
  const rest = String(size % unit)
    .padStart(digits, '0')
    .replace(/0+$/, '');
  return rest === '' || digits === 0 ? String(size / unit) : `${size / unit}.${rest}`;
}
