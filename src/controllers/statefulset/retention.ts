// Who owns a set's claims? The retention policy, written as owner references: the garbage collector does the rest.
// Models claimOwnerMatchesSetAndPod and updateClaimOwnerRefForSetAndPod.

import type { OwnerReference } from '../../apimachinery/meta.ts';
import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { claimNameOf, ordinalOf, wantedOrdinals } from './names.ts';
import type { SetView } from './view.ts';

export interface ClaimOwners {
  claim: PersistentVolumeClaim;
  owners: OwnerReference[];
}

/** The claims whose owner references differ from what the policy asks for. Others' references are kept. */
export function wantedClaimOwners({ set, pods, claims }: Pick<SetView, 'set' | 'pods' | 'claims'>): ClaimOwners[] {
  const wanted = new Set(wantedOrdinals(set));
  return pods.flatMap((pod) => {
    const ordinal = ordinalOf(set, pod);
    return (set.spec?.volumeClaimTemplates ?? []).flatMap((template) => {
      const claim = claims.get(claimNameOf(set, template, ordinal));
      if (!claim || claim.metadata.deletionTimestamp) return [];
      const present = claim.metadata.ownerReferences ?? [];
      const others = present.filter(({ kind, uid }) => uid !== set.metadata.uid && kind !== 'Pod');
      const owners = [...others, ...ownersOf({ set, pod, isCondemned: !wanted.has(ordinal) })];
      const uids = (list: OwnerReference[]): string =>
        list
          .map(({ uid }) => uid)
          .sort()
          .join();
      return uids(owners) === uids(present) ? [] : [{ claim, owners }];
    });
  });
}

function ownersOf({ set, pod, isCondemned }: { set: StatefulSet; pod: Pod; isCondemned: boolean }): OwnerReference[] {
  const policy = set.spec?.persistentVolumeClaimRetentionPolicy;
  // Only a claim whose pod is to go for good may go with it; a pod that is merely restarted keeps its data.
  if (policy?.whenScaled === 'Delete' && isCondemned) {
    return [{ apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid }];
  }
  if (policy?.whenDeleted !== 'Delete') return [];
  return [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: set.metadata.name, uid: set.metadata.uid }];
}
