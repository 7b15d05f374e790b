// What does a strategic merge patch make of an object? Lists of objects merge by the key that the
// schema names; directives order, delete, replace and retain.
// Source: apimachinery/pkg/util/strategicpatch.

import { goFormat } from '../../apimachinery/go-json.ts';
import { ownField, setField } from '../../apimachinery/json-fields.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import type { JsonSchema } from '../../apis/definition.ts';
import type { Schemas } from '../schema/schemas.ts';
import { orderMerged } from './list-order.ts';
import { isObject } from './merge-patch.ts';

const directive = '$patch';
const retainKeysDirective = '$retainKeys';
const setElementOrder = '$setElementOrder';
const setElementOrderPrefix = `${setElementOrder}/`;
const deleteFromPrimitiveList = '$deleteFromPrimitiveList';
const deleteFromPrimitiveListPrefix = `${deleteFromPrimitiveList}/`;

type Fields = Record<string, unknown>;

/** The patched object. Neither argument is changed. Throws BadRequest if the patch makes no sense for the schema. */
export function applyStrategicMergePatch(
  original: unknown,
  patch: unknown,
  { schemas, schema }: { schemas: Schemas; schema: JsonSchema },
): unknown {
  if (!isObject(patch)) throw badPatch('the patch is not an object');
  return mergeObject(isObject(original) ? original : {}, patch, { schemas, schema: schemas.resolve(schema) });
}

interface At {
  schemas: Schemas;
  schema: JsonSchema;
}

function mergeObject(original: Fields, patch: Fields, at: At): Fields {
  const { [directive]: action, [retainKeysDirective]: retained, ...changes } = patch;
  if (action === 'replace') return withoutDirectives(changes) as Fields;
  if (action === 'delete') return {};
  if (action !== undefined && action !== 'merge') throw unknownDirective(action, patch);

  const result: Fields = retained === undefined ? { ...original } : retainOnly(original, retained, changes);
  for (const key of Object.keys(changes)) {
    if (key === setElementOrder) throw badPatch('invalid patch format of setElementOrder list');
    if (key === deleteFromPrimitiveList) throw badPatch('invalid patch format of primitive list');
    if (key.startsWith(setElementOrderPrefix)) requireList(changes[key], { key, at });
    if (key.startsWith(setElementOrderPrefix) || key.startsWith(deleteFromPrimitiveListPrefix)) continue;
    const value = changes[key];
    const merged = value === null ? undefined : mergeField(ownField(result, key), value, { key, patch, at });
    if (merged === undefined) delete result[key];
    else setField(result, key, merged);
  }
  for (const key of listsWithDirectivesOnly(patch)) {
    const current = ownField(result, key);
    if (Array.isArray(current)) setField(result, key, mergeField(current, [], { key, patch, at }));
  }
  return result;
}

/** An order is one of items that there can be. */
function requireList(value: unknown, { key, at }: { key: string; at: At }): void {
  const name = key.slice(setElementOrderPrefix.length);
  if (at.schema.properties && !Object.hasOwn(at.schema.properties, name))
    throw badPatch(`unable to find api field in struct for the json field ${JSON.stringify(name)}`);
  if (!Array.isArray(value)) throw badPatch('invalid patch format of setElementOrder list');
}

interface Field {
  key: string;
  patch: Fields;
  at: At;
}

function mergeField(current: unknown, value: unknown, { key, patch, at }: Field): unknown {
  const { schemas } = at;
  const raw = ownField(at.schema.properties, key);
  const schema = schemas.property(at.schema, key) ?? {};
  if (isObject(value)) {
    // What is not there, or is no object, is not merged with.
    if (!isObject(current) && value[directive] !== undefined && value[directive] !== 'replace') return undefined;
    return mergeObject(isObject(current) ? current : {}, value, { schemas, schema });
  }
  if (!Array.isArray(value)) return value;
  // What is not there is not merged with: the items need no keys.
  if (current === undefined || !strategyOf(raw, schema).includes('merge')) return withoutDirectives(value);
  return mergeList(Array.isArray(current) ? current : [], value, {
    schemas,
    schema,
    key,
    mergeKey: raw?.['x-kubernetes-patch-merge-key'] ?? schema['x-kubernetes-patch-merge-key'],
    order: patch[`${setElementOrderPrefix}${key}`],
    deletions: patch[`${deleteFromPrimitiveListPrefix}${key}`],
  });
}

interface ListMerge extends At {
  key: string;
  mergeKey: string | undefined;
  order: unknown;
  deletions: unknown;
}

function mergeList(original: unknown[], patch: unknown[], merge: ListMerge): unknown[] {
  const kinds = new Set([...original, ...patch].map(kindOf));
  if (kinds.has('array')) throw new StatusError('Invalid', rejected);
  if (kinds.size > 1) throw badPatch('list element types are not identical');
  const isOfObjects = kinds.has('object');
  if (isOfObjects && merge.mergeKey === undefined)
    throw badPatch(`cannot merge lists without merge key for ${merge.key}`);
  return isOfObjects ? mergeObjects(original, patch, merge) : mergePrimitives(original, patch, merge);
}

