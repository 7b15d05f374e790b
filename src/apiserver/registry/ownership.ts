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
import { type FormOf, withForms } from './converted-forms.ts';

/** Who owns which fields; undefined if nobody does. */
export type Owners = ManagedFieldsEntry[] | undefined;

/** The managedFields of an object that comes to be. */
export function ownersOfCreated(operation: Operation, object: KubeObject): Owners {
  return unlessMismatched(() =>
    trackUpdate({ next: object, manager: operation.write.manager }, fieldManagerOf(operation)),
  );
}

/** The managedFields of what is answered to a body of a kind of its own, which nobody stores. */
export function ownersOfBody(operation: Operation, body: KubeObject, schemaName: string): Owners {
  const { apiVersion = '' } = body;
  return trackUpdate(
    { next: body, manager: operation.write.manager },
    bodyManagerOf(operation, { apiVersion, schemaName }),
  );
}

/** The managedFields of a Scale that changes. */
export function ownersOfScale(operation: Operation, live: KubeObject, next: KubeObject): Owners {
  return trackUpdate({ live, next, manager: operation.write.manager }, bodyManagerOf(operation, scaleType));
}

/** The Scale that an apply makes of `live`, managedFields included. Throws BadRequest or Conflict. */
export function appliedScale<T extends KubeObject>(operation: Operation, patch: unknown, live: T): T {
  return {
    ...live,
    ...applied(patch, live, {
      write: operation.write,
      fieldManager: bodyManagerOf(operation, scaleType),
      kind: 'Scale',
    }),
  };
}

const scaleType = { apiVersion: 'autoscaling/v1', schemaName: 'io.k8s.api.autoscaling.v1.Scale' };

/** Of a body of a kind of its own, of which nothing is reset. */
function bodyManagerOf(
  operation: Operation,
  { apiVersion, schemaName }: { apiVersion: string; schemaName: string },
): FieldManager {
  const type = objectType(operation.schemas, schemaName);
  return { ...fieldManagerOf(operation), apiVersion, type, settable: (set) => set };
}

/** The managedFields of an object that changes; those in `next` are what the client asks for. */
export function ownersOfChanged(operation: Operation, live: KubeObject, next: KubeObject): Owners | Promise<Owners> {
  const { manager } = operation.write;
  const before = live.metadata.managedFields;
  const owners = converted(operation, (formOf) =>
    unlessMismatched(() => trackUpdate({ live, next, manager }, fieldManagerOf(operation, formOf))),
  );
  if (!(owners instanceof Promise)) return owners;
  // A write that itself needs no conversion does not fail with the webhook.
  return owners.catch((error: unknown) => {
    if (!(error instanceof StatusError)) throw error;
    return before;
  });
}

/** The object that an apply makes of `live`, managedFields included. Rejects with BadRequest or Conflict. */
export async function appliedObject(operation: Operation, patch: unknown, live?: KubeObject): Promise<KubeObject> {
  const { write, entry } = operation;
  const { apiVersion, kind } = entry;
  const object = await converted(operation, (formOf) =>
    applied(patch, live, { write, fieldManager: fieldManagerOf(operation, formOf), kind }),
  );
  return { ...object, apiVersion, kind };
}

/** At once, unless a webhook converts the resource. */
function converted<T>(operation: Operation, calculate: (formOf?: FormOf) => T): T | Promise<T> {
  const converter = operation.entry.definition.custom?.converter;
  // The signal is made when somebody asks for it, which most writes need not.
  return converter ? withForms({ converter, signal: operation.signal }, calculate) : calculate();
}

interface Applying extends Pick<Operation, 'write'> {
  fieldManager: FieldManager;
  kind: string;
}

function applied(patch: unknown, live: KubeObject | undefined, { write, fieldManager, kind }: Applying): KubeObject {
  const expected = { apiVersion: fieldManager.apiVersion, kind };
  const config = checkedConfig(patch, expected);
  const problem = typeProblem(config, fieldManager.type);
  if (problem) throw badConfig(config, expected, problem);
  try {
    const { manager, force } = write;
    return trackApply({ ...(live && { live }), config, manager, force }, fieldManager);
  } catch (error) {
    if (error instanceof ApplyConflict) throw error.toStatus();
    if (error instanceof TypeMismatch) throw badConfig(config, expected, error.message);
    throw error;
  }
}

