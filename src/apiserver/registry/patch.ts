// How does a PATCH become a change of an object? By its content type.

import jsonpatch, { type Operation as JsonPatchOperation } from 'fast-json-patch';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { conflict, isStatus, StatusError } from '../../apimachinery/status-error.ts';
import type { StoredObject } from '../cache/stored-object.ts';
import { applyMergePatch, isObject } from '../patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../patch/strategic-merge.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { Operation } from './context.ts';
import { createObject } from './create.ts';
import { incomingObject, invalidObject } from './incoming.ts';
import { appliedObject, ownersOfChanged } from './ownership.ts';
import { loadObject } from './storage.ts';
import { type Change, changeObject, type OwnersRule } from './update.ts';
import { applyPatchType } from './write-options.ts';

const jsonPatchType = 'application/json-patch+json';
const mergePatchType = 'application/merge-patch+json';
const strategicMergePatchType = 'application/strategic-merge-patch+json';

export interface PatchResult {
  object: StoredObject;
  isCreated: boolean;
}

/** Applies `patch` of the media type `type`. Rejects with UnsupportedMediaType, BadRequest, Invalid, NotFound or Conflict. */
export async function patchObject(operation: Operation, type: string, patch: unknown): Promise<PatchResult> {
  if (type === applyPatchType) return applyObject(operation, patch);
  const patched = patcher(operation, type, patch);
  const change: Change = (current) => incomingObject(operation, patched(current));
  const ownersOf: OwnersRule = (live, next) => ownersOfChanged(operation, live, next);
  return { object: await changeObject(operation, change, ownersOf), isCreated: false };
}

async function applyObject(operation: Operation, patch: unknown): Promise<PatchResult> {
  if (operation.info.subresource === '' && !(await loadObject(operation))) {
    const object = await createApplied(operation, patch);
    if (object) return { object, isCreated: true };
  }
  const change: Change = (current) => incomingObject(operation, appliedObject(operation, patch, current));
  const object = await changeObject(operation, change, (_live, next) => next.metadata.managedFields);
  return { object, isCreated: false };
}

/** Server-side apply creates what is not there; undefined if someone else was faster. */
async function createApplied(operation: Operation, patch: unknown): Promise<StoredObject | undefined> {
  const { entry, info } = operation;
  const { metadata, ...rest } = appliedObject(operation, patch);
  const { managedFields: owners, ...meta } = { ...metadata, name: metadata.name ?? info.name };
  if (meta.uid) {
    const why = `uid mismatch: the provided object specified uid ${meta.uid}, and no existing object was found`;
    throw conflict(entry.groupResource, info.name, why);
  }
  try {
    return await createObject(operation, { ...rest, metadata: meta }, { owners });
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
    return undefined;
  }
}

/** The function that patches one state of the object. Throws UnsupportedMediaType. */
export function patcher({ entry, schemas }: Operation, type: string, patch: unknown): (current: KubeObject) => unknown {
  const { definition } = entry;
  const schema = (): ReturnType<typeof schemas.named> => schemas.named(definition.schemaName);
  switch (type) {
    case jsonPatchType:
      return (current) => applyJsonPatch(entry, current, patch);
    case mergePatchType:
      return (current) => {
        if (!isObject(patch)) throw new StatusError('BadRequest', 'the merge patch is not an object');
        return applyMergePatch(current, patch);
      };
    case strategicMergePatchType:
      if (!definition.isBuiltIn) throw unsupportedPatch(entry);
      return (current) => applyStrategicMergePatch(current, patch, { schemas, schema: schema() });
    default:
      throw unsupportedPatch(entry);
  }
}

function applyJsonPatch(entry: CatalogueEntry, current: KubeObject, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new StatusError('BadRequest', 'the JSON patch is not a list of operations');
  try {
    // Operations see a copy, so that a failing one leaves nothing behind.
    return jsonpatch.applyPatch(current, patch as JsonPatchOperation[], true, false).newDocument;
  } catch (error) {
    if (!(error instanceof jsonpatch.JsonPatchError)) throw error;
    const [message = ''] = error.message.split('\n');
    const why = `the server rejected our request due to an error in our request: ${message}`;
    throw new StatusError('Invalid', why, {
      cause: error,
      details: invalidObject({ entry }, current.metadata.name, []).details ?? {},
    });
  }
}

function unsupportedPatch({ definition }: CatalogueEntry): StatusError {
  const types = [
    jsonPatchType,
    mergePatchType,
    ...(definition.isBuiltIn ? [strategicMergePatchType] : []),
    applyPatchType,
  ];
  return new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`,
  );
}
