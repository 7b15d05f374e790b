// How is metadata copied with some of it set anew? So that what all objects have comes first, and in one piece.

import { setField } from './json-fields.ts';
import type { ObjectMeta } from './meta.ts';

/**
 * A copy of `metadata` with the name, UID and age of `identity`, its namespace if it has one, and `resourceVersion`, which is
 * undefined before the write that gives it one.
 */
export function metadataWith(
  metadata: ObjectMeta,
  identity: Pick<ObjectMeta, 'name' | 'namespace' | 'uid' | 'creationTimestamp'>,
  revision: string | undefined,
): ObjectMeta {
  const { name, namespace = metadata.namespace, uid, creationTimestamp } = identity;
  const resourceVersion = revision as string;
  // Spread and then changed, each copy would have a shape of its own for V8, which slows down whoever reads one.
  const copy: ObjectMeta =
    namespace === undefined
      ? { name, uid, resourceVersion, creationTimestamp }
      : { name, namespace, uid, resourceVersion, creationTimestamp };
  for (const key in metadata) {
    if (!isIdentity(key)) setField(copy as unknown as Record<string, unknown>, key, metadata[key as keyof ObjectMeta]);
  }
  return copy;
}

function isIdentity(key: string): boolean {
  switch (key) {
    case 'name':
    case 'namespace':
    case 'uid':
    case 'resourceVersion':
    case 'creationTimestamp':
      return true;
    default:
      return false;
  }
}
