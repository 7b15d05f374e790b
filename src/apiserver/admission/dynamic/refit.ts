// Is what a webhook or policy made of an object still one of its kind? Unknown fields go, defaults come.

import { apiVersionOf, type KubeObject } from '../../../apimachinery/meta.ts';
import { StatusError } from '../../../apimachinery/status-error.ts';
import { cloneJson } from '../../cache/stored-object.ts';
import { type Gvk, schemaNameOf } from '../../openapi/subresources.ts';
import type { Operation } from '../../registry/context.ts';
import { conform } from '../../schema/conform.ts';

/** The server's own fault, or that of what users made a part of it. */
export function internal(why: string, options: ErrorOptions = {}): StatusError {
  const details = { causes: [{ message: why }] };
  return new StatusError('InternalError', `Internal error occurred: ${why}`, { ...options, details });
}

/** The object as the registry takes it; of the kind `part`, if not of the resource's own. Throws InternalError if its fields have wrong types. */
export function refit(
  { entry, schemas, info }: Pick<Operation, 'entry' | 'schemas' | 'info'>,
  changed: KubeObject,
  part?: Gvk,
): KubeObject {
  const { definition } = entry;
  let object = cloneJson(changed);
  if (definition.custom && !part) {
    definition.custom.prune(object);
    definition.custom.dropNulls(object);
  } else {
    const schemaName = part ? schemaNameOf(info.subresource) : definition.schemaName;
    // The options of a stream have no schema: who reads them takes what it knows.
    if (part && schemaName === undefined) return object;
    const { value, problem, typeErrors } = conform(object, {
      schemas,
      schemaName: schemaName ?? '',
      isCustom: !part && !definition.isBuiltIn,
    });
    const wrong = problem ?? typeErrors[0]?.message;
    if (wrong !== undefined) throw internal(wrong);
    const own = part ? { apiVersion: apiVersionOf(part), kind: part.kind } : entry;
    object = { ...(value as KubeObject), apiVersion: own.apiVersion, kind: own.kind };
  }
  if (!part) definition.applyDefaults?.(object);
  return object;
}

/** Gives `object` all fields of `next` and no others. */
export function replaceFields(object: object, next: object): void {
  for (const key of Object.keys(object)) delete (object as Record<string, unknown>)[key];
  Object.assign(object, next);
}
