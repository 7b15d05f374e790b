// What does one mutation make of an object? An apply configuration is laid over it, a JSON patch is applied to it.
// Source: apiserver/pkg/admission/plugin/policy/mutating/patch.

import { apiVersionOf, type KubeObject } from '../../../apimachinery/meta.ts';
import { StatusError } from '../../../apimachinery/status-error.ts';
import { TypeMismatch } from '../../../apimachinery/structured-merge/list-item.ts';
import { mergeValues } from '../../../apimachinery/structured-merge/merge.ts';
import { isFields, type MergeType } from '../../../apimachinery/structured-merge/merge-type.ts';
import { typeProblem } from '../../../apimachinery/structured-merge/validate.ts';
import type { Mutation } from '../../../apis/admissionregistration/generated/v1.ts';
import { cloneJson } from '../../cache/stored-object.ts';
import { patchTypes } from '../../cel/check-parts.ts';
import { plainJson } from '../../cel/json-values.ts';
import { misplacedTypes, StructValue } from '../../cel/struct-value.ts';
import { type CelType, listOf } from '../../cel/types.ts';
import { CelError, type CelValue } from '../../cel/values.ts';
import { objectType } from '../../fieldmanager/merge-types.ts';
import { schemaNameOf } from '../../openapi/subresources.ts';
import {
  applyJsonPatch,
  JsonPatchFailure,
  type JsonPatchOperation,
  JsonPatchTestFailure,
} from '../../patch/json-patch.ts';
import type { CatalogueEntry } from '../../registry/catalogue.ts';
import type { AdmissionRequest } from '../chain.ts';
import type { ExpressionScope, Wanted } from './expressions.ts';
import { gvkText } from './policy-invocations.ts';

/** Why a mutation came to nothing. */
export class MutationError extends Error {
  override readonly name = 'MutationError';
}

/** What an ApplyConfiguration has to come to. */
export const configurations: Wanted = [patchTypes('Object') as CelType];
/** What a JSONPatch has to come to. */
export const patches: Wanted = [listOf(patchTypes('JSONPatch') as CelType)];

interface Mutated {
  mutation: Mutation;
  scope: ExpressionScope;
  entry: CatalogueEntry;
  /** In the version of `entry`. */
  object: KubeObject;
}

/** The changed object; `object` itself is not. Throws MutationError, or ServiceUnavailable for a kind without a schema. */
export function mutated(request: AdmissionRequest, { mutation, scope, entry, object }: Mutated): KubeObject {
  const type = mergeTypeOf(request, entry);
  const isPatch = mutation.patchType === 'JSONPatch';
  const { expression = '' } = (isPatch ? mutation.jsonPatch : mutation.applyConfiguration) ?? {};
  const outcome = scope.evaluate(expression, isPatch ? patches : configurations);
  if ('error' in outcome) throw new MutationError(outcome.error);
  try {
    return isPatch ? patched(object, outcome.value) : merged(object, outcome.value, type);
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    throw new MutationError(error.message, { cause: error });
  }
}

function mergeTypeOf({ operation: { schemas, info }, part }: AdmissionRequest, entry: CatalogueEntry): MergeType {
  const schemaName = part ? schemaNameOf(info.subresource) : entry.definition.schemaName;
  if (schemaName !== undefined) return objectType(schemas, schemaName);
  const kind = gvkText(part ? { apiVersion: apiVersionOf(part), kind: part.kind } : entry);
  const why = `Resource kind ${kind} not found. There can be a delay between when CustomResourceDefinitions are created and when they are available.`;
  throw new StatusError('ServiceUnavailable', why);
}

function refuseMisplaced(value: CelValue, root: string): void {
  const problems = misplacedTypes(value, root);
  if (problems.length > 0) throw new MutationError(`type mismatch: ${problems.join('\n')}`);
}

function merged(object: KubeObject, value: CelValue, type: MergeType): KubeObject {
  refuseMisplaced(value, 'Object');
  const { apiVersion, kind } = object;
  const config = { ...(plainJson(value) as object), apiVersion, kind };
  const fail = (why: string): never => {
    throw new MutationError(`error applying patch: ${why}`);
  };
  const problem = typeProblem(config, type);
  if (problem) return fail(`failed to convert patch object to typed object: ${problem}`);
  const atomics = atomicParts(config, type, '');
  if (atomics.length > 0)
    return fail(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`);
  try {
    return mergeValues(object, config, type) as KubeObject;
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error;
    return fail(`failed to merge patch: ${error.message}`);
  }
}

/** Paths of what can only be replaced as a whole: who names some of it would lose the rest. */
function atomicParts(value: unknown, type: MergeType, path: string): string[] {
  if (type.map && isFields(value)) {
    const { map } = type;
    const below = Object.entries(value).flatMap(([name, field]) => {
      const fieldType = map.field(name);
      return fieldType ? atomicParts(field, fieldType, `${path}.${name}`) : [];
    });
    return [...(map.isAtomic ? [path] : []), ...below];
  }
  if (!type.list || !Array.isArray(value)) return [];
  const { element, isAtomic } = type.list;
  return [...(isAtomic ? [path] : []), ...value.flatMap((item, i) => atomicParts(item, element, `${path}[${i}]`))];
}

function patched(object: KubeObject, value: CelValue): KubeObject {
  const operations = (Array.isArray(value) ? value : []).map(operationOf);
  try {
    return applyJsonPatch(cloneJson(object), operations) as KubeObject;
  } catch (error) {
    // A patch may be meant only for objects that pass its tests.
    if (error instanceof JsonPatchTestFailure) return object;
    if (!(error instanceof JsonPatchFailure)) throw error;
    throw new MutationError(`JSON Patch: ${error.message}`, { cause: error });
  }
}

function operationOf(value: CelValue): JsonPatchOperation {
  if (!(value instanceof StructValue))
    throw new MutationError('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch');
  const made = value.field('value');
  if (made instanceof StructValue) refuseMisplaced(made, made.typeName);
  const text = (name: string): string => {
    const field = value.field(name);
    return typeof field === 'string' ? field : '';
  };
  return {
    op: text('op'),
    path: text('path'),
    ...(text('from') && { from: text('from') }),
    ...(made !== undefined && { value: plainJson(made) }),
  };
}
