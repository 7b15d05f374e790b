// Whose are the replicas, seen through a Scale? The owners of the scaled object as a Scale shows them, and back.
// Source: apimachinery/pkg/util/managedfields/scalehandler.go.

import { difference, type FieldSet, hasPath, isEmptySet, setOf } from '../../apimachinery/fieldpath/field-set.ts';
import { fieldElement } from '../../apimachinery/fieldpath/path-element.ts';
import {
  decodeManagers,
  encodeManagers,
  managerKey,
  type Ownership,
} from '../../apimachinery/managedfields/managers.ts';
import type { ManagedFieldsEntry } from '../../apimachinery/meta.ts';

type Entries = ManagedFieldsEntry[] | undefined;

/** Where each version of the scaled object has its replicas; null if it can't be scaled, undefined if it is not known. */
export type ReplicaPaths = (apiVersion: string) => readonly string[] | null | undefined;

const scaleVersion = 'autoscaling/v1';
const inScale = ['spec', 'replicas'].map(fieldElement);

/** Who owns the replicas of the object owns those of its Scale. */
export function scaleOwners(parent: Entries, paths: ReplicaPaths): Entries {
  const owners = [...decodeManagers(parent)].flatMap(([key, owner]): [string, Ownership][] => {
    const path = paths(owner.apiVersion)?.map(fieldElement);
    if (!path || !hasPath(owner.set, path)) return [];
    return [[key, { ...owner, apiVersion: scaleVersion, set: setOf(inScale) }]];
  });
  return encodeManagers(new Map(owners));
}

/** The owners of the object once its Scale has `scale`. Times are those of whom the object knew already. */
export function parentOwners(
  parent: Entries,
  scale: Entries,
  { apiVersion, paths }: { apiVersion: string; paths: ReplicaPaths },
): Entries {
  const before = decodeManagers(parent);
  const left = new Map(decodeManagers(scale));
  const owners = new Map<string, Ownership>();
  for (const [key, owner] of before) {
    const path = paths(owner.apiVersion)?.map(fieldElement);
    if (paths(owner.apiVersion) === undefined) continue;
    if (!path || !hasPath(owner.set, path) || left.delete(key)) owners.set(key, owner);
    else {
      const kept: FieldSet = difference(owner.set, setOf(path));
      if (!isEmptySet(kept)) owners.set(key, { ...owner, set: kept });
    }
  }
  const path = paths(apiVersion)?.map(fieldElement) ?? [];
  for (const [key, owner] of left) {
    if (!hasPath(owner.set, inScale)) continue;
    // Its key names the version of the Scale: what the object knows of it is under another one.
    owners.set(key, { ...owner, apiVersion, time: before.get(managerKey(owner))?.time, set: setOf(path) });
  }
  return encodeManagers(owners);
}
