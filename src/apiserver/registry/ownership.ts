// Who owns the fields of an object that a request writes? The field manager, fed with what the request knows.

import { goKind } from '../../apimachinery/go-json.ts';
import { ApplyConflict } from '../../apimachinery/managedfields/conflict.ts';
import { type FieldManager, trackApply, trackUpdate } from '../../apimachinery/managedfields/field-manager.ts';
import { ManagedFieldsError, parseManagers } from '../../apimachinery/managedfields/managers.ts';
import type { Versioned } from '../../apimachinery/managedfields/updater.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import { TypeMismatch } from '../../apimachinery/structured-merge/list-item.ts';
import { typeProblem } from '../../apimachinery/structured-merge/validate.ts';
import { rfc3339 } from '../../base/clock.ts';
import { objectType } from '../fieldmanager/merge-types.ts';
import { settableFields } from '../fieldmanager/reset-fields.ts';
import { isObject } from '../patch/merge-patch.ts';
import type { Operation } from './context.ts';

type Owners = ManagedFieldsEntry[] | undefined;

/** The managedFields of an object that comes to be. */
export function ownersOfCreated(operation: Operation, object: KubeObject): Owners {
  return unlessMismatched(undefined, () =>
    trackUpdate({ next: object, manager: operation.write.manager }, fieldManagerOf(operation)),
  );
}

/** The managedFields of what is answered to a body of a kind of its own, which nobody stores. */
export function ownersOfBody(operation: Operation, body: KubeObject, schemaName: string): Owners {
  const { schemas, write } = operation;
  const fieldManager = fieldManagerOf(operation);
  const { apiVersion = '' } = body;
  return trackUpdate(
    { next: body, manager: write.manager },
    { ...fieldManager, apiVersion, type: objectType(schemas, schemaName), settable: (set) => set },
  );
}

/** The managedFields of an object that changes; those in `next` are what the client asks for. */
export function ownersOfChanged(operation: Operation, live: KubeObject, next: KubeObject): Owners {
  return unlessMismatched(live.metadata.managedFields, () =>
    trackUpdate({ live, next, manager: operation.write.manager }, fieldManagerOf(operation)),
  );
}

/** The object that an apply makes of `live`, managedFields included. Throws BadRequest or Conflict. */
export function appliedObject(operation: Operation, patch: unknown, live?: KubeObject): KubeObject {
  const { write, entry } = operation;
  const fieldManager = fieldManagerOf(operation);
  const config = checkedConfig(operation, patch);
  const problem = typeProblem(config, fieldManager.type);
  if (problem) throw badConfig(operation, config, problem);
  try {
    const { manager, force } = write;
    const object = trackApply({ ...(live && { live }), config, manager, force }, fieldManager);
    return { ...object, apiVersion: entry.apiVersion, kind: entry.kind };
  } catch (error) {
    if (error instanceof ApplyConflict)
      throw error.toStatus(operation.info.subresource === 'scale' ? scaleView : undefined);
    if (error instanceof TypeMismatch) throw badConfig(operation, config, error.message);
    throw error;
  }
}

/** Who applies a Scale is told of its fields. */
const scaleView = { apiVersion: 'autoscaling/v1', path: '.spec.replicas' };

/** Puts back managedFields that admission has made unreadable. */
export function keepReadableOwners(operation: Operation, object: KubeObject, before: Owners): void {
  const { managedFields } = object.metadata;
  if (managedFields === before) return;
  try {
    parseManagers(managedFields);
  } catch (error) {
    if (!(error instanceof ManagedFieldsError)) throw error;
    putOwners(object, before);
    operation.warnings.push(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${error.message}`,
    );
  }
}

export function putOwners(object: KubeObject, owners: Owners): void {
  const { metadata } = object;
  if (owners) metadata.managedFields = owners;
  // Deleting is slow, even of what is not there.
  else if (metadata.managedFields !== undefined) delete metadata.managedFields;
}

function fieldManagerOf(operation: Operation): FieldManager {
  const { entry, schemas, clock, info } = operation;
  return {
    apiVersion: entry.apiVersion,
    type: objectType(schemas, entry.definition.schemaName),
    subresource: info.subresource,
    settable: (set) => settableFields(set, entry, info.subresource),
    // Upstream loses the time of who writes through a Scale on the way from and to the object that it belongs to.
    now: info.subresource === 'scale' ? undefined : rfc3339(clock.now()),
    convert: (object, apiVersion) => inVersion(operation, object, apiVersion),
  };
}

/** The object as another version of its API shows it; undefined if that version is not served. */
function inVersion(
  { catalogue, entry, schemas }: Operation,
  object: Versioned,
  apiVersion: string,
): Versioned | undefined {
  if (object.apiVersion === apiVersion) return object;
  const sameKind = (each: typeof entry): boolean => each.prefix === entry.prefix && each.kind === entry.kind;
  const from = catalogue.entries.find((each) => sameKind(each) && each.apiVersion === object.apiVersion);
  const to = catalogue.entries.find((each) => sameKind(each) && each.apiVersion === apiVersion);
  if (!from || !to) return undefined;
  const value = object.value as KubeObject;
  const stored = from.definition.toStored?.(value) ?? value;
  const converted = to.definition.fromStored?.(stored) ?? stored;
  return {
    value: { ...converted, apiVersion },
    apiVersion,
    type: objectType(schemas, to.definition.schemaName),
  };
}

function checkedConfig(operation: Operation, patch: unknown): KubeObject {
  const { entry } = operation;
  if (patch === null || patch === undefined) return checkedConfig(operation, {});
  if (!isObject(patch)) {
    const why = `json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`;
    const prefix = 'error decoding YAML: error unmarshaling JSON: while decoding JSON: ';
    throw new StatusError('BadRequest', `${prefix}${why}`);
  }
  const { apiVersion = '', kind = '', metadata } = patch as Partial<KubeObject>;
  if (apiVersion !== entry.apiVersion || kind !== entry.kind) {
    throw new StatusError('BadRequest', `invalid object type: ${groupVersionKind(apiVersion, kind)}`);
  }
  if (metadata?.managedFields) throw new StatusError('BadRequest', 'metadata.managedFields must be nil');
  return { ...patch, metadata: metadata ?? {} } as KubeObject;
}

function badConfig({ entry }: Operation, { metadata }: KubeObject, problem: string): StatusError {
  const own = metadata as Partial<KubeObject['metadata']>;
  const name = `${own.namespace ?? ''}/${own.name ?? ''}`;
  const kind = groupVersionKind(entry.apiVersion, entry.kind);
  return new StatusError('BadRequest', `failed to create typed patch object (${name}; ${kind}): ${problem}`);
}

/** `apps/v1, Kind=Deployment`. */
function groupVersionKind(apiVersion: unknown, kind: unknown): string {
  const version = String(apiVersion);
  return `${version === '' || version.includes('/') ? version || '/' : `/${version}`}, Kind=${String(kind)}`;
}

/** Lists whose items can't be told apart are the object's own business: its owners stay as they were. */
function unlessMismatched(otherwise: Owners, track: () => Owners): Owners {
  try {
    return track();
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error;
    return otherwise;
  }
}
