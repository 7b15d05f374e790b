// Which claims do several pods use at once?

import { isTerminated } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { podsOfClaim } from './joins.ts';
import type { Snapshot } from './snapshot.ts';

export interface SharedClaim {
  claim: PersistentVolumeClaim;
  /** Have a node, and have neither ended nor are being deleted. */
  pods: Pod[];
}

/** Claims with two such pods or more. */
export function sharedClaims(snapshot: Snapshot): readonly SharedClaim[] {
  return snapshot.remember('sharedClaims', () =>
    snapshot.all('claims').flatMap((claim) => {
      const all = podsOfClaim(snapshot, claim);
      if (all.length < 2) return [];
      const pods = all.filter((pod) => pod.spec?.nodeName && !pod.metadata.deletionTimestamp && !isTerminated(pod));
      return pods.length < 2 ? [] : { claim, pods };
    }),
  );
}
