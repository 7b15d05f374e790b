// Does an owner still exist? The graph may know; otherwise only the API does.

import { apiVersionOf, type KubeObject, type OwnerReference, type Resource } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import type { Client } from '../../client/types.ts';
import type { OwnershipGraph } from './graph.ts';
import { foregroundFinalizer, type OwnerState } from './reconcile.ts';

export interface OwnerLookup {
  client: Client;
  graph: OwnershipGraph;
  /** By `apps/v1 StatefulSet`. */
  kinds: ReadonlyMap<string, Resource>;
}

/** What became of each owner of `dependent`. */
export function ownersOf(
  dependent: KubeObject,
  lookup: OwnerLookup,
  signal: AbortSignal,
): Promise<{ ref: OwnerReference; state: OwnerState }[]> {
  const refs = dependent.metadata.ownerReferences ?? [];
  return Promise.all(refs.map(async (ref) => ({ ref, state: await stateOf(ref, { dependent, lookup }, signal) })));
}

/** `apps/v1 StatefulSet`. */
export function kindName(resource: Resource): string {
  return `${apiVersionOf(resource)} ${resource.kind}`;
}

async function stateOf(
  ref: OwnerReference,
  { dependent, lookup }: { dependent: KubeObject; lookup: OwnerLookup },
  signal: AbortSignal,
): Promise<OwnerState> {
  const known = lookup.graph.byUid(ref.uid);
  if (known) return presence(known.object);
  const resource = lookup.kinds.get(`${ref.apiVersion} ${ref.kind}`);
  const { namespace } = dependent.metadata;
  // A cluster-scoped object can't be owned from inside a namespace: the reference is wrong, and means nothing.
  if (!resource || (resource.namespaced && !namespace)) return 'Unknown';
  try {
    const owner = await lookup.client.get(
      resource,
      { name: ref.name, ...(resource.namespaced && { namespace }) },
      signal,
    );
    return owner.metadata.uid === ref.uid ? presence(owner) : 'Absent';
  } catch (error) {
    if (isStatus(error, 'NotFound')) return 'Absent';
    throw error;
  }
}

function presence({ metadata }: KubeObject): OwnerState {
  const isEnding = metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(foregroundFinalizer);
  return isEnding ? 'Ending' : 'Present';
}
