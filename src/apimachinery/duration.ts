// How old is it? Times as `kubectl get` shows them.

import { epochMsOf } from '../base/clock.ts';

/**
 * `45s`, `3m12s`, `5h`, `2d3h`: the roundings of apimachinery's duration.HumanDuration. Up to two
 * seconds into the future count as now, for clocks that differ a little.
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair([minutes, 'm'], [seconds % 60, 's']);
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return pair([hours, 'h'], [minutes % 60, 'm']);
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return pair([days, 'd'], [hours % 24, 'h']);
  const years = Math.floor(days / 365);
  if (years < 2) return `${days}d`;
  return years < 8 ? pair([years, 'y'], [days % 365, 'd']) : `${years}y`;
}

/** Time since an RFC 3339 timestamp; `<unknown>` when there is none. */
export function ageOf(timestamp: string | undefined, nowMs: number): string {
  return timestamp ? humanDuration(nowMs - epochMsOf(timestamp)) : '<unknown>';
}

function pair([large, largeUnit]: [number, string], [small, smallUnit]: [number, string]): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
