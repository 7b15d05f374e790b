// Which fields does a configuration set? The set that its applier owns.
// Source: structured-merge-diff/typed toFieldSet.

import { emptySet, type FieldSet, insertPath, nodeOf } from '../fieldpath/field-set.ts';
import { fieldElement, type PathElement } from '../fieldpath/path-element.ts';
import { indexItems } from './list-item.ts';
import {
  type Fields,
  formOf,
  isFields,
  type ListType,
  type MapType,
  type MergeType,
  typeOfField,
} from './merge-type.ts';

/** Every leaf and list item of `value`. Throws TypeMismatch where list items can't be told apart. */
export function fieldSetOf(value: unknown, type: MergeType): FieldSet {
  return visit(value, type).below;
}

interface Node {
  isMember: boolean;
  below: FieldSet;
}

const leaf: Node = { isMember: true, below: emptySet };
const nothing: Node = { isMember: false, below: emptySet };

function visit(value: unknown, type: MergeType): Node {
  switch (formOf(type, value)) {
    case 'map':
      if (type.map?.isAtomic) return leaf;
      return isFields(value) ? { isMember: false, below: visitFields(value, type.map as MapType) } : nothing;
    case 'list':
      if (type.list?.isAtomic) return leaf;
      return Array.isArray(value) ? { isMember: false, below: visitItems(value, type.list as ListType) } : nothing;
    default:
      return leaf;
  }
}

function visitFields(value: Fields, map: MapType): FieldSet {
  const set: Record<PathElement, FieldSet> = {};
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const { isMember, below } = visit(item, typeOfField(map, name));
    const isOwn = item === null || isEmptyMap(item) || map.field(name) === undefined;
    const node = nodeOf({ isMember: isMember || isOwn, below });
    if (node) set[fieldElement(name)] = node;
  }
  return set;
}

function visitItems(items: readonly unknown[], list: ListType): FieldSet {
  const set: FieldSet = {};
  for (const [element, values] of indexItems(list, items)) {
    // Items that repeat are one piece.
    if (values.length > 1) {
      insertPath(set, [element]);
      continue;
    }
    const { below } = visit(values[0], list.element);
    (set as Record<PathElement, FieldSet>)[element] = nodeOf({ isMember: true, below }) ?? {};
  }
  return set;
}

function isEmptyMap(value: unknown): boolean {
  return isFields(value) && Object.keys(value).length === 0;
}
