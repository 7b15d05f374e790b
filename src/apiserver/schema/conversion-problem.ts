// Why does a value not fit its Go type, in the words of who converts it from plain maps and lists, not from JSON? What a
// strategic merge patch makes is read so. Source: apimachinery/pkg/runtime/converter.go.

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

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value === 'object' ? 'map' : typeof value;
}
