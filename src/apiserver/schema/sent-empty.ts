// Which lists and maps did a client send empty? Read, they are absent, as they are once stored; some rules still ask.

const sent = new WeakMap<object, Record<string, unknown>>();

/** Notes that the field `key` of `struct`, which has been read, was sent as this empty list or map. */
export function noteEmpty(struct: object, key: string, value: unknown): void {
  const noted = sent.get(struct) ?? {};
  noted[key] = value;
  sent.set(struct, noted);
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
