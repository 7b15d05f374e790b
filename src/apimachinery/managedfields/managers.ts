// Who owns which fields of an object? metadata.managedFields and back.
// Source: apimachinery/pkg/util/managedfields/internal managedfields.

import { emptySet, type FieldSet, parseSet, sortedSet } from '../fieldpath/field-set.ts';
import type { ManagedFieldsEntry } from '../meta.ts';

export type ManagerOperation = 'Apply' | 'Update';

/** One manager: a name, and how and through what it writes. */
export interface ManagerId {
  manager: string;
  operation: ManagerOperation;
  apiVersion: string;
  /** Empty for the main resource. */
  subresource: string;
}

export interface Ownership extends ManagerId {
  /** RFC 3339 with seconds. */
  time: string | undefined;
  set: FieldSet;
  /** The set as it was written before, its steps in order. */
  written?: FieldSet;
}

/** Every manager of an object, by its key. */
export type Managers = ReadonlyMap<string, Ownership>;

/** Appliers keep their key across versions; the order of the fields is upstream's, since managers sort by it. */
export function managerKey({ manager, operation, apiVersion, subresource }: ManagerId): string {
  return JSON.stringify({
    ...(manager !== '' && { manager }),
    operation,
    ...(operation === 'Update' && { apiVersion }),
    ...(subresource !== '' && { subresource }),
  });
}

/** Why managedFields can't be read. */
export class ManagedFieldsError extends Error {
  override readonly name = 'ManagedFieldsError';
}

/** Entries are never changed: those that are read at every write of an object are read once. */
const decoded = new WeakMap<readonly ManagedFieldsEntry[], Managers>();

/** The managers that `entries` name. Sets that this server has written are used as they are. Throws ManagedFieldsError. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const known = entries && decoded.get(entries);
  if (known) return known;
  const managers = decodeEntries(entries);
  if (entries) decoded.set(entries, managers);
  return managers;
}

function decodeEntries(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers = new Map<string, Ownership>();
  for (const [index, entry] of (entries ?? []).entries()) {
    const set = (entry.fieldsV1 ?? emptySet) as FieldSet;
    const ownership = { ...readEntry(entry, index), set, written: set };
    managers.set(managerKey(ownership), ownership);
  }
  return managers;
}

/** As `decodeManagers`, for entries that a client wrote. */
export function parseManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers = new Map<string, Ownership>();
  for (const [index, entry] of (entries ?? []).entries()) {
    try {
      const ownership = { ...readEntry(entry, index), set: parseSet(entry.fieldsV1) };
      managers.set(managerKey(ownership), ownership);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new ManagedFieldsError(`error decoding set: ${error.message}`, { cause: error });
    }
  }
  return managers;
}

function readEntry(entry: ManagedFieldsEntry, index: number): Omit<Ownership, 'set'> {
  const { manager = '', operation, apiVersion = '', subresource = '', time, fieldsType = '' } = entry;
  if (operation !== 'Apply' && operation !== 'Update') {
    throw new ManagedFieldsError('operation must be `Apply` or `Update`');
  }
  if (apiVersion === '') throw new ManagedFieldsError('apiVersion must not be empty');
  if (fieldsType === '') throw new ManagedFieldsError(`missing fieldsType in managed fields entry ${index}`);
  if (fieldsType !== 'FieldsV1') {
    throw new ManagedFieldsError(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`);
  }
  return { manager, operation, apiVersion, subresource, time };
}

/** The entries as metadata.managedFields holds them; undefined if there are none. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return sortEntries(
    [...managers.values()].map(({ manager, operation, apiVersion, subresource, time, set, written }) => ({
      ...(manager !== '' && { manager }),
      operation,
      apiVersion,
      ...(time !== undefined && { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: set === written ? set : sortedSet(set),
      ...(subresource !== '' && { subresource }),
    })),
  );
}

/** Appliers first, then the oldest. */
export function sortEntries(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  return entries.sort(
    (a, b) =>
      byText(a.operation, b.operation) ||
      byText(a.time, b.time) ||
      byText(a.manager, b.manager) ||
      byText(a.apiVersion, b.apiVersion) ||
      byText(a.subresource, b.subresource),
  );
}

function byText(a = '', b = ''): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
