// Which functions can an expression call? A table of signatures: `string.startsWith(string): bool` is a method,
// `size(string): int` a function, `math.greatest(int, int): int` a function of a namespace.

import { type CelType, parseType, splitTop } from './types.ts';
import { type CelValue, OptionalValue, typeNameOf } from './values.ts';

export interface Overload {
  /** The receiver of a method comes first. */
  params: CelType[];
  result: CelType;
  call: (...args: CelValue[]) => CelValue;
}

/** Signature and what it does; arguments have the types of the signature. */
export type Library = readonly (readonly [signature: string, call: (...args: never[]) => CelValue])[];

/** All overloads by name and kind: `.startsWith` for methods, `size` for functions. */
export class FunctionTable {
  readonly #overloads = new Map<string, Overload[]>();
  readonly #namespaces = new Set<string>();
  /** May expressions make objects of the types of mutating policies? */
  readonly hasPatchTypes: boolean;

  constructor(libraries: readonly Library[], { hasPatchTypes = false } = {}) {
    this.hasPatchTypes = hasPatchTypes;
    for (const [signature, call] of libraries.flat()) this.#add(signature, call as Overload['call']);
  }

  #add(signature: string, call: Overload['call']): void {
    const [, left = '', args = '', result = 'dyn'] = /^(.*?)\(([^()]*)\)\s*:\s*(.+)$/.exec(signature) ?? [];
    const dot = left.lastIndexOf('.');
    const receiver = dot < 0 ? '' : left.slice(0, dot);
    // Namespaces are plain lower-case words; a receiver that is a type makes a method.
    const isNamespace = receiver !== '' && namespaces.has(receiver);
    const isMethod = receiver !== '' && !isNamespace;
    const params = splitTop(args).map(parseType);
    const key = isMethod ? `.${left.slice(dot + 1)}` : left;
    const overload = { params: isMethod ? [parseType(receiver), ...params] : params, result: parseType(result), call };
    this.#overloads.set(key, [...(this.#overloads.get(key) ?? []), overload]);
    if (isNamespace) this.#namespaces.add(receiver);
  }

  find(key: string): readonly Overload[] {
    return this.#overloads.get(key) ?? [];
  }

  isNamespace(name: string): boolean {
    return this.#namespaces.has(name);
  }
}

const namespaces = new Set(['sets', 'lists', 'optional', 'ip', 'format', 'strings', 'jsonpatch']);

/** Does a value have the static type, as far as its first level tells? */
export function hasKind(type: CelType, value: CelValue): boolean {
  switch (type.kind) {
    case 'dyn':
    case 'param':
      return true;
    case 'bool':
    case 'int':
    case 'uint':
    case 'double':
    case 'string':
    case 'bytes':
    case 'type':
      return typeNameOf(value) === type.kind;
    case 'null':
      return value === null;
    case 'timestamp':
      return typeNameOf(value) === 'google.protobuf.Timestamp';
    case 'duration':
      return typeNameOf(value) === 'google.protobuf.Duration';
    case 'list':
      return Array.isArray(value) && value.every((item) => hasKind(type.elem, item));
    case 'map':
      return value instanceof Map;
    case 'optional':
      return value instanceof OptionalValue;
    case 'object':
    case 'opaque':
      return typeNameOf(value) === type.name;
    default:
      return type satisfies never;
  }
}
