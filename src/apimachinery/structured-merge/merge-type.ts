// What does merging need to know of a value's type? Which lists merge by which keys, and which values are one piece.
// Source: structured-merge-diff/schema Atom, List, Map.

export type ScalarType = 'numeric' | 'string' | 'boolean' | 'untyped';

export interface ListType {
  /** One piece: whoever sets an item owns all of them. */
  isAtomic: boolean;
  /** Fields that tell the items of an associative list apart; none for a set. */
  keys: readonly string[];
  readonly element: MergeType;
}

export interface MapType {
  isAtomic: boolean;
  /** The type of a declared field. */
  field(name: string): MergeType | undefined;
  /** The type of all other fields; absent if there may be none. */
  readonly element: MergeType | undefined;
  /** What an absent field counts as where it is the key of a list's items. */
  defaultOf(name: string): unknown;
  /** Fields that upstream's objects always have, absent or not: {} for a struct, [] for a list, null for a map or pointer, a zero for a scalar. */
  readonly zeroFields: ReadonlyMap<string, unknown>;
}

/** A value's type: several of the three if it may take several forms. */
export interface MergeType {
  readonly scalar?: ScalarType;
  readonly list?: ListType;
  readonly map?: MapType;
}

export type Form = 'map' | 'scalar' | 'list' | 'none';

export type Fields = Record<string, unknown>;

/** The form in which `value` is to be handled; null and misfits take the type's first form. */
export function formOf(type: MergeType, value: unknown): Form {
  if (Array.isArray(value)) {
    if (type.list) return 'list';
  } else if (typeof value === 'object') {
    if (value !== null && type.map) return 'map';
  } else if (value !== undefined && type.scalar) return 'scalar';
  if (type.map) return 'map';
  if (type.scalar) return 'scalar';
  return type.list ? 'list' : 'none';
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The type of the field `name`, declared or not. */
export function typeOfField(map: MapType, name: string): MergeType {
  return map.field(name) ?? map.element ?? deducedType;
}

const noZeros: ReadonlyMap<string, object | null> = new Map();

function untypedMap(isAtomic: boolean, elementOf: () => MergeType): MapType {
  return {
    isAtomic,
    field: () => undefined,
    get element() {
      return elementOf();
    },
    defaultOf: () => undefined,
    zeroFields: noZeros,
  };
}

/** Any value, in one piece. */
export const untypedAtomic: MergeType = {
  scalar: 'untyped',
  list: {
    isAtomic: true,
    keys: [],
    get element() {
      return untypedAtomic;
    },
  },
  map: untypedMap(true, () => untypedAtomic),
};

/** Any value, its type deduced from what it is: maps by their keys, all lists in one piece. */
export const deducedType: MergeType = {
  scalar: 'untyped',
  list: { isAtomic: true, keys: [], element: untypedAtomic },
  map: untypedMap(false, () => deducedType),
};
