// Which claims do several pods use at once?

import { isTerminated } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { podsByClaim } from './joins.ts';
import type { Snapshot } from './snapshot.ts';

export interface SharedClaim {
  claim: PersistentVolumeClaim;
  /** Have a node, and have neither ended nor are being deleted. */
  pods: Pod[];
}

/** Claims with two such pods or more. */
export function sharedClaims(snapshot: Snapshot): readonly SharedClaim[] {
  return snapshot.remember('sharedClaims', () =>
    [...podsByClaim(snapshot)].flatMap(([namespace, byName]) =>
      [...byName].flatMap(([name, all]) => (all.length < 2 ? [] : sharedClaim(snapshot, { namespace, name, all }))),
    ),
  );
}

function sharedClaim(
  snapshot: Snapshot,
  { namespace, name, all }: { namespace: string; name: string; all: readonly Pod[] },
): SharedClaim[] {
  const claim = snapshot.find('claims', { namespace, name });
  const pods = all.filter((pod) => pod.spec?.nodeName && !pod.metadata.deletionTimestamp && !isTerminated(pod));
  return claim && pods.length >= 2 ? [{ claim, pods }] : [];
}
