// Are two JSON values the same, whatever the order of their keys?

import { ownField } from './json-fields.ts';

/** Deep equality of plain JSON; a key whose value is undefined counts as absent. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => jsonEqual(item, b[i]));
  }
  return equalBut(a, b, undefined);
}

/** As `jsonEqual`, of two objects, whatever is in the field `except`. */
export function equalBut(a: object, b: object, except: string | undefined): boolean {
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) if (key !== except && !jsonEqual(left[key], ownField(right, key))) return false;
  for (const key in right) {
    if (key !== except && right[key] !== undefined && ownField(left, key) === undefined) return false;
  }
  return true;
}
