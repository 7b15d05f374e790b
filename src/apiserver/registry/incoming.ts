// Is what the client sent an object of this resource? Shape, identity and unknown fields.

import { invalidValue } from '../../apimachinery/field-error.ts';
import { goKind } from '../../apimachinery/go-json.ts';
import { setField } from '../../apimachinery/json-fields.ts';
import { apiVersionOf, type KubeObject, type ObjectMeta } from '../../apimachinery/meta.ts';
import { toldAs } from '../../apimachinery/sent-empty.ts';
import { type StatusCause, StatusError } from '../../apimachinery/status-error.ts';
import { assert } from '../../base/assert.ts';
import { undecodedFieldsOf } from '../body.ts';
import { unrecognized } from '../body-text.ts';
import { gvkOf, schemaNameOf } from '../openapi/subresources.ts';
import { isObject } from '../patch/merge-patch.ts';
import { type Conformed, conform } from '../schema/conform.ts';
import { type TypeMeta, typeMetaIn, unparsed } from '../type-meta.ts';
import type { Operation } from './context.ts';
import { fitCustom } from './fit-custom.ts';
import { cannotBeHandled, invalidPatch, type Patched, refuseUnknownFields } from './unknown-fields.ts';

/** What a body must be. */
interface Expected {
  apiVersion: string;
  kind: string;
  /** Is it of a kind that Go has no type for? */
  isCustom: boolean;
  fit: (body: object) => Conformed;
}

