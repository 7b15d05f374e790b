// Is a claim that only one pod may use in use? Models plugins/volumerestrictions, ReadWriteOncePod.

import { claimKeysOf } from '../../apis/core/claims.ts';
import type { Filter } from '../view.ts';

export const volumeRestrictions: Filter = ({ pod, cluster }) => {
  const exclusive = claimKeysOf(pod).filter((key) =>
    cluster.claims.get(key)?.spec?.accessModes?.includes('ReadWriteOncePod'),
  );
  if (exclusive.length === 0) return [];
  const isUsed = [...cluster.podsByNode.values()].flat().some((other) => {
    if (other.metadata.uid === pod.metadata.uid) return false;
    const keys = claimKeysOf(other);
    return exclusive.some((key) => keys.includes(key));
  });
  return isUsed
    ? [
        'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
      ]
    : [];
};
