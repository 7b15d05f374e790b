// How do fields that nobody applies any more leave an object?
// Source: structured-merge-diff/typed remove; fieldpath EnsureNamedFieldsAreMembers.

import { childrenOf, elementsOf, type FieldSet, hasMember, isEmptySet, nodeOf } from '../fieldpath/field-set.ts';
import { fieldElement, type PathElement } from '../fieldpath/path-element.ts';
import { setField } from '../json-fields.ts';
import { itemElement } from './list-item.ts';
import {
  type Fields,
  formOf,
  isFields,
  type ListType,
  type MapType,
  type MergeType,
  typeOfField,
} from './merge-type.ts';

/** `value` without the members of `set`. A map or list that has nothing left stays, empty: who takes it away names it itself. */
export function removeItems(value: unknown, set: FieldSet, type: MergeType): unknown {
  switch (formOf(type, value)) {
    case 'map':
      if (!isFields(value)) return null;
      return type.map?.isAtomic ? {} : removeFields(value, set, type.map as MapType);
    case 'list':
      if (!Array.isArray(value)) return null;
      return type.list?.isAtomic ? [] : removeFromList(value, set, type.list as ListType);
    default:
      return value;
  }
}

function removeFields(value: Fields, set: FieldSet, map: MapType): Fields {
  const kept: Fields = {};
  for (const [name, item] of Object.entries(value)) {
    const element = fieldElement(name);
    if (hasMember(set, element)) continue;
    const below = childrenOf(set, element);
    setField(kept, name, isEmptySet(below) ? item : removeItems(item, below, typeOfField(map, name)));
  }
  return kept;
}

function removeFromList(items: readonly unknown[], set: FieldSet, list: ListType): unknown[] {
  const kept: unknown[] = [];
  for (const item of items) {
    const element = itemElement(list, item);
    if (hasMember(set, element)) continue;
    const below = childrenOf(set, element);
    kept.push(isEmptySet(below) ? item : removeItems(item, below, list.element));
  }
  return kept;
}

/** `set` with the declared fields above its members as members too. */
export function withNamedFields(set: FieldSet, type: MergeType | undefined): FieldSet {
  const result: Record<PathElement, FieldSet> = {};
  for (const element of elementsOf(set)) {
    const name = element.startsWith('f:') ? element.slice(2) : undefined;
    const isDeclared = name !== undefined && type?.map?.field(name) !== undefined;
    const node = nodeOf({
      isMember: hasMember(set, element) || isDeclared,
      below: withNamedFields(childrenOf(set, element), typeBelow(type, { element, name })),
    });
    if (node) result[element] = node;
  }
  return result;
}

function typeBelow(
  type: MergeType | undefined,
  { element, name }: { element: PathElement; name: string | undefined },
): MergeType | undefined {
  if (name !== undefined) return type?.map?.field(name) ?? type?.map?.element;
  return element.startsWith('k:') ? type?.list?.element : undefined;
}
