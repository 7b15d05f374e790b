// How does ownership move when an object changes? And what does an apply take away?
// Source: structured-merge-diff/merge Updater.

import {
  difference,
  emptySet,
  type FieldSet,
  intersection,
  intersects,
  isEmptySet,
  union,
} from '../fieldpath/field-set.ts';
import { type Comparison, compareValues } from '../structured-merge/compare.ts';
import { fieldSetOf } from '../structured-merge/field-set-of.ts';
import { mergeValues } from '../structured-merge/merge.ts';
import type { MergeType } from '../structured-merge/merge-type.ts';
import { reconcileSet } from '../structured-merge/reconcile.ts';
import { removeItems, withNamedFields } from '../structured-merge/remove-items.ts';
import { ApplyConflict, type Conflict } from './conflict.ts';
import type { Managers, Ownership } from './managers.ts';

/** An object in one version of its API. */
export interface Versioned {
  value: unknown;
  apiVersion: string;
  type: MergeType;
}

export interface Rules {
  /** The object in another version; undefined if that version is no longer served. */
  convert(object: Versioned, apiVersion: string): Versioned | undefined;
  /** What of a set this request may set, whatever it says. */
  settable(set: FieldSet): FieldSet;
}

type MutableManagers = Map<string, Ownership>;

export interface Transition {
  live: Versioned;
  next: Versioned;
  managers: Managers;
  /** What `changesOf` says, where the caller knows it already. */
  changes?: Comparison;
}

/** What `next` changes of `live`, less what this request may not set. */
export function changesOf({ live, next }: Transition, rules: Rules): Comparison {
  return settableOf(compareValues(live.value, next.value, live.type), rules);
}

/** Takes the fields that changed from whoever owns them. Managers whose version is gone, or who own nothing more, go. */
export function takeChanged(transition: Transition, rules: Rules): { managers: MutableManagers; taken: FieldSet } {
  const managers = reconcile(transition.live, transition.managers, rules);
  const { others, changes } = takeOver({ ...transition, managers, self: undefined, force: true }, rules);
  return { managers: others, taken: union(changes.modified, changes.added) };
}

export interface Applied {
  /** The merged object, less what its applier no longer names and nobody else owns. */
  value: unknown;
  managers: MutableManagers;
}

/** Applies `config` to `live`. Throws ApplyConflict unless forced, TypeMismatch if lists can't be merged. */
export function applyConfig(
  { live, config, managers }: { live: Versioned; config: Versioned; managers: Managers },
  self: { key: string; ownership: Omit<Ownership, 'set'>; force: boolean },
  rules: Rules,
): Applied {
  const reconciled = reconcile(live, managers, rules);
  const merged = { ...live, value: mergeValues(live.value, config.value, live.type) };
  const last = reconciled.get(self.key);
  const set = rules.settable(fieldSetOf(config.value, config.type));
  reconciled.set(self.key, { ...self.ownership, set });
  const next = last && !isEmptySet(last.set) ? prune(merged, { managers: reconciled, last }, rules) : merged;
  const { others } = takeOver({ live, next, managers: reconciled, self: self.key, force: self.force }, rules);
  if (isEmptySet(set)) others.delete(self.key);
  return { value: next.value, managers: others };
}

function reconcile(live: Versioned, managers: Managers, { convert }: Rules): MutableManagers {
  const result: MutableManagers = new Map();
  for (const [key, ownership] of managers) {
    const object = convert(live, ownership.apiVersion);
    if (object) result.set(key, { ...ownership, set: reconcileSet(ownership.set, object.type) });
  }
  return result;
}

interface TakeOver extends Transition {
  self: string | undefined;
  force: boolean;
}

