// How does an object go?

import type { DeleteOptions, KubeObject } from '../../apimachinery/meta.ts';
import { conflict, StatusError } from '../../apimachinery/status-error.ts';
import { type AdmissionRequest, admit } from '../admission/chain.ts';
import type { StoredObject } from '../cache/stored-object.ts';
import type { Operation } from './context.ts';
import { deletionStep } from './deletion-rules.ts';
import { listObjects, type ObjectList } from './list.ts';
import { removeObject, replaceObject, type Swap, untilSwapped } from './storage.ts';

export interface Deletion {
  object: StoredObject;
  /** False if finalizers or a grace period still keep it. */
  isGone: boolean;
}

/** Deletes the object that the request names. Rejects with NotFound, Conflict (preconditions) or Forbidden. */
export async function deleteObject(operation: Operation, options: DeleteOptions): Promise<Deletion> {
  const { entry, clock } = operation;
  return untilSwapped<Deletion>(operation, async (current) => {
    checkPreconditions(operation, options, current);
    const told = toldOptions(operation, options, current.object);
    const ask = (old: KubeObject): Promise<void> =>
      admitDeletion({ verb: 'DELETE', operation, object: undefined, old, options: told });
    await ask(current.object);
    const step = deletionStep(entry, current.object, { options, nowMs: clock.now() });
    switch (step.type) {
      case 'Keep':
        return { done: { object: current, isGone: false }, isWritten: false };
      case 'Mark': {
        const swap = await replaceObject(operation, current, step.object);
        return swap.ok ? { done: { object: swap.object, isGone: false }, isWritten: true } : { retry: swap.current };
      }
      case 'Remove': {
        const swap = await removeLast(operation, current, { last: step.last, ask });
        return swap.ok ? { done: { object: swap.object, isGone: true }, isWritten: true } : { retry: swap.current };
      }
      default:
        return step satisfies never;
    }
  });
}

/** What admission is told of a deletion: that of a namespace is of the one that was found. */
function toldOptions({ entry }: Operation, options: DeleteOptions, { metadata }: KubeObject): DeleteOptions {
  if (entry.groupResource !== 'namespaces') return options;
  return { ...options, preconditions: { ...options.preconditions, uid: options.preconditions?.uid ?? metadata.uid } };
}

async function admitDeletion(request: AdmissionRequest): Promise<void> {
  await admit(request, 'mutate');
  await admit(request, 'validate');
}

/**
 * Removes `current` once it is as `last` says: who watches a pod sees that its time is over before it goes. As upstream
 * does, it is asked again about the object whose time is over.
 */
async function removeLast(
  operation: Operation,
  current: StoredObject,
  { last, ask }: { last: KubeObject; ask: (old: KubeObject) => Promise<void> },
): Promise<Swap> {
  if (last === current.object) return removeObject(operation, current);
  const marked = await replaceObject(operation, current, last);
  if (!marked.ok) return marked;
  await ask(marked.object.object);
  return removeObject(operation, marked.object);
}

/** Deletes every object that the request's selectors choose; the answer is the list of them. */
export async function deleteCollection(operation: Operation, options: DeleteOptions): Promise<ObjectList> {
  const list = await listObjects(operation);
  for (const { object } of list.items) {
    const { name, namespace = '' } = object.metadata;
    const one = { ...operation, info: { ...operation.info, name, namespace } };
    try {
      await deleteObject(one, options);
    } catch (error) {
      // Someone else may have deleted it since the list.
      if (!(error instanceof StatusError) || error.reason !== 'NotFound') throw error;
    }
  }
  return list;
}

function checkPreconditions({ entry }: Operation, { preconditions }: DeleteOptions, { object }: StoredObject): void {
  const { name, uid, resourceVersion } = object.metadata;
  if (preconditions?.uid && preconditions.uid !== uid) {
    const why = `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(entry.groupKind, name, why);
  }
  if (preconditions?.resourceVersion && preconditions.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(entry.groupKind, name, why);
  }
}
