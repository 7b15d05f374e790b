// What did a write change? The fields that it added, removed and modified.
// Source: structured-merge-diff/typed compare.

import { type FieldSet, insertPath } from '../fieldpath/field-set.ts';
import { fieldElement, type PathElement } from '../fieldpath/path-element.ts';
import { jsonEqual } from '../json-equal.ts';
import { ownField } from '../json-fields.ts';
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

export interface Comparison {
  added: FieldSet;
  removed: FieldSet;
  modified: FieldSet;
}

/** Compares two values of one type. Throws TypeMismatch where list items can't be told apart. */
export function compareValues(before: unknown, after: unknown, type: MergeType): Comparison {
  const walk = new CompareWalk();
  walk.compare(before, after, type);
  return walk;
}

class CompareWalk implements Comparison {
  readonly added: FieldSet = {};
  readonly removed: FieldSet = {};
  readonly modified: FieldSet = {};
  readonly #path: PathElement[] = [];

  compare(before: unknown, after: unknown, type: MergeType): void {
    const [formBefore, formAfter] = [formOf(type, before), formOf(type, after)];
    const form = after === undefined ? formBefore : formAfter;
    if (before !== undefined && after !== undefined && formBefore !== formAfter) {
      this.#compareAs(formBefore, { before, after, type });
    }
    const isLeaf = this.#compareAs(form, { before, after, type });
    if (isLeaf) return;
    if (before === undefined) insertPath(this.added, this.#path);
    else if (after === undefined) insertPath(this.removed, this.#path);
  }

  /** True if the value is one piece. */
  #compareAs(form: string, { before, after, type }: { before: unknown; after: unknown; type: MergeType }): boolean {
    if (form === 'map' && type.map) {
      const [left, right] = [fieldsIn(before), fieldsIn(after)];
      if (!type.map.isAtomic && (left || right)) {
        this.#compareFields(left, right, { map: type.map, isNew: before === undefined, isGone: after === undefined });
        return false;
      }
    } else if (form === 'list' && type.list) {
      const [left, right] = [itemsIn(before), itemsIn(after)];
      if (!type.list.isAtomic && (left || right)) {
        this.#compareItems(left ?? [], right ?? [], type.list);
        return false;
      }
    }
    this.#compareLeaf(before, after);
    return true;
  }

  #compareLeaf(before: unknown, after: unknown): void {
    if (before === undefined) insertPath(this.added, this.#path);
    else if (after === undefined) insertPath(this.removed, this.#path);
    else if (!jsonEqual(before, after)) insertPath(this.modified, this.#path);
  }

  #compareFields(
    before: Fields | undefined,
    after: Fields | undefined,
    { map, isNew, isGone }: { map: MapType; isNew: boolean; isGone: boolean },
  ): void {
    for (const name in after) {
      if (after[name] === undefined) continue;
      const left = ownField(before, name) ?? (isNew ? undefined : map.zeroFields.get(name));
      this.#at(fieldElement(name)).#below(left, after[name], typeOfField(map, name));
    }
    for (const name in before) {
      if (before[name] === undefined || ownField(after, name) !== undefined) continue;
      const right = isGone ? undefined : map.zeroFields.get(name);
      this.#at(fieldElement(name)).#below(before[name], right, typeOfField(map, name));
    }
    if (!isNew && !isGone) return;
    for (const [name, zero] of map.zeroFields) {
      if (ownField(before, name) !== undefined || ownField(after, name) !== undefined) continue;
      this.#at(fieldElement(name)).#below(isNew ? undefined : zero, isGone ? undefined : zero, typeOfField(map, name));
    }
  }

  #compareItems(before: readonly unknown[], after: readonly unknown[], list: ListType): void {
    if (jsonEqual(before, after)) return;
    const [left, right] = [indexItems(list, before), indexItems(list, after)];
    for (const element of new Set([...left.keys(), ...right.keys()])) {
      this.#compareItem(element, { before: left.get(element) ?? [], after: right.get(element) ?? [], list });
    }
  }

  /** Items that repeat are compared as one piece. */
  #compareItem(
    element: PathElement,
    { before, after, list }: { before: unknown[]; after: unknown[]; list: ListType },
  ): void {
    const [wasRepeated, isRepeated] = [before.length > 1, after.length > 1];
    if (!wasRepeated && !isRepeated) {
      this.#at(element).#below(before[0], after[0], list.element);
    } else if (wasRepeated && isRepeated) {
      if (!jsonEqual(before, after)) insertPath(this.modified, [...this.#path, element]);
    } else if (wasRepeated) {
      if (after.length > 0) this.#at(element).#below(undefined, after[0], list.element);
      insertPath(this.removed, [...this.#path, element]);
    } else {
      if (before.length > 0) this.#at(element).#below(before[0], undefined, list.element);
      insertPath(this.added, [...this.#path, element]);
    }
  }

  /** Takes the step; `#below` takes it back. */
  #at(element: PathElement): this {
    this.#path.push(element);
    return this;
  }

  #below(before: unknown, after: unknown, type: MergeType): void {
    if (before !== after) this.compare(before, after, type);
    this.#path.pop();
  }
}

/** A map with something in it. */
function fieldsIn(value: unknown): Fields | undefined {
  if (!isFields(value)) return undefined;
  for (const _ in value) return value;
  return undefined;
}

function itemsIn(value: unknown): unknown[] | undefined {
  return Array.isArray(value) && value.length > 0 ? value : undefined;
}
