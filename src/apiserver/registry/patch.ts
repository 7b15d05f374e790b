// How does a PATCH become a change of an object? By its content type.

import { goFormat, goKind } from '../../apimachinery/go-json.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { conflict, isStatus, StatusError } from '../../apimachinery/status-error.ts';
import { cloneJson, type StoredObject } from '../cache/stored-object.ts';
import { applyJsonPatch, isOperation, JsonPatchFailure, type JsonPatchOperation } from '../patch/json-patch.ts';
import { applyMergePatch, isObject } from '../patch/merge-patch.ts';
import { mergedText, PatchedText } from '../patch/patched-text.ts';
import { applyStrategicMergePatch } from '../patch/strategic-merge.ts';
import type { Operation } from './context.ts';
import { createObject } from './create.ts';
import { incomingObject, requireName } from './incoming.ts';
import { appliedObject, ownersOfChanged } from './ownership.ts';
import { loadObject } from './storage.ts';
import { type Change, changeObject, type OwnersRule, type WriteResult } from './update.ts';
import type { Patched } from './unknown-fields.ts';
import { applyPatchType } from './write-options.ts';

const jsonPatchType = 'application/json-patch+json';
const mergePatchType = 'application/merge-patch+json';
const strategicMergePatchType = 'application/strategic-merge-patch+json';

const jsonPatchOperationsMax = 10_000;

/** Applies the patch of the media type `type`. Rejects with BadRequest, Invalid, NotFound or Conflict. */
export async function patchObject(operation: Operation, type: string, patch: unknown): Promise<WriteResult> {
  if (type === applyPatchType) return applyObject(operation, patch);
  const patched = patcher(operation, type, patch);
  const change: Change = (current) => {
    const result = patched(current);
    return incomingObject(operation, result.document, { patched: result });
  };
  const ownersOf: OwnersRule = (live, next) => ownersOfChanged(operation, live, next);
  return { object: await changeObject(operation, change, ownersOf), isCreated: false };
}

async function applyObject(operation: Operation, patch: unknown): Promise<WriteResult> {
  if (operation.info.subresource === '' && !(await loadObject(operation))) {
    const object = await createApplied(operation, patch);
    if (object) return { object, isCreated: true };
  }
  const change: Change = async (current) =>
    incomingObject(operation, await appliedOnce(operation, patch, current), { isApplied: true });
  const object = await changeObject(operation, change, (_live, next) => next.metadata.managedFields);
  return { object, isCreated: false };
}

/** What the configuration makes of `current`: once that is known, one that names a field twice is refused. */
async function appliedOnce(operation: Operation, patch: unknown, current?: KubeObject): Promise<KubeObject> {
  const object = await appliedObject(operation, patch, current);
  refuseRepeated(operation);
  return object;
}

/** Fields that the configuration names twice; unknown ones do not fit the type and are refused anyway. */
export function refuseRepeated(operation: Operation): void {
  const { write, warnings, repeated } = operation;
  operation.repeated = undefined;
  if (!repeated || write.fieldValidation === 'Ignore') return;
  const [problem] = repeated.problems([]);
  if (problem === undefined) return;
  if (write.fieldValidation === 'Warn') warnings.push(...repeated.warnings([]));
  else throw new StatusError('BadRequest', `error strict decoding patch: error converting YAML to JSON: ${problem}`);
}

/** Server-side apply creates what is not there; undefined if someone else was faster. */
async function createApplied(operation: Operation, patch: unknown): Promise<StoredObject | undefined> {
  const { entry, info } = operation;
  const { metadata, ...rest } = await appliedOnce(operation, patch);
  const { managedFields: owners, ...meta } = metadata;
  if (meta.uid) {
    const why = `uid mismatch: the provided object specified uid ${meta.uid}, and no existing object was found`;
    throw conflict(entry.groupResource, info.name, why);
  }
  requireName(operation, { metadata: meta });
  try {
    return await createObject(operation, { ...rest, metadata: meta }, { owners });
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
    return undefined;
  }
}

