// How does upstream show an object in its messages? As its internal types have it: every field, under Go's names.

import { withoutHtml } from '../apimachinery/go-json.ts';
import { ownField } from '../apimachinery/json-fields.ts';
import { emptiesOf, toldAs } from '../apimachinery/sent-empty.ts';
import { assert } from '../base/assert.ts';
import { unifiedDiff } from '../base/unified-diff.ts';
import { internalPodTypes } from './internal-pod-types.ts';
import { internalTypes } from './internal-types.ts';

interface Field {
  /** `VolumeMode`; empty if the fields of another type stand here. */
  name: string;
  /** `volumeMode`. */
  jsonName: string;
  holds: 'known' | 'text' | 'number' | 'truth' | 'struct' | 'pointer' | 'list' | 'map' | 'json';
  /** Where in the API the other fields stand that stand here in Go: `metadata`. */
  within?: string;
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
  const given = arranged(type, value);
  // Lists and maps that are stored are never empty; those that are sent may be, in messages about them.
  const empties = emptiesOf(value);
  for (const field of fields) {
    const own = ownField(given, field.name === '' ? (field.within ?? '') : field.jsonName);
    if (field.name === '') Object.assign(form, internalForm(field.type ?? '', field.within ? (own ?? {}) : given));
    else if (!isLeftOut(field, own))
      form[field.name] = fieldForm(field, kept(field, own) ?? ownField(empties, field.jsonName));
  }
  return form;
}

/** What the API has with a pod is with its security context in upstream. */
function arranged(type: string, value: object): Record<string, unknown> {
  const fields = value as Record<string, unknown>;
  if (type !== 'PodSpec') return fields;
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers, securityContext } = fields;
  const shared = { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers };
  const context = securityContext ?? {};
  return { ...fields, securityContext: toldAs(context, { ...context, ...shared }) };
}

/** So many lines are compared: more would keep everybody else waiting. */
const linesMax = 10_000;

/** What changes from `before` to `after`, as upstream says it behind a message: empty, or on lines of its own. */
export function internalDiff(type: string, before: object, after: object): string {
  const [from, to] = [before, after].map((value) => indented(internalForm(type, value))) as [string, string];
  if (linesOf(from) + linesOf(to) > linesMax) return '';
  const diff = unifiedDiff(from, to);
  return diff && `\n${diff}`;
}

/** As Go indents JSON, in which no HTML can hide. */
function indented(form: unknown): string {
  return withoutHtml(JSON.stringify(form, null, 1));
}

function linesOf(text: string): number {
  return text.split('\n').length;
}

function isLeftOut({ name, holds }: Field, value: unknown): boolean {
  if (holds === 'known') return value === undefined || value === null || value === '';
  const isOfLibrary = name[0] !== name[0]?.toUpperCase();
  return isOfLibrary && (holds === 'list' || holds === 'map') && Object.keys(value ?? {}).length === 0;
}

/** Whether a list or a map was absent or empty is forgotten when an object is read, but of some types. */
function kept({ holds, hasEmpty }: Field, value: unknown): unknown {
  const isEmpty = (holds === 'list' || holds === 'map') && Object.keys(value ?? {}).length === 0;
  return isEmpty && !hasEmpty ? undefined : value;
}

const zeros = {
  known: null,
  text: '',
  number: 0,
  truth: false,
  pointer: null,
  list: null,
  map: null,
  json: null,
} as const;

function fieldForm({ holds, type }: Field, value: unknown): unknown {
  const inner = (item: unknown): unknown =>
    type !== undefined && typeof item === 'object' && item !== null ? internalForm(type, item) : item;
  if (holds === 'struct') return inner(value ?? {});
  if (value === undefined || value === null) return zeros[holds];
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
  '~': 'known',
};

function parse(): Map<string, Field[]> {
  return new Map(
    `${internalTypes};${internalPodTypes}`
      .split(';')
      .filter((text) => text.trim() !== '')
      .map((text): [string, Field[]] => {
        const [type = '', ...fields] = text.trim().split(/\s+/);
        return [type, fields.map(parseField)];
      }),
  );
}

function parseField(text: string): Field {
  if (text.startsWith('...')) {
    const [type = '', within = ''] = text.slice(3).split('=');
    return { name: '', jsonName: '', holds: 'struct', type, within, hasEmpty: false };
  }
  const [, name = '', jsonName, mark = '', type] =
    /^(\w+)(?:=([\w$-]+))?(#|!|\.|\*|\?|~|\[_?\]|\{_?\})?(\w+)?$/.exec(text) ?? [];
  const holds = marks[mark.replace('_', '')] ?? 'text';
  return { name, jsonName: jsonName ?? jsonNameOf(name), holds, type, hasEmpty: mark.includes('_') };
}

/** `FSType` → `fsType`, `UID` → `uid`. */
function jsonNameOf(name: string): string {
  return name.replace(/^[A-Z]+(?=[A-Z][a-z])|^[A-Z]+$|^[A-Z]/, (start) => start.toLowerCase());
}
