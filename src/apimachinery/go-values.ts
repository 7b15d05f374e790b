// How do values of Go's types stand in messages? Maps with their keys in order; structs with all their fields in the
// order of their declaration, and by the names of Go where a type has no names for JSON, as upstream's internal types.

import { ownField } from './json-fields.ts';
import type { LabelSelector } from './meta.ts';
import { emptiesOf } from './sent-empty.ts';

/**
 * A struct of an internal type: its fields by Go's names, each with what stands there while nothing is set. A nested
 * shape is a pointer to a struct, a list of one shape a slice: null while unset.
 */
export type GoShape = { [field: string]: GoShape | readonly [GoShape] | null | '' | 0 | false };

/** `value`, whose fields have the names of JSON, as Go writes it. Undefined stays undefined. */
export function goStruct(value: object | undefined, shape: GoShape): object | undefined {
  if (!value) return undefined;
  const fields = Object.entries(shape).map(([name, unset]) => {
    const jsonName = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    const empty = emptiesOf(value)[jsonName];
    return [name, empty ?? goField(ownField(value as Record<string, unknown>, jsonName), unset)];
  });
  return Object.fromEntries(fields);
}

function goField(field: unknown, unset: GoShape[string] | undefined): unknown {
  const isPlain = typeof unset !== 'object' || unset === null;
  if (field === undefined || field === null) return isPlain ? unset : null;
  // Whether a stored list was absent or empty is not kept: it was absent.
  if (Array.isArray(field) && field.length === 0) return null;
  if (isPlain) return field;
  const [item] = Array.isArray(unset) ? (unset as readonly [GoShape]) : [];
  return item ? (field as object[]).map((each) => goStruct(each, item)) : goStruct(field, unset as GoShape);
}

/** Labels and such. */
export function goMap<T>(map: Record<string, T> | undefined): Record<string, T> | undefined {
  if (!map) return undefined;
  return Object.fromEntries(Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A label selector. */
export function goLabelSelector(selector: LabelSelector | undefined): LabelSelector | undefined {
  if (!selector) return undefined;
  const { matchLabels, matchExpressions } = selector;
  return {
    ...(matchLabels && { matchLabels: goMap(matchLabels) ?? {} }),
    ...(matchExpressions?.length && {
      matchExpressions: matchExpressions.map(({ key, operator, values }) => ({
        key,
        operator,
        ...(values?.length && { values }),
      })),
    }),
  };
}