/** Throws UnsupportedMediaType if objects of this kind are not patched by such a patch. */
export function requirePatchType({ entry: { definition } }: Pick<Operation, 'entry'>, type: string): void {
  const types = [
    jsonPatchType,
    mergePatchType,
    applyPatchType,
    ...(definition.isBuiltIn ? [strategicMergePatchType] : []),
  ];
  if (!types.includes(type)) throw unsupportedPatch(definition);
}

/** The function that patches one state of the object, by a type of patch that it may have. Throws BadRequest. */
export function patcher(
  { entry, schemas, repeated }: Operation,
  type: string,
  patch: unknown,
): (current: KubeObject) => Patched {
  const { definition } = entry;
  const own: Patched['own'] = (list) => list([]);
  switch (type) {
    case jsonPatchType: {
      const operations = jsonPatchOf(patch);
      return (current) => ({
        document: applyOperations(current, operations),
        isConverted: false,
        text: () => {
          const text = new PatchedText(operations, repeated?.text);
          return text.of(applyOperations(current, operations, text));
        },
        own: (list) => list(unknownIn(operations)).map((problem) => `json patch ${problem}`),
      });
    }
    case mergePatchType:
      if (patch === null) throw new StatusError('BadRequest', 'Invalid JSON Patch');
      if (!isObject(patch)) throw notAnObject(patch, 'error decoding patch: ');
      return (current) => {
        const document = applyMergePatch(current, patch);
        return { document, isConverted: false, text: () => mergedText(document, patch), own };
      };
    default: {
      if (patch !== null && !isObject(patch)) throw notAnObject(patch, '');
      const schema = schemas.named(definition.schemaName);
      return (current) => ({
        // To Go, null is a map without entries.
        document: applyStrategicMergePatch(current, patch ?? {}, { schemas, schema }),
        isConverted: true,
        text: () => goFormat(patch ?? {}),
        own,
      });
    }
  }
}

const operationFields = new Set(['op', 'path', 'from', 'value']);

function unknownIn(operations: readonly object[]): string[] {
  return operations.flatMap((operation, index) =>
    Object.keys(operation).flatMap((field) => (operationFields.has(field) ? [] : [`[${index}].${field}`])),
  );
}

function jsonPatchOf(patch: unknown): JsonPatchOperation[] {
  if (patch === null) return [];
  if (Array.isArray(patch) && patch.includes(null)) throw badOperations();
  if (!Array.isArray(patch) || !patch.every(isObject)) {
    const found = Array.isArray(patch) ? 'array element' : goKind(patch);
    const why = `error decoding patch: json: cannot unmarshal ${found} into Go value of type []handlers.jsonPatchOp`;
    throw new StatusError('BadRequest', why);
  }
  if (patch.length > jsonPatchOperationsMax) {
    const why = `The allowed maximum operations in a JSON patch is ${jsonPatchOperationsMax}, got ${patch.length}`;
    throw new StatusError('RequestEntityTooLarge', `Request entity too large: ${why}`);
  }
  if (!patch.every(isOperation)) throw badOperations();
  return patch as unknown as JsonPatchOperation[];
}

/** Upstream does not say which operation failed, and clients print this sentence. */
function badOperations(cause?: unknown): StatusError {
  const why = 'the server rejected our request due to an error in our request';
  return new StatusError('Invalid', why, { cause, details: {} });
}

function applyOperations(current: KubeObject, operations: JsonPatchOperation[], text?: PatchedText): unknown {
  try {
    return applyJsonPatch(cloneJson(current), operations, text);
  } catch (error) {
    if (!(error instanceof JsonPatchFailure)) throw error;
    throw badOperations(error);
  }
}

function notAnObject(patch: unknown, prefix: string): StatusError {
  const why = `json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`;
  return new StatusError('BadRequest', `${prefix}${why}`);
}

function unsupportedPatch({ custom }: Operation['entry']['definition']): StatusError {
  if (custom) {
    const accepted = [jsonPatchType, mergePatchType, 'application/apply-patch+yaml'].join(', ');
    const why = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
    return new StatusError('UnsupportedMediaType', why);
  }
  return new StatusError('UnsupportedMediaType', '415: Unsupported Media Type', { details: {} });
}
