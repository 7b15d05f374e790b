// What does a server-side apply make of an object? The simple form: the applied fields win and lists
// merge by the keys of the schema. Who owns which field is not tracked, so nothing that an apply no
// longer names is removed, and no apply conflicts with another.

import type { JsonSchema } from '../../apis/definition.ts';
import { listMapKeys, type Schemas } from '../schema/schemas.ts';
import { isObject } from './merge-patch.ts';

/** The merged value. Neither argument is changed. */
export function applyConfiguration(
  current: unknown,
  applied: unknown,
  { schemas, schema: raw }: { schemas: Schemas; schema: JsonSchema | undefined },
): unknown {
  const schema = schemas.resolve(raw);
  if (isObject(applied)) {
    if (!isObject(current) || schema['x-kubernetes-map-type'] === 'atomic') return applied;
    const merged: Record<string, unknown> = { ...current };
    for (const [key, value] of Object.entries(applied)) {
      merged[key] = applyConfiguration(current[key], value, { schemas, schema: schemas.property(schema, key) });
    }
    return merged;
  }
  if (!Array.isArray(applied) || !Array.isArray(current)) return applied;
  if (schema['x-kubernetes-list-type'] === 'set') return [...new Set([...current, ...applied])];
  const keys = listMapKeys(schema);
  if (keys.length === 0) return applied;
  const itemSchema = schemas.items(schema);
  const keyOf = (item: unknown): string => JSON.stringify(keys.map((key) => keyValue(item, key, itemSchema)));
  const byKey = new Map(current.map((item) => [keyOf(item), item]));
  for (const item of applied) {
    const key = keyOf(item);
    const merged = byKey.has(key) ? applyConfiguration(byKey.get(key), item, { schemas, schema: itemSchema }) : item;
    byKey.set(key, merged);
  }
  return [...byKey.values()];
}

/** An absent key field counts as its default. Source: the `+default` marks of ContainerPort and ServicePort. */
function keyValue(item: unknown, key: string, schema: JsonSchema): unknown {
  if (!isObject(item)) return undefined;
  return item[key] ?? schema.properties?.[key]?.default ?? (key === 'protocol' ? 'TCP' : undefined);
}
