// How long is `1h30m`? Durations as Go writes them, which is how Velero's fields carry them.

import { GoDurationError, parseGoDuration } from '../apimachinery/go-duration.ts';

/** Milliseconds of a Go duration (`1h30m`, `-1.5s`, `0`); undefined if it is none. */
export function msOfDuration(text: string): number | undefined {
  try {
    return Number(parseGoDuration(text)) / 1e6;
  } catch (error) {
    if (error instanceof GoDurationError) return undefined;
    throw error;
  }
}

/** Milliseconds of `text`, or `fallbackMs` when there is none, it is no duration, or it is not positive. */
export function goDurationOr(text: string | null | undefined, fallbackMs: number): number {
  const parsed = text ? msOfDuration(text) : undefined;
  return parsed !== undefined && parsed > 0 ? parsed : fallbackMs;
}
