// How does `kubectl get` show a field of a Velero object? As the columns of a CustomResourceDefinition do.

import { humanDuration } from '../../apimachinery/duration.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { epochMsOf } from '../../base/clock.ts';
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
export function age<T extends KubeObject>(
  name: string,
  field: (object: T) => string | null | undefined,
): PrinterColumn<T> {
  const cell = (object: T, nowMs: number): string => {
    const timestamp = field(object);
    return timestamp ? humanDuration(nowMs - epochMsOf(timestamp)) : '';
  };
  return { name, type: 'date', priority: 0, cell };
}
