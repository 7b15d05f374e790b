// What does `Object.spec{replicas: 1}` come to? The objects that mutating policies build. Source: apiserver/pkg/cel/mutation.

import { plainJson } from './json-values.ts';
import { CelObject, type CelValue, celEquals } from './values.ts';

/** An object of named fields; nothing but its expression says which. */
export class StructValue extends CelObject {
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, CelValue>;

  constructor(typeName: string, fields: ReadonlyMap<string, CelValue>) {
    super();
    this.typeName = typeName;
    this.fields = fields;
  }

  override field(name: string): CelValue | undefined {
    return this.fields.get(name);
  }

  override equals(other: CelObject): boolean {
    return (
      other instanceof StructValue &&
      other.typeName === this.typeName &&
      other.fields.size === this.fields.size &&
      [...this.fields].every(([name, value]) => {
        const its = other.fields.get(name);
        return its !== undefined && celEquals(value, its);
      })
    );
  }

  override toJson(): unknown {
    return Object.fromEntries(Array.from(this.fields, ([name, value]) => [name, plainJson(value)]));
  }
}

/** Where the type names of nested objects do not say the field that they stand in: one line for each. */
export function misplacedTypes(value: CelValue, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => misplacedTypes(item, path));
  if (value instanceof Map) return Array.from(value.values()).flatMap((item) => misplacedTypes(item, path));
  if (!(value instanceof StructValue)) return [];
  const own =
    value.typeName === path
      ? []
      : [
          `unexpected type name ${JSON.stringify(value.typeName)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`,
        ];
  return [...own, ...Array.from(value.fields).flatMap(([name, field]) => misplacedTypes(field, `${path}.${name}`))];
}
