// Why does a value not fit its Go type, in the words of who converts it from plain maps and lists, not from JSON? And what
// becomes of a number that is too large? What a strategic merge patch makes is read so. Source: apimachinery/pkg/runtime/converter.go.

import { isGoInteger } from '../../apimachinery/written-number.ts';
import type { JsonSchema } from '../../apis/definition.ts';

/** `wanted` is the schema of the place, `type` the name of its Go type: `v1.Protocol`. */
export function conversionProblem(value: unknown, wanted: JsonSchema, type: string): string {
  const found = kindOf(value);
  switch (wanted.type) {
    case 'array':
      return `cannot restore slice from ${found}`;
    case 'object':
      return wanted.properties ? `cannot restore struct from: ${found}` : `cannot restore map from ${found}`;
    case 'string':
      if (wanted.format === 'byte') return `cannot restore slice from ${found}`;
      return found === 'int64' ? `cannot convert int64 to ${type}` : 'unrecognized type: string';
    case 'integer':
    case 'number': {
      const kind = wanted.format ?? (wanted.type === 'integer' ? 'int64' : 'float64');
      return found === 'float64' || found === 'int64'
        ? `cannot convert ${found} to ${type}`
        : `unrecognized type: ${kind}`;
    }
    default:
      return `unrecognized type: ${wanted.type === 'boolean' ? 'bool' : (wanted.type ?? '')}`;
  }
}

/** What a Go integer of the type of `schema` becomes of `value`; undefined if it can't be one. */
export function integerOf(value: unknown, { format }: JsonSchema, isConverted: boolean): number | undefined {
  const bits = format === 'int32' ? 32 : 64;
  if (isGoInteger(value, bits)) return Number(value);
  return isConverted && Number.isInteger(value) ? convertedInteger(value as number, bits) : undefined;
}

/** What becomes of a whole number that is too large for its type: the lowest bits of it. */
export function convertedInteger(value: number, bits: 32 | 64): number {
  // No number of 64 bits is read as one of floating point, of which processors make the least number.
  const whole = Math.abs(value) > 2 ** 63 ? -(2n ** 63n) : BigInt(value);
  // The largest of all is one that JavaScript lacks.
  return bits === 64 && value === 2 ** 63 ? value : Number(BigInt.asIntN(bits, whole));
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'object' ? 'map' : typeof value;
}
