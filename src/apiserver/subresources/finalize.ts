// How does the namespace controller say that a namespace is empty? By taking its finalizer out of the spec.

import type { ObjectMeta } from '../../apimachinery/meta.ts';
import type { Namespace } from '../../apis/core/generated/v1.ts';
import type { StoredObject } from '../cache/stored-object.ts';
import type { Operation } from '../registry/context.ts';
import { incomingObject, requireName } from '../registry/incoming.ts';
import { changeObject } from '../registry/update.ts';

/** Replaces spec.finalizers and nothing else; without any, a namespace that is being deleted goes. */
export async function finalizeNamespace(operation: Operation, body: unknown): Promise<StoredObject> {
  const wanted = incomingObject(operation, body) as Namespace;
  requireName(operation, wanted);
  return changeObject(operation, (current) => {
    // The body is the client's: what the type promises may be absent.
    const asked: Partial<ObjectMeta> = wanted.metadata;
    const { uid = current.metadata.uid, resourceVersion = '' } = asked;
    const namespace = current as Namespace;
    const { finalizers: _before, ...rest } = namespace.spec ?? {};
    const { finalizers = [] } = wanted.spec ?? {};
    const spec = finalizers.length > 0 ? { ...rest, finalizers } : rest;
    return { ...namespace, metadata: { ...namespace.metadata, uid, resourceVersion }, spec } as Namespace;
  });
}
