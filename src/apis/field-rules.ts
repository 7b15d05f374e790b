// Which rules do the fields of many kinds share? Upstream's apimachinery validation, with its texts.

import { semanticallyEqual } from '../apimachinery/equality.ts';
import { invalidValue, notSupported } from '../apimachinery/field-error.ts';
import type { StatusCause } from '../apimachinery/status-error.ts';
import type { NameRule } from '../apimachinery/validation.ts';

/** Counts and seconds: absent, zero or more. */
export function nonNegative(field: string, value: number | undefined): StatusCause[] {
  if (value === undefined || value >= 0) return [];
  return [invalidValue(field, value, 'must be greater than or equal to 0')];
}

/** Several counts of one object: `status.replicas`, `status.readyReplicas`, … */
export function allNonNegative<T extends object>(
  path: string,
  object: T,
  names: readonly (keyof T & string)[],
): StatusCause[] {
  return names.flatMap((name) => nonNegative(`${path}.${name}`, object[name] as number | undefined));
}

export const immutableMessage = 'field is immutable';

/** What may not change once the object exists. */
export function immutable(field: string, value: unknown, old: unknown): StatusCause[] {
  return semanticallyEqual(value, old) ? [] : [invalidValue(field, value, immutableMessage)];
}

/** A reference or the like as upstream shows it where it shows its own: by the names of Go's fields, with their zeros. */
export function inGo(value: object | undefined, names: Record<string, string>): unknown {
  if (!value) return undefined;
  const fields = value as Record<string, unknown>;
  return Object.fromEntries(Object.entries(names).map(([name, own]) => [own, fields[name] ?? '']));
}

/** A value out of a fixed set; an absent one passes. */
export function oneOf(field: string, value: string | undefined, supported: readonly string[]): StatusCause[] {
  if (!value || supported.includes(value)) return [];
  return [
    notSupported(
      field,
      value,
      supported.toSorted((a, b) => (a < b ? -1 : 1)),
    ),
  ];
}

/** As `oneOf`, in the order of the list; only an absent value passes, for an empty one was said. */
export function listed(field: string, value: string | undefined, supported: readonly string[]): StatusCause[] {
  return value === undefined || supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

/** A name by one of the naming rules. */
export function named(field: string, value: string, rule: NameRule): StatusCause[] {
  return rule(value).map((message) => invalidValue(field, value, message));
}

/** A port number. */
export function portNumber(field: string, port: number): StatusCause[] {
  return port >= 1 && port <= 65_535 ? [] : [invalidValue(field, port, 'must be between 1 and 65535, inclusive')];
}

const percent = /^[0-9]+%$/;
const percentMessage =
  "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

/** A count or a share: `3` or `25%`. */
export function countOrPercent(field: string, value: number | string): StatusCause[] {
  if (typeof value === 'number') return nonNegative(field, value);
  return percent.test(value) ? [] : [invalidValue(field, value, percentMessage)];
}

/** A share of at most everything. */
export function atMostAll(field: string, value: number | string): StatusCause[] {
  if (typeof value === 'number' || !percent.test(value) || Number.parseInt(value, 10) <= 100) return [];
  return [invalidValue(field, value, 'must not be greater than 100%')];
}

/** The number in a count or a share. */
export function amountOf(value: number | string | undefined): number {
  if (typeof value !== 'string') return value ?? 0;
  return percent.test(value) ? Number.parseInt(value, 10) : 0;
}
