// Must this object go, because its owners have? Models garbagecollector.attemptToDeleteItem and its finalizers.

import type { KubeObject, OwnerReference } from '../../apimachinery/meta.ts';
import type { GraphNode } from './graph.ts';

export const orphanFinalizer = 'orphan';
export const foregroundFinalizer = 'foregroundDeletion';

/** `Unknown`: nobody could say; then nothing is deleted. `Ending`: waits for its dependents to go first. */
export type OwnerState = 'Present' | 'Ending' | 'Absent' | 'Unknown';

export interface ObjectView {
  object: KubeObject;
  owners: { ref: OwnerReference; state: OwnerState }[];
  dependents: GraphNode[];
}

export type Policy = 'Orphan' | 'Background' | 'Foreground';

export type Step =
  | { type: 'Settled' }
  /** Takes `ownerUids` out of the references of `node`. */
  | { type: 'DropOwners'; node: Pick<GraphNode, 'object'> & Partial<GraphNode>; ownerUids: string[] }
  | { type: 'RemoveFinalizer'; finalizer: string }
  | { type: 'Delete'; policy: Policy };

export function reconcileObject(view: ObjectView): Step {
  const { object } = view;
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  if (deletionTimestamp && finalizers.includes(orphanFinalizer)) return orphanStep(view);
  if (deletionTimestamp && finalizers.includes(foregroundFinalizer)) return foregroundStep(view);
  return deletionTimestamp ? { type: 'Settled' } : ownersStep(view);
}

function orphanStep({ object, dependents }: ObjectView): Step {
  const [dependent] = dependents;
  if (dependent) return { type: 'DropOwners', node: dependent, ownerUids: [object.metadata.uid] };
  return { type: 'RemoveFinalizer', finalizer: orphanFinalizer };
}

/** The dependents delete themselves: to them an ending owner is none. */
function foregroundStep({ object, dependents }: ObjectView): Step {
  const isBlocking = ({ object: dependent }: GraphNode): boolean =>
    (dependent.metadata.ownerReferences ?? []).some((ref) => ref.uid === object.metadata.uid && ref.blockOwnerDeletion);
  return dependents.some(isBlocking)
    ? { type: 'Settled' }
    : { type: 'RemoveFinalizer', finalizer: foregroundFinalizer };
}

function ownersStep({ object, owners, dependents }: ObjectView): Step {
  const isIn = (state: OwnerState) => owners.filter((owner) => owner.state === state).map(({ ref }) => ref.uid);
  if (owners.length === 0 || isIn('Unknown').length > 0) return { type: 'Settled' };

  const gone = [...isIn('Absent'), ...isIn('Ending')];
  if (isIn('Present').length > 0) {
    return gone.length > 0 ? { type: 'DropOwners', node: { object }, ownerUids: gone } : { type: 'Settled' };
  }
  if (isIn('Ending').length > 0 && dependents.length > 0) return { type: 'Delete', policy: 'Foreground' };
  return { type: 'Delete', policy: policyOf(object) };
}

function policyOf({ metadata }: KubeObject): Policy {
  if (metadata.finalizers?.includes(orphanFinalizer)) return 'Orphan';
  return metadata.finalizers?.includes(foregroundFinalizer) ? 'Foreground' : 'Background';
}