function mergePrimitives(original: unknown[], patch: unknown[], { order, deletions }: ListMerge): unknown[] {
  const deleted = new Set(Array.isArray(deletions) ? deletions : []);
  const kept = original.filter((item) => !deleted.has(item));
  const merged = [...new Set([...kept, ...patch])];
  return orderMerged(merged, {
    keyOf: (item) => JSON.stringify(item),
    wanted: Array.isArray(order) ? order : patch,
    had: original,
  });
}

function mergeObjects(original: unknown[], patch: unknown[], merge: ListMerge): unknown[] {
  const { schemas, schema, order, key } = merge;
  const mergeKey = merge.mergeKey as string;
  const itemSchema = schemas.items(schema);
  const keyOf = (item: unknown): string => {
    const value = isObject(item) ? item[mergeKey] : undefined;
    if (value === undefined) throw badPatch(`map: ${goFormat(item)} does not contain declared merge key: ${mergeKey}`);
    return JSON.stringify(value);
  };
  const [special, changes] = partition(patch, (item) => isObject(item) && item[directive] !== undefined);
  for (const item of special as Fields[]) {
    const action = item[directive];
    if (action === 'merge') throw badPatch('merging lists cannot yet be specified in the patch');
    if (action !== 'delete' && action !== 'replace') throw unknownDirective(action, item);
  }
  if (special.some((item) => (item as Fields)[directive] === 'replace')) return changes.map(withoutDirectives);

  const deleted = new Set(special.map(keyOf));
  let merged = original.filter((item) => !deleted.has(keyOf(item)));
  for (const change of changes as Fields[]) {
    const at = merged.findIndex((item) => keyOf(item) === keyOf(change));
    const item = mergeObject(at < 0 ? {} : (merged[at] as Fields), change, { schemas, schema: itemSchema });
    merged = at < 0 ? [...merged, item] : merged.with(at, item);
  }
  const wanted = Array.isArray(order) ? order : changes;
  if (Array.isArray(order)) requireOrdered(changes, { order, keyOf, key });
  return orderMerged(merged, { keyOf, wanted, had: original });
}

/** Upstream refuses a patch whose items do not stand in the order that it asks for. */
function requireOrdered(
  changes: unknown[],
  { order, keyOf, key }: { order: unknown[]; keyOf: (item: unknown) => string; key: string },
): void {
  const listed = order.map(keyOf);
  let next = 0;
  const isInOrder = changes.every((item) => {
    const at = listed.indexOf(keyOf(item), next);
    next = at + 1;
    return at >= 0;
  });
  if (isInOrder || order.length === 0) return;
  throw badPatch(`The order in patch list doesn't match ${setElementOrderPrefix}${key} list`);
}

function retainOnly(original: Fields, retained: unknown, changes: Fields): Fields {
  const names = new Set(Array.isArray(retained) ? retained : []);
  const isKept = (key: string): boolean => changes[key] === null || key.startsWith('$') || names.has(key);
  if (!Array.isArray(retained) || !Object.keys(changes).every(isKept)) {
    throw badPatch('invalid patch format of retainKeys');
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => names.has(key)));
}

/** Lists that the patch only reorders or deletes from. */
function listsWithDirectivesOnly(patch: Fields): string[] {
  const names = Object.keys(patch)
    .filter((key) => key.startsWith(setElementOrderPrefix) || key.startsWith(deleteFromPrimitiveListPrefix))
    .map((key) => key.slice(key.indexOf('/') + 1));
  return [...new Set(names)].filter((name) => !Object.hasOwn(patch, name));
}

function strategyOf(raw: JsonSchema | undefined, schema: JsonSchema): string[] {
  const text = raw?.['x-kubernetes-patch-strategy'] ?? schema['x-kubernetes-patch-strategy'] ?? '';
  return text.split(',');
}

/** A value that is taken as it is, less the directives within it. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter((item) => !isObject(item) || item[directive] !== 'delete').map(withoutDirectives);
  if (!isObject(value)) return value;
  const kept: Fields = {};
  for (const [key, item] of Object.entries(value)) {
    const isDirective = key === directive || key === retainKeysDirective || key.startsWith(setElementOrderPrefix);
    if (isDirective || key.startsWith(deleteFromPrimitiveListPrefix) || item === null) continue;
    setField(kept, key, withoutDirectives(item));
  }
  return kept;
}

function partition<T>(items: T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

/** What upstream says of patches that can be read but not done. */
const rejected = 'the server rejected our request due to an error in our request';

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

function unknownDirective(action: unknown, patch: Fields): StatusError {
  return badPatch(`unknown patch type: ${String(action)} in map: ${goFormat(patch)}`);
}

function badPatch(why: string): StatusError {
  return new StatusError('BadRequest', why);
}
