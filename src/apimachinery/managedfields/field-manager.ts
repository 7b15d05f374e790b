// What does a write make of metadata.managedFields?
// Source: apimachinery/pkg/util/managedfields/internal, the chain of managers.

import { difference, type FieldSet, includes, intersects, isEmptySet, setOf, union } from '../fieldpath/field-set.ts';
import { fieldElement } from '../fieldpath/path-element.ts';
import { jsonEqual } from '../json-equal.ts';
import type { KubeObject, ManagedFieldsEntry } from '../meta.ts';
import type { Comparison } from '../structured-merge/compare.ts';
import type { MergeType } from '../structured-merge/merge-type.ts';
import { capUpdaters } from './cap-updaters.ts';
import { ApplyConflict } from './conflict.ts';
import { fieldsLeftAsLastApplied, withLastApplied } from './last-applied.ts';
import {
  decodeManagers,
  encodeManagers,
  ManagedFieldsError,
  type ManagerId,
  type Managers,
  managerKey,
  type Ownership,
  parseManagers,
  sortEntries,
} from './managers.ts';
import { applyConfig, changesOf, type Rules, takeChanged, type Versioned } from './updater.ts';

export interface FieldManager extends Rules {
  /** Of the request and of its objects. */
  apiVersion: string;
  type: MergeType;
  /** Empty for the main resource. */
  subresource: string;
  /** RFC 3339 with seconds; undefined where the time is not to be recorded. */
  now: string | undefined;
}

/** An object with nothing set: what creations are compared with. */
const unset = {};

/** Owner of what was there before anyone's ownership was recorded. */
const beforeFirstApply = 'before-first-apply';

/** Fields that nobody owns: identity, and what only the server sets. */
const unowned: FieldSet = setOf(
  ...['apiVersion', 'kind', 'metadata'].map((name) => [fieldElement(name)]),
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => [fieldElement('metadata'), fieldElement(name)]),
);

export interface TrackedChange {
  /** Absent on create. */
  live?: KubeObject;
  /** Its managedFields are the ones that the client asks for, if any. */
  next: KubeObject;
  manager: string;
}

/** The managedFields of an object that was created, replaced or patched; undefined if it is to have none. */
export function trackUpdate(change: TrackedChange, fieldManager: FieldManager): ManagedFieldsEntry[] | undefined {
  const { live } = change;
  const managers = startingManagers(change, fieldManager);
  // Whose ownership is not recorded from the start is not recorded before the first apply.
  if (live && managers.size === 0) return undefined;

  const transition = {
    live: versioned(live ?? unset, fieldManager),
    next: versioned(change.next, fieldManager),
    managers,
  };
  const changes = changesOf(transition, fieldManager);
  const id = idOf('Update', change.manager, fieldManager);
  const kept = keptManagers({ managers, changes, id, now: fieldManager.now });
  // Nothing to write anew: most changes of an object come from the same manager, many within a second.
  if (kept && kept === readManagers(live?.metadata.managedFields)) return live?.metadata.managedFields;
  return encodeManagers(kept ?? updated({ ...transition, changes, id }, fieldManager));
}

/** Managers whose sets a change leaves as they are; undefined if any set changes. The cheap case, and the usual one. */
function keptManagers({
  managers,
  changes: { added, modified, removed },
  id,
  now,
}: {
  managers: Managers;
  changes: Comparison;
  id: ManagerId;
  now: string | undefined;
}): Managers | undefined {
  const touched = union(added, modified);
  let self: Ownership | undefined;
  for (const ownership of managers.values()) if (isSameManager(ownership, id)) self = ownership;
  for (const ownership of managers.values()) {
    if (ownership.apiVersion !== id.apiVersion || intersects(ownership.set, removed)) return undefined;
    if (ownership !== self && intersects(ownership.set, touched)) return undefined;
  }
  const owned = difference(touched, unowned);
  if (isEmptySet(owned)) return managers;
  if (!self || !includes(self.set, owned)) return undefined;
  return self.time === now ? managers : new Map(managers).set(managerKey(id), { ...self, time: now });
}

function isSameManager(a: ManagerId, b: ManagerId): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.apiVersion === b.apiVersion &&
    a.subresource === b.subresource
  );
}

function updated(
  { id, ...transition }: Parameters<typeof takeChanged>[0] & { id: ManagerId },
  fieldManager: FieldManager,
): Managers {
  const { managers, taken } = takeChanged(transition, fieldManager);
  const set = difference(taken, unowned);
  if (isEmptySet(set)) return managers;
  const key = managerKey(id);
  const before = managers.get(key);
  managers.set(key, { ...id, time: fieldManager.now, set: before ? union(set, before.set) : set });
  return capUpdaters(managers);
}

