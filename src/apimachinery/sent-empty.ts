// Which lists and maps did a client send empty? Read, they are absent, as they are once stored; some rules still ask.

import { ownField } from './json-fields.ts';

const sent = new WeakMap<object, Record<string, unknown>>();

/** Notes that the field `key` of `struct`, which has been read, was sent as this empty list or map. */
export function noteEmpty(struct: object, key: string, value: unknown): void {
  const noted = sent.get(struct) ?? {};
  noted[key] = value;
  sent.set(struct, noted);
}

/** The lists and maps that were sent empty of a struct that has been read, by their fields. */
export function emptiesOf(struct: object): Readonly<Record<string, unknown>> {
  return sent.get(struct) ?? {};
}

/** The field of a struct, or the empty list or map that it was sent as. */
export function asSent(struct: object, field: string): unknown {
  return ownField(struct as Record<string, unknown>, field) ?? emptiesOf(struct)[field];
}

/** Is the field of the struct there, or was it sent as an empty list or map? */
export function wasSent(struct: object | undefined, field: string): boolean {
  return struct !== undefined && asSent(struct, field) !== undefined;
}

/** `copy`, of which is told what is told of the struct that it is a copy of; but for the fields that it has from elsewhere. */
export function toldAs<T extends object>(struct: object, copy: T, other: readonly string[] = []): T {
  const told = Object.entries(emptiesOf(struct)).filter(([field]) => !other.includes(field));
  for (const [field, value] of told) noteEmpty(copy, field, value);
  return copy;
}

/** `value` with what was sent empty in it, at any depth; itself where there is none. */
export function withSentEmpties<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => withSentEmpties(item));
    return items.some((item, i) => item !== value[i]) ? (items as T) : value;
  }
  const fields = Object.entries(value).map(([key, field]): [string, unknown] => [key, withSentEmpties(field)]);
  const empties = sent.get(value);
  const isSame = !empties && fields.every(([key, field]) => field === (value as Record<string, unknown>)[key]);
  return isSame ? value : ({ ...Object.fromEntries(fields), ...empties } as T);
}
