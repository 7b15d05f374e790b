// Which old item of a list does a new one continue? Only lists with keys tell.

import type { JsonSchema } from '../../../apis/definition.ts';
import { keysOfItem } from './list-types.ts';

/** Finds the item of `old` that has the keys of a new item; undefined where items can't be told apart. */
export function correlateItems(schema: JsonSchema, old: unknown): (item: unknown) => unknown {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (schema['x-kubernetes-list-type'] !== 'map' || !keys || !Array.isArray(old)) return () => undefined;
  const byKey = new Map(old.map((item: unknown) => [keyText(item, keys), item]));
  return (item) => byKey.get(keyText(item, keys));
}

function keyText(item: unknown, keys: readonly string[]): string {
  return JSON.stringify(keysOfItem(item, keys));
}
