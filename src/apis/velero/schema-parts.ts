// How are Velero's schemas put together? Short builders, and the parts that several kinds share.

import type { JsonSchema } from '../definition.ts';

export const string: JsonSchema = { type: 'string' };
export const boolean: JsonSchema = { type: 'boolean' };
export const integer: JsonSchema = { type: 'integer' };
export const int64: JsonSchema = { type: 'integer', format: 'int64' };
/** RFC 3339, or null. */
export const time: JsonSchema = { type: 'string', format: 'date-time', nullable: true };
/** `{ [key]: string }`. */
export const stringMap: JsonSchema = { type: 'object', additionalProperties: string };

export function nullable(schema: JsonSchema): JsonSchema {
  return { ...schema, nullable: true };
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

export function oneOf(...values: string[]): JsonSchema {
  return { type: 'string', enum: values };
}

/** An object whose properties with a `!` at the end of their name are required. */
export function object(properties: Record<string, JsonSchema>): JsonSchema {
  const required = Object.keys(properties).filter((name) => name.endsWith('!'));
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, schema]) => [name.replace(/!$/, ''), schema]),
    ),
    ...(required.length > 0 && { required: required.map((name) => name.slice(0, -1)) }),
  };
}

export const names = nullable(listOf(string));

export const labelSelector: JsonSchema = {
  ...object({
    matchLabels: stringMap,
    matchExpressions: listOf(object({ 'key!': string, 'operator!': string, values: listOf(string) })),
  }),
  'x-kubernetes-map-type': 'atomic',
};

export const typedReference: JsonSchema = {
  ...object({ apiGroup: string, 'kind!': string, 'name!': string }),
  'x-kubernetes-map-type': 'atomic',
};

export const secretKey: JsonSchema = {
  ...object({ 'key!': string, name: { ...string, default: '' }, optional: boolean }),
  'x-kubernetes-map-type': 'atomic',
};

export const podReference: JsonSchema = {
  ...object({
    apiVersion: string,
    kind: string,
    name: string,
    namespace: string,
    uid: string,
    resourceVersion: string,
    fieldPath: string,
  }),
  'x-kubernetes-map-type': 'atomic',
};

export const hookStatus = nullable(object({ hooksAttempted: integer, hooksFailed: integer }));

export const dataMovePhase = oneOf(
  'New',
  'Accepted',
  'Prepared',
  'InProgress',
  'Canceling',
  'Canceled',
  'Completed',
  'Failed',
);

export const bytesProgress = object({ totalBytes: int64, bytesDone: int64 });
