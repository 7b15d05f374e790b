// What kind of JSON value is this?

export type JsonObject = Record<string, unknown>;

/** Is it an object, neither null nor a list? */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const integerLimit = 2 ** 63;

/** Its type in the words of JSON schema; whole numbers that 64 bits hold are `integer`. */
export function jsonType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= -integerLimit && value < integerLimit ? 'integer' : 'number';
  return typeof value;
}
