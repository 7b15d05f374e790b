// Which claims belong to a StatefulSet? `<template>-<set>-<ordinal>`, for its present ordinals.

import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { Snapshot } from './snapshot.ts';

export interface SetClaim {
  claim: PersistentVolumeClaim;
  /** Name of the volumeClaimTemplate. */
  template: string;
}

/** Claims of the set that are known, by template and then by ordinal. */
export function claimsOfSet(snapshot: Snapshot, set: StatefulSet): readonly SetClaim[] {
  const known = snapshot.remember('claimsOfSet', () => new Map<StatefulSet, readonly SetClaim[]>());
  const found = known.get(set) ?? findClaims(snapshot, set);
  known.set(set, found);
  return found;
}

function findClaims(snapshot: Snapshot, { metadata, spec }: StatefulSet): SetClaim[] {
  const { namespace = '', name: setName } = metadata;
  const start = spec?.ordinals?.start ?? 0;
  const end = start + (spec?.replicas ?? 1);
  const claims: SetClaim[] = [];
  for (const { metadata: { name: template = '' } = {} } of spec?.volumeClaimTemplates ?? [])
    for (let ordinal = start; ordinal < end; ordinal += 1) {
      const claim = snapshot.find('claims', { namespace, name: `${template}-${setName}-${ordinal}` });
      if (claim) claims.push({ claim, template });
    }
  return claims;
}