/** The body as an object of the request's kind, without unknown fields. Throws BadRequest or Invalid; may add warnings. */
export function incomingObject(
  operation: Operation,
  body: unknown,
  { patched, isApplied }: { patched?: Patched; isApplied?: boolean } = {},
): KubeObject {
  const { entry, schemas } = operation;
  const { custom, isBuiltIn, schemaName } = entry.definition;
  const isCustom = !isBuiltIn;
  const { unreadable } = entry.definition;
  const fit = (value: object): Conformed => {
    const fitted = custom
      ? fitCustom(value, custom, { schemas, isApplied })
      : conform(value, { schemas, schemaName, isCustom, isConverted: patched?.isConverted });
    if (!unreadable || fitted.problem !== undefined) return fitted;
    const problem = unreadable(fitted.value as KubeObject);
    return problem === undefined ? fitted : { ...fitted, problem };
  };
  const { object, fitted } = fitBody(operation, body, {
    expected: { apiVersion: entry.apiVersion, kind: entry.kind, isCustom, fit },
    patched,
  });
  const violations = [...fitted.typeErrors, ...fitted.violations].filter(({ field = '' }) =>
    // A write of the status takes nothing else from the body.
    operation.info.subresource === 'status' ? /^status(?:$|[.[])/.test(field) : true,
  );
  if (violations.length > 0) throw invalidObject(operation, object.metadata.name, violations);
  return object;
}

/** The body of a subresource whose bodies are of a kind of their own, such as Scale. Throws BadRequest; may add warnings. */
export function incomingBody(
  operation: Operation,
  body: unknown,
  { patched }: { patched?: Patched | undefined } = {},
): KubeObject {
  const { info, entry, schemas } = operation;
  const [gvk, schemaName] = [gvkOf(info.subresource, entry.kind), schemaNameOf(info.subresource)];
  assert(gvk && schemaName, `The subresource ${info.subresource} has no kind of its own`);
  const isConverted = patched?.isConverted;
  const fit = (value: object): Conformed => conform(value, { schemas, schemaName, isCustom: false, isConverted });
  return fitBody(operation, body, {
    expected: { apiVersion: apiVersionOf(gvk), kind: gvk.kind, isCustom: false, fit },
    patched,
  }).object;
}

function fitBody(
  operation: Operation,
  body: unknown,
  { expected, patched }: { expected: Expected; patched: Patched | undefined },
): { object: KubeObject; fitted: Conformed } {
  if (!isObject(body)) throw notAnObject(body, expected.kind);
  // What is no text is applied to the type of the object, whatever it says of its kind.
  const said = patched?.isConverted ? expected : typeMetaOf(expected, body, patched);
  if (patched && !said.apiVersion) refuseUnversioned(operation, body, { expected, patched });
  const apiVersion = said.apiVersion || expected.apiVersion;
  const kind = said.kind || expected.kind;
  if (kind !== expected.kind && apiVersion === expected.apiVersion && expected.isCustom) {
    // Kinds that a client has defined are told apart only by validation.
    const { group } = operation.entry.definition.resource;
    const { name } = (body as Partial<KubeObject>).metadata ?? {};
    throw invalid({ group, kind }, name, [invalidValue('kind', kind, `must be ${expected.kind}`)]);
  }
  if (kind !== expected.kind || apiVersion !== expected.apiVersion) {
    const refusal = wrongKind(expected, { apiVersion, kind }, operation);
    throw patched && refusal.why ? invalidPatch(patched, refusal.why) : refusal.error;
  }

  const fitted = expected.fit(body);
  if (fitted.problem !== undefined)
    throw patched ? invalidPatch(patched, fitted.problem) : cannotBeHandled(expected, fitted.problem);
  refuseUnknownFields(operation, {
    expected,
    unknownFields: [...undecodedFieldsOf(body), ...fitted.unknownFields],
    patched,
  });
  // Filled key by key: spread and then changed, each object would have a shape of its own for V8.
  const object = { apiVersion, kind } as KubeObject & Record<string, unknown>;
  const value = fitted.value as Record<string, unknown>;
  for (const key in value) if (key !== 'apiVersion' && key !== 'kind') setField(object, key, value[key]);
  toldAs(value, object);
  object.metadata ??= {} as KubeObject['metadata'];
  operation.audit?.received(object);
  return { object, fitted };
}

/** What a body says that it is. Throws BadRequest, of a patch Invalid, if that can't be read. */
function typeMetaOf({ isCustom }: Expected, body: object, patched: Patched | undefined): TypeMeta {
  // A patch was applied to the text of an object, and that was written again.
  const said = typeMetaIn(patched ? sortedByField(body) : body);
  const { problem } = said;
  if (problem !== undefined) throw patched ? invalidPatch(patched, problem) : new StatusError('BadRequest', problem);
  // What has no type in Go is asked again for its kind, by its exact name.
  return isCustom ? body : said;
}

/** A patch must not take the version away: upstream then reads the object as its internal type, which knows none of its fields. */
function refuseUnversioned(
  operation: Operation,
  body: object,
  { expected, patched }: { expected: Expected; patched: Patched },
): void {
  // The Scale of a custom resource has no other type than its own.
  if (!operation.entry.definition.isBuiltIn) return;
  const unknownFields = Object.keys(body).filter((field) => field !== 'kind' && field !== 'apiVersion');
  refuseUnknownFields(operation, { expected, unknownFields, patched });
  requireName(operation, { metadata: {} as ObjectMeta });
}

function sortedByField(object: object): object {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `StatefulSet.apps "web" is invalid: …`, with causes. */
export function invalidObject(
  { entry }: Pick<Operation, 'entry'>,
  name: string | undefined,
  causes: StatusCause[],
): StatusError {
  // The rules are those of the kind that is stored.
  return invalid(entry.definition.storedAs ?? entry.definition.resource, name, causes);
}

/** Throws BadRequest if a body is not of the object that the URL names. Source: apiserver's checkName. */
export function requireName({ info }: Pick<Operation, 'info'>, { metadata }: Pick<KubeObject, 'metadata'>): void {
  const { name } = metadata as Partial<ObjectMeta>;
  if (name === info.name) return;
  const why = name
    ? `the name of the object (${name}) does not match the name on the URL (${info.name})`
    : `the name of the object (${info.name} based on URL) was undeterminable: name must be provided`;
  throw new StatusError('BadRequest', why);
}

/** What upstream says about an object of another namespace than that of the path. */
export function otherNamespace(): StatusError {
  return new StatusError(
    'BadRequest',
    'the namespace of the provided object does not match the namespace sent on the request',
  );
}

/** `Binding "web-0" is invalid: …`: about the body of a subresource whose bodies are of a kind of their own. */
export function invalidBody({ info, entry }: Pick<Operation, 'info' | 'entry'>, causes: StatusCause[]): StatusError {
  const gvk = gvkOf(info.subresource, entry.kind);
  assert(gvk, `The subresource ${info.subresource} has no kind of its own`);
  return invalid(gvk, info.name, causes);
}

export function invalid(
  { group, kind }: { group: string; kind: string },
  name: string | undefined,
  causes: StatusCause[],
): StatusError {
  const lines = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const groupKind = group === '' ? kind : `${kind}.${group}`;
  return new StatusError('Invalid', `${groupKind} "${name ?? ''}" is invalid: ${text}`, {
    details: { ...(name && { name }), ...(group !== '' && { group }), ...(kind && { kind }), causes },
  });
}

/** The refusal of another kind; with what its decoder says, if it gets that far. */
function wrongKind(
  expected: Expected,
  found: { apiVersion: string; kind: string },
  operation: Pick<Operation, 'catalogue' | 'entry'>,
): { error: StatusError; why?: string } {
  const { catalogue } = operation;
  const { apiVersion, kind } = found;
  const isSameGroup = groupOf(apiVersion) === groupOf(expected.apiVersion);
  const isKnown = catalogue.entries.some((entry) => entry.kind === kind && entry.apiVersion === apiVersion);
  if (kind === expected.kind && (isKnown ? isSameGroup : expected.isCustom)) {
    const why = `the API version in the data (${apiVersion}) does not match the expected API version (${expected.apiVersion})`;
    return { error: new StatusError('BadRequest', why) };
  }
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const why = isKnown
    ? `converting (${version}.${kind}) to (${internalPackage(expected.apiVersion)}.${expected.kind}): unknown conversion`
    : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
  const text = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: ${why}`;
  return { error: new StatusError('BadRequest', text), why };
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The Go package of a group's internal types. */
export function internalPackage(apiVersion: string): string {
  return groupOf(apiVersion).split('.')[0] || 'core';
}

/** JSON that is no object has no version and kind that could be read. */
function notAnObject(body: unknown, kind: string): StatusError {
  const go = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
  const why = unparsed(`json: cannot unmarshal ${goKind(body)} into Go value of type ${go}`);
  return unrecognized(kind, why, JSON.stringify(body));
}
