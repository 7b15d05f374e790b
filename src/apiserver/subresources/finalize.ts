// How does the namespace controller say that a namespace is empty? By taking its finalizer out of the spec.

import type { Namespace } from '../../apis/core/generated/v1.ts';
import type { StoredObject } from '../cache/stored-object.ts';
import type { Operation } from '../registry/context.ts';
import { incomingObject } from '../registry/incoming.ts';
import { changeObject } from '../registry/update.ts';

/** Replaces spec.finalizers and nothing else; without any, a namespace that is being deleted goes. */
export async function finalizeNamespace(operation: Operation, body: unknown): Promise<StoredObject> {
  const wanted = incomingObject(operation, body) as Namespace;
  return changeObject(operation, (current) => {
    const { uid = current.metadata.uid, resourceVersion = '' } = wanted.metadata;
    const namespace = current as Namespace;
    const spec = { ...namespace.spec, finalizers: wanted.spec?.finalizers ?? [] };
    return { ...namespace, metadata: { ...namespace.metadata, uid, resourceVersion }, spec } as Namespace;
  });
}
