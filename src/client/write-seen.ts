// How does a controller change an object without overwriting somebody else's change?
// Every write carries the UID and revision that the decision was made on.

import type { KubeObject, ObjectMeta, OwnerReference, Resource } from '../apimachinery/meta.ts';
import { isStatus } from '../apimachinery/status-error.ts';
import type { Client, Subresource } from './types.ts';

/** What a write needs to know of the object that a decision was made on. */
export interface Seen {
  metadata: Pick<ObjectMeta, 'name' | 'uid' | 'resourceVersion'> & { namespace?: string | undefined };
}

/** Fields of a merge patch; null removes one. */
export interface Changes {
  metadata?: {
    annotations?: Record<string, string | null>;
    labels?: Record<string, string | null>;
    finalizers?: string[];
    ownerReferences?: OwnerReference[];
  };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

export interface PatchOptions<T extends KubeObject> {
  resource: Resource<T>;
  /** The object as it was seen; refused with Conflict if it has changed since. */
  seen: Seen;
  changes: Changes;
  subresource?: Subresource;
}

/** Merge-patches `seen` with `changes`, as a compare-and-swap. Rejects with StatusError `Conflict` if `seen` is stale. */
export function patchSeen<T extends KubeObject>(
  client: Client,
  { resource, seen, changes, subresource }: PatchOptions<T>,
  signal: AbortSignal,
): Promise<T> {
  const { name, namespace, uid, resourceVersion } = seen.metadata;
  const body = { ...changes, metadata: { ...changes.metadata, uid, resourceVersion } };
  return client.patch(resource, { at: { namespace, name }, body, ...(subresource && { subresource }) }, signal);
}

/** The finalizers of `object` and `finalizer`; each once. */
export function withFinalizer(object: KubeObject, ...added: string[]): string[] {
  return [...new Set([...(object.metadata.finalizers ?? []), ...added])];
}

/** The finalizers of `object` without `removed`. */
export function withoutFinalizer(object: KubeObject, ...removed: string[]): string[] {
  return (object.metadata.finalizers ?? []).filter((finalizer) => !removed.includes(finalizer));
}

export interface DeleteOptions<T extends KubeObject> {
  resource: Resource<T>;
  seen: Seen;
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  /** Refuse with Conflict also if the object has changed since it was seen. */
  onlyUnchanged?: true;
}

/** Deletes `seen` and no other object of its name. An object that is gone already counts as success. */
export async function deleteSeen<T extends KubeObject>(
  client: Client,
  { resource, seen, gracePeriodSeconds, propagationPolicy, onlyUnchanged }: DeleteOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace, uid, resourceVersion } = seen.metadata;
  const target = {
    at: { namespace, name },
    uid,
    ...(onlyUnchanged && { resourceVersion }),
    ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
    ...(propagationPolicy && { propagationPolicy }),
  };
  try {
    await client.delete(resource, target, signal);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
