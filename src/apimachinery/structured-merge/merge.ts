// What does an applied configuration make of an object? Its fields win; lists merge item by item; nothing is removed.
// Source: structured-merge-diff/typed merge.

import type { PathElement } from '../fieldpath/path-element.ts';
import { ownField, setField } from '../json-fields.ts';
import { itemElement, TypeMismatch } from './list-item.ts';
import { formOf, isFields, type ListType, type MapType, type MergeType, typeOfField } from './merge-type.ts';

/** `live` with `config` laid over it. Neither is changed. Throws TypeMismatch where list items can't be told apart. */
export function mergeValues(live: unknown, config: unknown, type: MergeType): unknown {
  const form = formOf(type, config === undefined ? live : config);
  if (form === 'map' && type.map && !type.map.isAtomic) {
    const [left, right] = [isFields(live) ? live : {}, isFields(config) ? config : {}];
    if (Object.keys(left).length > 0 || Object.keys(right).length > 0) return mergeFields(left, right, type.map);
  }
  if (form === 'list' && type.list && !type.list.isAtomic) {
    const [left, right] = [Array.isArray(live) ? live : [], Array.isArray(config) ? config : []];
    if (left.length > 0 || right.length > 0) return mergeItems(left, right, type.list);
  }
  return config === undefined ? live : config;
}

function mergeFields(live: Record<string, unknown>, config: Record<string, unknown>, map: MapType): unknown {
  const merged: Record<string, unknown> = { ...live };
  for (const [name, value] of Object.entries(config)) {
    setField(merged, name, mergeValues(ownField(live, name), value, typeOfField(map, name)));
  }
  return merged;
}

interface Item {
  element: PathElement;
  value: unknown;
}

/**
 * Items that both have stand in the order of the configuration, items of its own where it has them, and
 * what only the object has keeps its place between them.
 */
function mergeItems(live: unknown[], config: unknown[], list: ListType): unknown[] {
  const applied = itemsOf(config, list);
  const appliedBy = new Map(applied.map((item) => [item.element, item.value]));
  const had = itemsOf(live, list);
  const hadBy = new Map<PathElement, unknown>();
  // An item that the object has twice is not merged with the new one.
  for (const { element, value } of had) hadBy.set(element, hadBy.has(element) ? null : value);

  const shared = applied.map(({ element }) => element).filter((element) => hadBy.has(element));
  const result: unknown[] = [];
  const done = new Set<PathElement>();
  const take = (element: PathElement): void => {
    done.add(element);
    result.push(mergeValues(hadBy.get(element), appliedBy.get(element), list.element));
    if (shared[0] === element) shared.shift();
  };
  let [left, right] = [0, 0];
  while (left < had.length || right < applied.length) {
    const [mine, theirs] = [had[left], applied[right]];
    if (mine && theirs) {
      if (mine.element === theirs.element) {
        take(mine.element);
        left++;
        right++;
        continue;
      }
      // An item of both, but not the one whose turn it is.
      if (appliedBy.has(mine.element) && shared.length > 0 && shared[0] !== mine.element) {
        left++;
        continue;
      }
    }
    if (mine && !appliedBy.has(mine.element)) {
      result.push(mine.value);
      left++;
      continue;
    }
    if (mine && done.has(mine.element)) left++;
    if (theirs) {
      take(theirs.element);
      right++;
    }
  }
  return result;
}

function itemsOf(values: unknown[], list: ListType): Item[] {
  return values.map((value, index) => {
    try {
      return { element: itemElement(list, value), value };
    } catch (error) {
      if (!(error instanceof TypeMismatch)) throw error;
      throw new TypeMismatch(`element ${index}: ${error.message}`, { cause: error });
    }
  });
}
