// Which fields of an object? A tree in the form of fieldsV1, so that stored sets are used as they are.

import { canonicalElement, compareElements, type PathElement } from './path-element.ts';

/**
 * A set of fields. Each key is a step; below it stands what follows. `{}` is a member without members
 * below it; `.` marks a step that is a member as well as others below it. Sets are never changed, but
 * by `insertPath` while one is being built. Source: structured-merge-diff/fieldpath Set.
 */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet;
}

const self = '.';

export const emptySet: FieldSet = {};

/** Has the set no members? Whether a node is one itself does not count. */
export function isEmptySet(set: FieldSet): boolean {
  for (const element in set) if (element !== self) return false;
  return true;
}

/** Is the step itself in the set? */
export function hasMember(set: FieldSet, element: PathElement): boolean {
  const node = set[element];
  return node !== undefined && isMember(node);
}

/** The members below a step, as a set of their own. */
export function childrenOf(set: FieldSet, element: PathElement): FieldSet {
  return set[element] ?? emptySet;
}

export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) {
    node = node[element];
    if (node === undefined) return false;
  }
  return path.length > 0 && isMember(node);
}

/** Adds a path to a set that is still being built. */
export function insertPath(set: FieldSet, path: readonly PathElement[]): void {
  let node: Building = set;
  for (const [index, element] of path.entries()) {
    const next: Building | undefined = node[element];
    if (next === undefined) {
      const made: Building = {};
      node[element] = made;
      node = made;
      continue;
    }
    // A member that gets others below it says so with a dot; so does what had others below it first.
    const isLast = index === path.length - 1;
    if (isEmptySet(next) !== isLast) next[self] = {};
    node = next;
  }
}

/** The set of these paths. */
export function setOf(...paths: (readonly PathElement[])[]): FieldSet {
  const set: FieldSet = {};
  for (const path of paths) insertPath(set, path);
  return set;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b)) return a;
  const { [self]: _self, ...others } = a;
  const result: Building = others;
  for (const element in b) {
    if (element === self) continue;
    const [left, right] = [a[element], b[element] as FieldSet];
    result[element] = left === undefined || left === right ? right : unionNodes(left, right);
  }
  return result;
}

/** What is in both. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const result: Building = {};
  for (const element in a) {
    const [left, right] = [a[element] as FieldSet, b[element]];
    if (element === self || right === undefined) continue;
    const below = intersection(left, right);
    put(result, element, { isMember: isMember(left) && isMember(right), below });
  }
  return result;
}

/** What is in `a` and not in `b`: a member of `b` takes nothing from what is below it. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const result: Building = {};
  for (const element in a) {
    if (element === self) continue;
    const [left, right] = [a[element] as FieldSet, b[element]];
    if (right === undefined) {
      result[element] = left;
      continue;
    }
    const below = difference(left, right);
    put(result, element, { isMember: isMember(left) && !isMember(right), below });
  }
  return result;
}

/** What is in `a` and neither in `b` nor below a member of it. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  const result: Building = {};
  for (const element in a) {
    if (element === self) continue;
    const [left, right] = [a[element] as FieldSet, b[element]];
    if (right === undefined) result[element] = left;
    else if (!isMember(right)) {
      const below = recursiveDifference(left, right);
      put(result, element, { isMember: isMember(left), below });
    }
  }
  return result;
}

/** Is every member of `b` in `a`? */
export function includes(a: FieldSet, b: FieldSet): boolean {
  for (const element in b) {
    if (element === self) continue;
    const [left, right] = [a[element], b[element] as FieldSet];
    if (left === undefined || (isMember(right) && !isMember(left)) || !includes(left, right)) return false;
  }
  return true;
}

/** Have the two a member in common? */
export function intersects(a: FieldSet, b: FieldSet): boolean {
  for (const element in b) {
    const [left, right] = [a[element], b[element] as FieldSet];
    if (left === undefined || element === self) continue;
    if (isMember(right) && isMember(left)) return true;
    if (intersects(left, right)) return true;
  }
  return false;
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  return a === b || (includes(a, b) && includes(b, a));
}

/** Every member's path, parents first. */
export function pathsOf(set: FieldSet, prefix: readonly PathElement[] = []): PathElement[][] {
  const elements = elementsOf(set).sort(compareElements);
  const members = elements.filter((element) => hasMember(set, element)).map((element) => [...prefix, element]);
  const below = elements.flatMap((element) => pathsOf(childrenOf(set, element), [...prefix, element]));
  return [...members, ...below];
}

/** The set as it is written: steps in their order. */
export function sortedSet(set: FieldSet): FieldSet {
  const sorted: Building = {};
  if (set[self] !== undefined) sorted[self] = {};
  for (const element of elementsOf(set).sort(compareElements)) sorted[element] = sortedSet(set[element] as FieldSet);
  return sorted;
}

/** A set that a client has written, its steps in their one form; unknown kinds of steps are dropped. Throws SyntaxError. */
export function parseSet(value: unknown): FieldSet {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (value === undefined || value === null) return emptySet;
    throw new SyntaxError(`no set of fields: ${JSON.stringify(value)}`);
  }
  const set: Building = {};
  for (const [text, below] of Object.entries(value)) {
    const element = text === self ? self : canonicalElement(text);
    if (element !== undefined) set[element] = element === self ? {} : parseSet(below);
  }
  return set;
}

/** A node of a set from its parts; undefined if it holds nothing. */
export function nodeOf({ isMember, below }: { isMember: boolean; below: FieldSet }): FieldSet | undefined {
  if (isEmptySet(below)) return isMember ? {} : undefined;
  if (isMember) return below[self] === undefined ? { [self]: {}, ...below } : below;
  const { [self]: _self, ...others } = below;
  return below[self] === undefined ? below : others;
}

export function elementsOf(set: FieldSet): PathElement[] {
  return Object.keys(set).filter((element) => element !== self);
}

type Building = { [element: PathElement]: FieldSet };

function put(set: Building, element: PathElement, parts: { isMember: boolean; below: FieldSet }): void {
  const node = nodeOf(parts);
  if (node !== undefined) set[element] = node;
}

function unionNodes(left: FieldSet, right: FieldSet): FieldSet {
  const below = union(left, right);
  return nodeOf({ isMember: isMember(left) || isMember(right), below }) ?? {};
}

function isMember(node: FieldSet): boolean {
  return node[self] !== undefined || isEmptySet(node);
}
