// What does the answer to a write say of the object, beside that it is taken?

import type { KubeObject, OwnerReference } from '../../apimachinery/meta.ts';
import { lazyCauses } from '../admission/lazy-causes.ts';
import type { Operation } from './context.ts';

/** Adds what the kind warns of. To be called with what its rules have found valid. */
export async function warnOf(operation: Operation, object: KubeObject, old?: KubeObject): Promise<void> {
  const warnings = warningsOf(operation, object, old);
  if (warnings.length === 0) return;
  // Rules that admission loads when they are needed have not been asked yet.
  const causes = await lazyCauses(operation, object, old);
  if (causes.length === 0) operation.warnings.push(...warnings);
}

/** Who changes a part of an object is told nothing of the whole. */
function warningsOf({ entry, info }: Operation, object: KubeObject, old?: KubeObject): string[] {
  const { warnings, statusWarnings } = entry.definition;
  if (old && info.subresource === 'status') return statusWarnings?.(object, old) ?? [];
  return info.subresource === '' || info.subresource === 'scale' ? (warnings?.(object, old) ?? []) : [];
}

const duplicateOwners =
  'API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ';

/** Leaves of owners that are named twice one, and tells who sent them. Source: apiserver's dedupOwnerReferencesAndAddWarning. */
export function dropRepeatedOwners(
  { warnings }: Operation,
  { metadata }: Pick<KubeObject, 'metadata'>,
  when = '',
): void {
  const owners = metadata.ownerReferences;
  if (!Array.isArray(owners) || owners.length < 2) return;
  const kept = new Map(owners.map((owner) => [identityOf(owner), owner]));
  if (kept.size === owners.length) return;
  const seen = new Set<string>();
  const repeated = owners.filter((owner) => seen.size === seen.add(identityOf(owner)).size);
  const uids = repeated.map(({ uid }) => uid);
  warnings.push(`.metadata.ownerReferences contains duplicate entries${when}; ${duplicateOwners}${uids.join(', ')}`);
  metadata.ownerReferences = [...kept.values()];
}

function identityOf({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: OwnerReference): string {
  return JSON.stringify([apiVersion, kind, name, uid, controller, blockOwnerDeletion]);
}

/** Says of owners that who sent them may not know of them. */
export const afterMutation = ' after mutating admission happens';
