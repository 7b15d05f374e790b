// How does `kubectl get` show a field of a Velero object? As the columns of a CustomResourceDefinition do.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { PrinterColumn } from '../definition.ts';

/** A column with the field's value; blank where there is none. */
export function plain<T extends KubeObject>(
  name: string,
  type: 'string' | 'integer' | 'boolean',
  field: (object: T) => string | number | boolean | null | undefined,
): PrinterColumn<T> {
  const cell = (object: T): string | number => {
    const value = field(object) ?? '';
    return typeof value === 'boolean' ? String(value) : value;
  };
  return { name, type, priority: 0, cell };
}

/** A column with the time since an RFC 3339 timestamp; blank where there is none. */
export function age<T extends KubeObject>(name: string, field: (object: T) => string | null | undefined): PrinterColumn<T> {
  const cell = (object: T, nowMs: number): string => {
    const timestamp = field(object);
    return timestamp ? humanDuration(nowMs - Date.parse(timestamp)) : '';
  };
  return { name, type: 'date', priority: 0, cell };
}

/** `45s`, `3m12s`, `5h`, `2d3h`: the roundings of apimachinery's duration.HumanDuration. */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
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

function pair([large, largeUnit]: [number, string], [small, smallUnit]: [number, string]): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