/** The managers that the client asks for, or those of the object. `[]` and `[{}]` ask for none. */
function startingManagers({ live, next }: TrackedChange, { subresource }: FieldManager): Managers {
  const current = live?.metadata.managedFields;
  const requested = next.metadata.managedFields;
  const isOwn = requested === undefined || jsonEqual(requested, current);
  if (!isOwn && subresource === '') {
    if (isReset(requested)) return new Map();
    try {
      const managers = parseManagers(requested);
      if (managers.size > 0) return managers;
    } catch (error) {
      if (!(error instanceof ManagedFieldsError)) throw error;
      // What can't be read is as if it had not been sent, so that clients can't delete it by mistake.
    }
  }
  return readManagers(current);
}

function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] as object).length === 0);
}

function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  try {
    return decodeManagers(entries);
  } catch (error) {
    if (!(error instanceof ManagedFieldsError)) throw error;
    return new Map();
  }
}

export interface Application {
  /** Absent on create. */
  live?: KubeObject;
  /** Valid for the type. */
  config: KubeObject;
  manager: string;
  force: boolean;
}

/** What applying `config` makes of the object, managedFields included. Throws ApplyConflict or TypeMismatch. */
export function trackApply(application: Application, fieldManager: FieldManager): KubeObject {
  const { live, manager, config } = application;
  let managers = live ? readManagers(live.metadata.managedFields) : new Map<string, Ownership>();
  if (live && managers.size === 0) {
    const transition = { live: versioned(unset, fieldManager), next: versioned(live, fieldManager) };
    const id = idOf('Update', beforeFirstApply, fieldManager);
    managers = updated({ ...transition, managers, id }, fieldManager);
  }
  const applied = applyAs(application, managers, fieldManager);
  const object = manager === 'kubectl' ? withLastApplied(applied.object, config) : applied.object;
  const managedFields = encodeManagers(applied.managers);
  return { ...object, metadata: { ...object.metadata, ...(managedFields && { managedFields }) } };
}

function applyAs(
  { live, config, manager, force }: Application,
  managers: Managers,
  fieldManager: FieldManager,
): { object: KubeObject; managers: Managers } {
  const id = idOf('Apply', manager, fieldManager);
  const key = managerKey(id);
  const current = versioned(live ?? unset, fieldManager);
  const apply = (isForced: boolean): ReturnType<typeof applyConfig> =>
    applyConfig(
      { live: current, config: versioned(config, fieldManager), managers },
      { key, ownership: { ...id, time: managers.get(key)?.time }, force: isForced },
      fieldManager,
    );
  let applied: ReturnType<typeof applyConfig>;
  try {
    applied = apply(force);
  } catch (error) {
    if (!(error instanceof ApplyConflict) || manager !== 'kubectl' || !live) throw error;
    const allowed = fieldsLeftAsLastApplied(live, fieldManager);
    const left = allowed && error.without(allowed);
    if (!allowed) throw error;
    if (left) throw left;
    applied = apply(true);
  }
  const isChanged = !jsonEqual(applied.value, current.value);
  const own = applied.managers.get(key);
  if (own) {
    const set = difference(own.set, unowned);
    if (isEmptySet(set)) applied.managers.delete(key);
    else applied.managers.set(key, { ...own, set, time: isChanged ? fieldManager.now : own.time });
  }
  return { object: applied.value as KubeObject, managers: applied.managers };
}

function idOf(
  operation: ManagerId['operation'],
  manager: string,
  { apiVersion, subresource }: FieldManager,
): ManagerId {
  return { manager: manager || 'unknown', operation, apiVersion, subresource };
}

/** The object without its managedFields, which are no part of what is compared. */
function versioned(object: object, { apiVersion, type }: FieldManager): Versioned {
  const { metadata } = object as Partial<KubeObject>;
  if (metadata?.managedFields === undefined) return { value: object, apiVersion, type };
  const { managedFields: _managedFields, ...rest } = metadata;
  return { value: { ...object, metadata: rest }, apiVersion, type };
}

/** `next` with the times of `current` where times are all that differs. */
export function withoutNewTimes(
  next: ManagedFieldsEntry[] | undefined,
  current: ManagedFieldsEntry[] | undefined,
): ManagedFieldsEntry[] | undefined {
  if (!next || !current || next.length !== current.length) return next;
  const timeless = (entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] =>
    sortEntries(entries.map(({ time: _time, ...entry }) => entry));
  return jsonEqual(timeless(next), timeless(current)) ? current : next;
}
