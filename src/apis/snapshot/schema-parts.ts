// How are the schemas of snapshots put together? Builders, and the parts that snapshots and group snapshots share.

import type { JsonSchema } from '../definition.ts';

const objectMeta: JsonSchema = { $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };

export function text(description: string): JsonSchema {
  return { type: 'string', description };
}

/** An object of which `required` must be there. */
export function object(
  description: string,
  properties: Record<string, JsonSchema>,
  required: string[] = [],
): JsonSchema {
  return { type: 'object', description, properties, ...(required.length > 0 && { required }) };
}

/** The schema of a whole kind, with what every object has put in. */
export function kind(group: string, name: string, schema: JsonSchema): JsonSchema {
  return {
    ...schema,
    properties: {
      apiVersion: text('The versioned schema of this object.'),
      kind: text('The REST resource that this object represents.'),
      metadata: objectMeta,
      ...schema.properties,
    },
    'x-kubernetes-group-version-kind': [{ group, version: 'v1', kind: name }],
  };
}

export const error = object('The last error seen while the snapshot was made; cleared on success.', {
  message: text('What went wrong. It may be logged and holds nothing secret.'),
  time: { type: 'string', format: 'date-time', description: 'When the error was seen.' },
});

export const deletionPolicy: JsonSchema = {
  type: 'string',
  enum: ['Delete', 'Retain'],
  description: 'Whether what is in the storage goes when the object that asked for it is deleted.',
};

/** An ObjectReference to the object that asked for a snapshot. */
export function referenceTo(description: string): JsonSchema {
  return {
    ...object(description, {
      apiVersion: text('API version of the referent.'),
      fieldPath: text('Part of the referent.'),
      kind: text('Kind of the referent.'),
      name: text('Name of the referent.'),
      namespace: text('Namespace of the referent.'),
      resourceVersion: text('Revision of the referent.'),
      uid: text('UID of the referent.'),
    }),
    'x-kubernetes-map-type': 'atomic',
  };
}

export const classFields: Record<string, JsonSchema> = {
  driver: text('Name of the CSI driver.'),
  deletionPolicy,
  parameters: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Driver-specific; opaque here.',
  },
};
