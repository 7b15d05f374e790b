// Is what the client sent an object of this resource? Shape, identity and unknown fields.

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { type StatusCause, StatusError } from '../../apimachinery/status-error.ts';
import type { validateObjectMeta } from '../../apimachinery/validation.ts';
import type { CustomTraits, ResourceDefinition } from '../../apis/definition.ts';
import { undecodedFieldsOf } from '../body.ts';
import { cloneJson } from '../cache/stored-object.ts';
import { nothingRepeated } from '../repeated-fields.ts';
import { type Conformed, conform, decodeMessage, typeViolation } from '../schema/conform.ts';
import type { Operation } from './context.ts';

/** The body as an object of the request's kind, without unknown fields. Throws BadRequest or Invalid; may add warnings. */
export function incomingObject(
  operation: Operation,
  body: unknown,
  { patched }: { patched?: unknown } = {},
): KubeObject {
  const { entry, schemas } = operation;
  const { definition } = entry;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new StatusError(
      'BadRequest',
      `couldn't get version/kind; json parse error: the body is no ${entry.kind} object`,
    );
  }
  const apiVersion = typeMetaOf(body, 'apiVersion') ?? entry.apiVersion;
  const kind = typeMetaOf(body, 'kind') ?? entry.kind;
  if (kind !== entry.kind || apiVersion !== entry.apiVersion) throw wrongKind(operation, { apiVersion, kind });

  const isCustom = !definition.isBuiltIn;
  const fitted = definition.custom
    ? fitCustom(body, definition.custom, schemas)
    : conform(body, { schemas, schemaName: definition.schemaName, isCustom });
  const [firstTypeError] = fitted.typeErrors;
  if (firstTypeError && (!isCustom || definition.custom))
    throw patched
      ? invalidPatch(patched, decodeMessage(firstTypeError))
      : cannotBeHandled(operation, decodeMessage(firstTypeError));
  refuseUnknownFields(operation, [...undecodedFieldsOf(body), ...fitted.unknownFields], patched);
  const object = { ...(fitted.value as KubeObject), apiVersion, kind };
  object.metadata ??= {} as KubeObject['metadata'];

  const violations = [...fitted.typeErrors.map(typeViolation), ...fitted.violations];
  if (violations.length > 0) throw invalidObject(operation, object.metadata.name, violations);
  return object;
}

/** Metadata is read as every object's, the rest by the definition that the client made. */
function fitCustom(body: object, custom: CustomTraits, schemas: Operation['schemas']): Conformed {
  const { metadata, ...rest } = body as KubeObject;
  const meta = conform({ metadata }, { schemas, schemaName: '', isCustom: false });
  const value = { ...cloneJson(rest), ...(meta.value as Pick<KubeObject, 'metadata'>) };
  const unknownFields = custom.prune(value);
  return { ...meta, value, unknownFields: [...meta.unknownFields, ...unknownFields] };
}

/** `apiVersion` or `kind` of a body; undefined if it has none. Throws BadRequest if it is no text. */
function typeMetaOf(body: object, field: 'apiVersion' | 'kind'): string | undefined {
  const value: unknown = (body as Partial<KubeObject>)[field];
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  const type = typeof value === 'boolean' ? 'bool' : Array.isArray(value) ? 'array' : typeof value;
  throw new StatusError(
    'BadRequest',
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go struct field .${field} of type string`,
  );
}

/** What the names and labels of a kind's objects must obey. */
export function metaRules({ resource, nameRule }: ResourceDefinition): Parameters<typeof validateObjectMeta>[1] {
  return { namespaced: resource.namespaced, ...(nameRule && { nameRule }) };
}

/** `StatefulSet.apps "web" is invalid: …`, with causes. */
export function invalidObject(
  { entry }: Pick<Operation, 'entry'>,
  name: string | undefined,
  causes: StatusCause[],
): StatusError {
  const lines = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
  const { group, kind } = entry.definition.resource;
  return new StatusError('Invalid', `${entry.groupKind} "${name ?? ''}" is invalid: ${text}`, {
    details: { name: name ?? '', ...(group !== '' && { group }), kind, causes },
  });
}

/** Unknown and repeated fields, as fieldValidation asks. Those of a patch come before those of what it makes. */
function refuseUnknownFields(operation: Operation, unknownFields: string[], patched: unknown): void {
  const { write, warnings, repeated = nothingRepeated } = operation;
  if (write.fieldValidation === 'Ignore') return;
  const told = (list: (unknown: readonly string[]) => string[]): string[] =>
    patched ? [...list([]), ...nothingRepeated.problems(unknownFields)] : list(unknownFields);
  if (write.fieldValidation === 'Warn') {
    // A change that is tried again says the same again.
    warnings.push(...told(repeated.warnings).filter((warning) => !warnings.includes(warning)));
    return;
  }
  const problems = told(repeated.problems);
  if (problems.length === 0) return;
  const why = `strict decoding error: ${problems.join(', ')}`;
  throw patched ? invalidPatch(patched, why) : cannotBeHandled(operation, why);
}

/** What a patch makes can't be read. */
function invalidPatch(patched: unknown, why: string): StatusError {
  const cause = invalidValue('patch', JSON.stringify(patched), why);
  const details = { causes: [cause] };
  return new StatusError('Invalid', ` "" is invalid: patch: ${cause.message}`, { details });
}

function cannotBeHandled({ entry }: Operation, why: string): StatusError {
  const { version, kind } = entry.definition.resource;
  return new StatusError(
    'BadRequest',
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`,
  );
}

function wrongKind({ entry }: Operation, { apiVersion, kind }: { apiVersion: string; kind: string }): StatusError {
  if (kind === entry.kind) {
    return new StatusError(
      'BadRequest',
      `the API version in the data (${apiVersion}) does not match the expected API version (${entry.apiVersion})`,
    );
  }
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  return new StatusError(
    'BadRequest',
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${entry.kind}: converting (${apiVersion}, Kind=${kind}) to (${entry.apiVersion}, Kind=${entry.kind}): unknown conversion`,
  );
}