/** Puts back managedFields that admission has made unreadable. */
export function keepReadableOwners(operation: Operation, object: KubeObject, before: Owners): void {
  const { managedFields } = object.metadata;
  if (managedFields === before) return;
  // None is written as no list.
  if (Array.isArray(managedFields) && managedFields.length === 0) putOwners(object, undefined);
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

function fieldManagerOf(operation: Operation, formOf?: FormOf): FieldManager {
  const { entry, schemas, clock, info } = operation;
  return {
    apiVersion: entry.apiVersion,
    type: objectType(schemas, entry.definition.schemaName),
    subresource: info.subresource,
    settable: (set) => settableFields(set, entry, info.subresource),
    now: rfc3339(clock.now()),
    convert: (object, apiVersion) => inVersion(operation, object, { apiVersion, formOf }),
  };
}

/** The object as another version of its API shows it; undefined if that version is not served. */
function inVersion(
  { catalogue, entry, schemas }: Operation,
  object: Versioned,
  { apiVersion, formOf }: { apiVersion: string; formOf: FormOf | undefined },
): Versioned | undefined {
  if (object.apiVersion === apiVersion) return object;
  const { group } = entry.definition.resource;
  // Upstream knows of no version in another group, though both are stored as one.
  const sameKind = (each: typeof entry): boolean =>
    each.prefix === entry.prefix && each.kind === entry.kind && each.definition.resource.group === group;
  const from = catalogue.entries.find((each) => sameKind(each) && each.apiVersion === object.apiVersion);
  const to = catalogue.entries.find((each) => sameKind(each) && each.apiVersion === apiVersion);
  if (!from || !to) return undefined;
  const value = object.value as KubeObject;
  const stored = formOf
    ? formOf({ ...value, apiVersion: object.apiVersion, kind: from.kind }, apiVersion)
    : (from.definition.toStored?.(value) ?? value);
  const form = to.definition.fromStored?.(stored) ?? stored;
  return {
    value: { ...form, apiVersion },
    apiVersion,
    type: objectType(schemas, to.definition.schemaName),
  };
}

type Expected = Pick<KubeObject, 'apiVersion' | 'kind'>;

function checkedConfig(patch: unknown, expected: Expected): KubeObject {
  if (patch === null || patch === undefined) return checkedConfig({}, expected);
  if (!isObject(patch)) {
    const why = `json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`;
    const prefix = 'error decoding YAML: error unmarshaling JSON: while decoding JSON: ';
    throw new StatusError('BadRequest', `${prefix}${why}`);
  }
  const { apiVersion = '', kind = '', metadata } = patch as Partial<KubeObject>;
  if (apiVersion !== expected.apiVersion || kind !== expected.kind) {
    throw new StatusError('BadRequest', `invalid object type: ${groupVersionKind(apiVersion, kind)}`);
  }
  if (metadata?.managedFields) throw new StatusError('BadRequest', 'metadata.managedFields must be nil');
  return { ...patch, metadata: metadata ?? {} } as KubeObject;
}

function badConfig({ metadata }: KubeObject, expected: Expected, problem: string): StatusError {
  const own = metadata as Partial<KubeObject['metadata']>;
  const name = `${own.namespace ?? ''}/${own.name ?? ''}`;
  const kind = groupVersionKind(expected.apiVersion, expected.kind);
  return new StatusError('BadRequest', `failed to create typed patch object (${name}; ${kind}): ${problem}`);
}

/** `apps/v1, Kind=Deployment`. */
function groupVersionKind(apiVersion: unknown, kind: unknown): string {
  const version = String(apiVersion);
  return `${version === '' || version.includes('/') ? version || '/' : `/${version}`}, Kind=${String(kind)}`;
}

/** Where items of a list can't be told apart, upstream forgets all owners. */
function unlessMismatched(track: () => Owners): Owners {
  try {
    return track();
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error;
    return undefined;
  }
}
