// How do owned fields follow a schema that changed? Where a value has become one piece, whoever owned a part owns all.
// Source: structured-merge-diff/typed reconcile_schema.

import { childrenOf, elementsOf, type FieldSet, hasMember, isEmptySet, nodeOf } from '../fieldpath/field-set.ts';
import type { PathElement } from '../fieldpath/path-element.ts';
import { deducedType, type MergeType } from './merge-type.ts';

/** The set under the type as it is now; the same set if nothing changed. */
export function reconcileSet(set: FieldSet, type: MergeType): FieldSet {
  let isChanged = false;
  const result: Record<PathElement, FieldSet> = {};
  for (const element of elementsOf(set)) {
    const node = set[element] as FieldSet;
    const next = reconcileNode({ element, set }, typeBelow(type, element));
    isChanged ||= next !== node;
    result[element] = next;
  }
  return isChanged ? result : set;
}

function reconcileNode(
  { element, set }: { element: PathElement; set: FieldSet },
  type: MergeType | undefined,
): FieldSet {
  const node = set[element] as FieldSet;
  const below = childrenOf(set, element);
  if (type === undefined || type === deducedType || isEmptySet(below)) return node;
  const { map, list } = type;
  if (map ? map.isAtomic : list?.isAtomic && !type.scalar) return {};
  const reconciled = reconcileSet(below, type);
  return reconciled === below ? node : (nodeOf({ isMember: hasMember(set, element), below: reconciled }) ?? {});
}

function typeBelow({ map, list }: MergeType, element: PathElement): MergeType | undefined {
  if (map) return element.startsWith('f:') ? (map.field(element.slice(2)) ?? map.element) : map.element;
  return list?.element;
}
