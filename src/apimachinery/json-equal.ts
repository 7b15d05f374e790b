// Are two JSON values the same, whatever the order of their keys?

import { ownField } from './json-fields.ts';

/** Deep equality of plain JSON; a key whose value is undefined counts as absent. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => jsonEqual(item, b[i]));
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of Object.keys(left)) if (!jsonEqual(left[key], ownField(right, key))) return false;
  return Object.keys(right).every((key) => right[key] === undefined || ownField(left, key) !== undefined);
}
