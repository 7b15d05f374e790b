// Which parts of an object does no rule read? They are dropped at once: ten thousands of objects stay in memory.

import type { KubeObject } from '../../apimachinery/meta.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

type Loose = KubeObject &
  Record<string, unknown> & { spec?: Record<string, unknown>; status?: Record<string, unknown> };

/**
 * Clears them in place: the object must be the caller's alone. Fields are emptied, not taken away: an object that loses
 * a field is slow to read from then on.
 */
export function trim<T extends KubeObject>(object: T): T {
  const { metadata } = object;
  if (metadata.managedFields) Object.assign(metadata, { managedFields: undefined });
  if (metadata.annotations?.[lastApplied] !== undefined) delete metadata.annotations[lastApplied];
  if (object.kind === 'Secret' || object.kind === 'ConfigMap') clear(object as unknown as Loose, secretFields);
  return object;
}

// Whatever a Secret holds, neither memory nor a report has any use for it.
const secretFields = ['data', 'stringData', 'binaryData'];

function clear(object: Loose, fields: readonly string[]): void {
  for (const field of fields) if (field in object) object[field] = undefined;
}
