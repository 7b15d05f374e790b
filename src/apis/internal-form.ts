// How does upstream show an object in its messages? As its internal types have it: every field, under Go's names.

import { ownField } from '../apimachinery/json-fields.ts';
import { assert } from '../base/assert.ts';
import { unifiedDiff } from '../base/unified-diff.ts';
import { internalTypes } from './internal-types.ts';

interface Field {
  /** `VolumeMode`; empty if the fields of another type stand here. */
  name: string;
  /** `volumeMode`. */
  jsonName: string;
  holds: 'text' | 'number' | 'truth' | 'struct' | 'pointer' | 'list' | 'map' | 'json';
  /** It tells an empty list or map from an absent one. */
  hasEmpty: boolean;
  type: string | undefined;
}

let parsed: Map<string, Field[]> | undefined;

/** `value`, which the API has as the type of this name, in upstream's internal form. */
export function internalForm(type: string, value: object | undefined): unknown {
  if (value === undefined) return null;
  parsed ??= parse();
  const fields = parsed.get(type);
  assert(fields, `Nothing is said of the internal type ${type}`);
  const form: Record<string, unknown> = {};
  for (const field of fields) {
    const own = ownField(value as Record<string, unknown>, field.jsonName);
    if (field.name === '') Object.assign(form, internalForm(field.type ?? '', value));
    else if (!isLeftOut(field, own)) form[field.name] = fieldForm(field, own);
  }
  return form;
}

/** What changes from `before` to `after`, as upstream says it behind a message: empty, or on lines of its own. */
export function internalDiff(type: string, before: object, after: object): string {
  const text = (value: object): string => JSON.stringify(internalForm(type, value), null, 1);
  const diff = unifiedDiff(text(before), text(after));
  return diff && `\n${diff}`;
}

function isLeftOut({ name, holds }: Field, value: unknown): boolean {
  const isOfLibrary = name[0] !== name[0]?.toUpperCase();
  return isOfLibrary && (holds === 'list' || holds === 'map') && Object.keys(value ?? {}).length === 0;
}

const zeros = { text: '', number: 0, truth: false, pointer: null, list: null, map: null, json: null } as const;

function fieldForm({ holds, type, hasEmpty }: Field, value: unknown): unknown {
  const inner = (item: unknown): unknown =>
    type !== undefined && typeof item === 'object' && item !== null ? internalForm(type, item) : item;
  if (holds === 'struct') return inner(value ?? {});
  // Whether a list or a map was absent or empty is forgotten when an object is read.
  const isEmpty = !hasEmpty && (holds === 'list' || holds === 'map') && Object.keys(value ?? {}).length === 0;
  if (value === undefined || value === null || isEmpty) return zeros[holds];
  if (holds === 'json') return sortedJson(value);
  if (Array.isArray(value)) return value.map(inner);
  if (holds !== 'map') return inner(value);
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, item]) => [key, inner(item)]));
}

/** Go writes the keys of a map in order. */
function sortedJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedJson);
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, item]) => [key, sortedJson(item)]));
}

const marks: Record<string, Field['holds']> = {
  '': 'text',
  '#': 'number',
  '!': 'truth',
  '.': 'struct',
  '*': 'pointer',
  '[]': 'list',
  '{}': 'map',
  '?': 'json',
};

function parse(): Map<string, Field[]> {
  return new Map(
    internalTypes.split(';').map((text): [string, Field[]] => {
      const [type = '', ...fields] = text.trim().split(/\s+/);
      return [type, fields.map(parseField)];
    }),
  );
}

function parseField(text: string): Field {
  if (text.startsWith('...')) return { name: '', jsonName: '', holds: 'struct', type: text.slice(3), hasEmpty: false };
  const [, name = '', jsonName, mark = '', type] =
    /^(\w+)(?:=([\w$-]+))?(#|!|\.|\*|\?|\[_?\]|\{_?\})?(\w+)?$/.exec(text) ?? [];
  const holds = marks[mark.replace('_', '')] ?? 'text';
  return { name, jsonName: jsonName ?? jsonNameOf(name), holds, type, hasEmpty: mark.includes('_') };
}

/** `FSType` → `fsType`, `UID` → `uid`. */
function jsonNameOf(name: string): string {
  return name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (start) => start.toLowerCase());
}