/** Takes what changed from all managers but `self`. */
function takeOver(transition: TakeOver, rules: Rules): { others: MutableManagers; changes: Comparison } {
  const { live, next, managers, self, force } = transition;
  const changes = transition.changes ?? changesOf(transition, rules);
  const byVersion = new Map([[live.apiVersion, changes]]);
  const others: MutableManagers = new Map();
  const conflicts: Conflict[] = [];
  for (const [key, ownership] of [...managers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (key === self) {
      others.set(key, ownership);
      continue;
    }
    const known = byVersion.get(ownership.apiVersion) ?? changesIn(ownership.apiVersion, { live, next }, rules);
    if (!known) continue;
    byVersion.set(ownership.apiVersion, known);
    const taken = intersection(ownership.set, union(known.modified, known.added));
    if (!isEmptySet(taken)) conflicts.push({ ownership, set: taken });
    const set = withoutLost(ownership.set, taken, known.removed);
    if (!isEmptySet(set)) others.set(key, set === ownership.set ? ownership : { ...ownership, set });
  }
  if (!force && conflicts.length > 0) throw new ApplyConflict(conflicts);
  return { others, changes };
}

/** The same set if nothing is lost, so that it need not be written anew. */
function withoutLost(set: FieldSet, taken: FieldSet, removed: FieldSet): FieldSet {
  const isUntouched = isEmptySet(taken) && !intersects(set, removed);
  return isUntouched ? set : difference(difference(set, taken), removed);
}

function changesIn(
  apiVersion: string,
  { live, next }: { live: Versioned; next: Versioned },
  rules: Rules,
): Comparison | undefined {
  const [before, after] = [rules.convert(live, apiVersion), rules.convert(next, apiVersion)];
  return before && after && settableOf(compareValues(before.value, after.value, before.type), rules);
}

function settableOf({ added, modified, removed }: Comparison, rules: Rules): Comparison {
  return { added: rules.settable(added), modified: rules.settable(modified), removed: rules.settable(removed) };
}

/** Removes what the applier named last time, does not name now, and nobody else owns. */
function prune(
  merged: Versioned,
  { managers, last }: { managers: MutableManagers; last: Ownership },
  rules: Rules,
): Versioned {
  const inLastVersion = rules.convert(merged, last.apiVersion);
  if (!inLastVersion) return merged;
  const { type } = inLastVersion;
  const removed = removeItems(inLastVersion.value, withNamedFields(last.set, type), type);
  let pruned: Versioned = { ...inLastVersion, value: removed };
  for (const [apiVersion, owned] of ownedByVersion(managers, last.apiVersion)) {
    pruned = withOwned({ merged: inLastVersion, pruned, apiVersion, owned }, rules);
  }
  const kept = withDangling(inLastVersion, rules.convert(pruned, last.apiVersion) ?? pruned, last);
  return rules.convert(kept, merged.apiVersion) ?? merged;
}

/** The fields of all managers by version, `first` before the others: what conversion needs must be back by then. */
function ownedByVersion(managers: MutableManagers, first: string): [string, FieldSet][] {
  const byVersion = new Map<string, FieldSet>();
  for (const { apiVersion, set } of managers.values()) {
    byVersion.set(apiVersion, union(byVersion.get(apiVersion) ?? emptySet, set));
  }
  return [...byVersion].sort(([a], [b]) => Number(b === first) - Number(a === first));
}

/** Adds back what was removed and someone owns. */
function withOwned(
  { merged, pruned, apiVersion, owned }: { merged: Versioned; pruned: Versioned; apiVersion: string; owned: FieldSet },
  { convert }: Rules,
): Versioned {
  const [whole, part] = [convert(merged, apiVersion), convert(pruned, apiVersion)];
  if (!whole || !part) return pruned;
  const { type } = whole;
  const all = withNamedFields(fieldSetOf(whole.value, type), type);
  const kept = union(withNamedFields(fieldSetOf(part.value, type), type), withNamedFields(owned, type));
  return { ...whole, value: removeItems(whole.value, difference(all, kept), type) };
}

/** Adds back what was removed and the applier never owned. */
function withDangling(merged: Versioned, pruned: Versioned, last: Ownership): Versioned {
  const { type } = merged;
  const all = withNamedFields(fieldSetOf(merged.value, type), type);
  const kept = withNamedFields(fieldSetOf(pruned.value, type), type);
  const gone = intersection(difference(all, kept), withNamedFields(last.set, type));
  return { ...merged, value: removeItems(merged.value, gone, type) };
}
