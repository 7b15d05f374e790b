// How long is `1h30m`? Durations as Go writes them, which is how Velero's fields carry them.

const unitMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a Go duration (`1h30m`, `-1.5s`, `0`); undefined if it is none. Source: time.ParseDuration. */
export function parseGoDuration(text: string): number | undefined {
  const [, sign = '', rest = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(rest)) return undefined;
  let total = 0;
  for (const [, amount, unit = ''] of rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (unitMs[unit] ?? 0);
  }
  return sign === '-' ? -total : total;
}

/** Milliseconds of `text`, or `fallbackMs` when there is none, it is no duration, or it is not positive. */
export function goDurationOr(text: string | null | undefined, fallbackMs: number): number {
  const parsed = text ? parseGoDuration(text) : undefined;
  return parsed !== undefined && parsed > 0 ? parsed : fallbackMs;
}
