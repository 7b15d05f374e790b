// Which types do CEL expressions have, before they run?

/** A static type. `sizeMax` bounds the length of strings, lists and maps that the schema bounds; for cost estimates. */
export type CelType = { sizeMax?: number } & (
  | {
      kind: 'dyn' | 'bool' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'null' | 'timestamp' | 'duration';
    }
  /** `of` is the type that is spoken of, where that is known. */
  | { kind: 'type'; of?: string }
  | { kind: 'list'; elem: CelType }
  | { kind: 'map'; key: CelType; value: CelType }
  /** An open object may have any field: nobody knows its schema. */
  | { kind: 'object'; name: string; fields: ReadonlyMap<string, CelType>; isOpen?: boolean }
  | { kind: 'optional'; elem: CelType }
  | { kind: 'opaque'; name: string }
  | { kind: 'param'; name: string }
);

/** Variables by name. */
export type Variables = ReadonlyMap<string, CelType>;

export const dyn: CelType = { kind: 'dyn' };
/** What nothing has told: the items of `[]`, the value of `optional.none()`. */
export const unbound: CelType = { kind: 'dyn' };
export const bool: CelType = { kind: 'bool' };
export const int: CelType = { kind: 'int' };
export const uint: CelType = { kind: 'uint' };
export const double: CelType = { kind: 'double' };
export const string: CelType = { kind: 'string' };
export const bytes: CelType = { kind: 'bytes' };
export const nullType: CelType = { kind: 'null' };
export const typeType: CelType = { kind: 'type' };

export function listOf(elem: CelType): CelType {
  return { kind: 'list', elem };
}

export function mapOf(key: CelType, value: CelType): CelType {
  return { kind: 'map', key, value };
}

export function optionalOf(elem: CelType): CelType {
  return { kind: 'optional', elem };
}

/** As cel-go writes it: `list(string)`. */
export function formatType(type: CelType): string {
  switch (type.kind) {
    case 'list':
      return `list(${formatType(type.elem)})`;
    case 'map':
      return `map(${formatType(type.key)}, ${formatType(type.value)})`;
    case 'optional':
      return `optional_type(${formatType(type.elem)})`;
    case 'object':
    case 'opaque':
    case 'param':
      return type.name;
    case 'timestamp':
      return 'timestamp';
    case 'null':
      return 'null';
    case 'type':
      return type.of === undefined ? 'type' : `type(${type.of})`;
    default:
      return type.kind;
  }
}

export type Bindings = Map<string, CelType>;

/** May a value of `actual` stand where `wanted` is asked for? Type parameters of `wanted` are bound on the way. */
export function isAssignable(wanted: CelType, actual: CelType, bindings: Bindings): boolean {
  if (wanted.kind === 'param') {
    const bound = bindings.get(wanted.name);
    // What is dyn stays so, whatever else stands in its place; what nothing has told yet is told now.
    if (!bound || bound === unbound) {
      bindings.set(wanted.name, actual);
      return true;
    }
    return isAssignable(bound, actual, bindings);
  }
  if (wanted.kind === 'dyn' || actual.kind === 'dyn' || actual.kind === 'param') return true;
  if (actual.kind === 'null')
    return ['null', 'object', 'timestamp', 'duration', 'optional', 'opaque'].includes(wanted.kind);
  if (wanted.kind !== actual.kind) return false;
  if (wanted.kind === 'list' && actual.kind === 'list') return isAssignable(wanted.elem, actual.elem, bindings);
  if (wanted.kind === 'optional' && actual.kind === 'optional') return isAssignable(wanted.elem, actual.elem, bindings);
  if (wanted.kind === 'map' && actual.kind === 'map')
    return isAssignable(wanted.key, actual.key, bindings) && isAssignable(wanted.value, actual.value, bindings);
  if ((wanted.kind === 'object' && actual.kind === 'object') || (wanted.kind === 'opaque' && actual.kind === 'opaque'))
    return wanted.name === actual.name;
  return true;
}

/** `type` with its parameters replaced; those that nothing bound are dyn. */
export function substitute(type: CelType, bindings: Bindings): CelType {
  switch (type.kind) {
    case 'param':
      return bindings.get(type.name) ?? unbound;
    case 'list':
      return { ...type, elem: substitute(type.elem, bindings) };
    case 'optional':
      return { ...type, elem: substitute(type.elem, bindings) };
    case 'map':
      return { ...type, key: substitute(type.key, bindings), value: substitute(type.value, bindings) };
    default:
      return type;
  }
}

/** Are both the same type, sizes aside? What nothing has told is the same as all. */
/** The type of a whole expression: what nothing in it says anything about may be anything. */
export function settledType(type: CelType): CelType {
  if (type === unbound) return dyn;
  if (type.kind === 'list' || type.kind === 'optional') return { ...type, elem: settledType(type.elem) };
  if (type.kind === 'map') return { ...type, key: settledType(type.key), value: settledType(type.value) };
  return type;
}

export function sameType(a: CelType, b: CelType): boolean {
  if (a === unbound || b === unbound) return true;
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case 'list':
    case 'optional':
      return sameType(a.elem, (b as typeof a).elem);
    case 'map':
      return sameType(a.key, (b as typeof a).key) && sameType(a.value, (b as typeof a).value);
    case 'object':
    case 'opaque':
    case 'param':
      return a.name === (b as typeof a).name;
    default:
      return true;
  }
}

/** The type of both; dyn if they differ. */
export function join(a: CelType, b: CelType): CelType {
  if (a.kind === 'null') return b;
  if (b.kind === 'null') return a;
  return isAssignable(a, b, new Map()) && isAssignable(b, a, new Map()) ? (a.kind === 'dyn' ? b : a) : dyn;
}

const names: Record<string, CelType> = {
  dyn,
  bool,
  int,
  uint,
  double,
  string,
  bytes,
  null: nullType,
  type: typeType,
  timestamp: { kind: 'timestamp' },
  duration: { kind: 'duration' },
};

/** Reads the notation of the library tables: `list<T>`, `map<string, dyn>`, `optional<T>`, `kubernetes.Quantity`. */
export function parseType(text: string): CelType {
  const trimmed = text.trim();
  const generic = /^(list|map|optional)<(.*)>$/.exec(trimmed);
  if (generic) {
    const [, name, inner = ''] = generic;
    if (name === 'list') return listOf(parseType(inner));
    if (name === 'optional') return optionalOf(parseType(inner));
    const comma = splitTop(inner);
    return mapOf(parseType(comma[0] ?? 'dyn'), parseType(comma[1] ?? 'dyn'));
  }
  if (/^[A-Z]$/.test(trimmed)) return { kind: 'param', name: trimmed };
  return names[trimmed] ?? { kind: 'opaque', name: trimmed };
}

/** Splits at the commas that stand outside of angle brackets. */
export function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '<') depth += 1;
    else if (text[i] === '>') depth -= 1;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return text.trim() === '' ? [] : [...parts, text.slice(start)].map((part) => part.trim());
}
