// Are two JSON values the same? As upstream's semantic equality: an absent field equals an empty one.

import { ownField } from './json-fields.ts';

/** Deep equality in which undefined, null, [] and {} are all the same nothing. */
export function semanticallyEqual(a: unknown, b: unknown): boolean {
  return equal(a, b, isNothing);
}

/**
 * The same of an object as it has been read, where empty maps are gone: {} is a struct that is pointed to, and that is more
 * than an absent one.
 */
export function semanticallyEqualStructs(a: unknown, b: unknown): boolean {
  return equal(a, b, (value) => isNothing(value) && (!isObject(value) || Array.isArray(value)));
}

function equal(a: unknown, b: unknown, isEmpty: (value: unknown) => boolean): boolean {
  if (a === b || (isEmpty(a) && isEmpty(b))) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) =>
    equal(ownField(a, key), ownField(b, key), isEmpty),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}
