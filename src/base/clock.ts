// What time is it, and how does code wait? Everything that waits takes a Clock,
// so that tests and the simulation decide how time passes.

/** A source of time. `base/system-clock.ts` is the real one; `base/fake-clock.ts` is for tests. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. May jump; never subtract two of these to time something. */
  now(): number;
  /** Milliseconds on a clock that never goes back (CLOCK_MONOTONIC). Only differences mean something. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds of `monotonic`, never before. Rejects with the abort reason, and then leaves no timer behind. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /**
   * Calls `task` with a signal that aborts when `signal` does or after `ms` milliseconds.
   * On expiry the signal's reason is a `TimeoutError` that names `what`.
   */
  withTimeout<T>(options: TimeoutOptions, task: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export interface TimeoutOptions {
  /** What is being waited for, for the error message: `mount of volume "data"`. */
  what: string;
  timeoutMs: number;
  signal: AbortSignal;
}

/** The reason of a signal whose time ran out. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';

  constructor(what: string, timeoutMs: number) {
    super(`Gave up on ${what} after ${timeoutMs} ms`);
  }
}

let written = { second: Number.NaN, text: '' };

/** RFC 3339 with second precision, as `metav1.Time` is written. Throws RangeError for what is no time. */
export function rfc3339(epochMs: number): string {
  // Asked for at every write, mostly within the same second.
  const second = Math.floor(epochMs / 1000);
  if (second !== written.second) written = { second, text: `${new Date(epochMs).toISOString().slice(0, 19)}Z` };
  return written.text;
}

/** RFC 3339 with microsecond digits, as `metav1.MicroTime` is written. */
export function rfc3339Micro(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 23)}000Z`;
}

let lastDate = { second: -1, text: '' };

/** As the `date` header of HTTP is written; made anew once a second. */
export function httpDate(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== lastDate.second) lastDate = { second, text: new Date(second * 1000).toUTCString() };
  return lastDate.text;
}

/** Milliseconds since the Unix epoch of a date as headers of HTTP have it; NaN if it is none. */
export function httpDateMs(date: string | undefined): number {
  return Date.parse(date ?? '');
}

/** Milliseconds since the Unix epoch of an RFC 3339 timestamp; NaN if it is none. */
export function epochMsOf(timestamp: string): number {
  return Date.parse(timestamp);
}

export interface UtcFields {
  year: number;
  /** 0 is January. */
  month: number;
  /** 1 is the first of the month. */
  day: number;
  /** 0 is Sunday. */
  weekday: number;
  /** 0 is the first of January. */
  yearDay: number;
  hours: number;
  minutes: number;
  seconds: number;
  milliseconds: number;
}

/** A point in time as the calendar has it, in UTC. */
export function utcFields(epochMs: number): UtcFields {
  const date = new Date(epochMs);
  const year = date.getUTCFullYear();
  return {
    year,
    month: date.getUTCMonth(),
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    yearDay: Math.floor((epochMs - Date.UTC(year, 0, 1)) / 86_400_000),
    hours: date.getUTCHours(),
    minutes: date.getUTCMinutes(),
    seconds: date.getUTCSeconds(),
    milliseconds: date.getUTCMilliseconds(),
  };
}
