// Which item of an associative list is it? The step of its path: its key fields, or its value in a set.

import { keyElement, type PathElement, valueElement } from '../fieldpath/path-element.ts';
import { isFields, type ListType } from './merge-type.ts';

/** A value that does not fit its type. */
export class TypeMismatch extends Error {
  override readonly name = 'TypeMismatch';
}

/** The step to `item` of an associative list. Throws TypeMismatch if it can't be told apart. */
export function itemElement(list: ListType, item: unknown): PathElement {
  if (list.keys.length === 0) return setElement(item);
  if (item === null) throw new TypeMismatch('associative list with keys may not have a null element');
  if (!isFields(item)) throw new TypeMismatch('associative list with keys may not have non-map elements');
  const fields: [string, unknown][] = [];
  for (const key of list.keys) {
    // A null is a value: it is not the default, which comes later.
    const value = item[key] === undefined ? list.element.map?.defaultOf(key) : item[key];
    if (value !== undefined) fields.push([key, value]);
  }
  if (fields.length === 0) {
    const keys = list.keys.map((key) => JSON.stringify(key)).join(' ');
    throw new TypeMismatch(
      `associative list with keys has an element that omits all key fields [${keys}] (and doesn't have default values for any key fields)`,
    );
  }
  if (fields.length > 1) fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return keyElement(fields);
}

function setElement(item: unknown): PathElement {
  if (isFields(item)) throw new TypeMismatch("associative list without keys has an element that's a map type");
  if (Array.isArray(item)) throw new TypeMismatch('not supported: associative list with lists as elements');
  if (item === null || item === undefined)
    throw new TypeMismatch("associative list without keys has an element that's an explicit null");
  return valueElement(item);
}

/** The items of a list by their steps; several where a step repeats. */
export function indexItems(list: ListType, items: readonly unknown[]): Map<PathElement, unknown[]> {
  const index = new Map<PathElement, unknown[]>();
  for (const item of items) {
    const element = itemElement(list, item);
    const known = index.get(element);
    if (known) known.push(item);
    else index.set(element, [item]);
  }
  return index;
}
