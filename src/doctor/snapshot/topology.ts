// In which zone, or on which host, does a volume lie?

import type { NodeSelectorTerm, PersistentVolume } from '../../apis/core/generated/v1.ts';
import type { Snapshot } from './snapshot.ts';

export type Level = 'host' | 'zone';

/** Keys of zones end alike, whoever made them: `topology.kubernetes.io/zone`, `topology.ebs.csi.aws.com/zone`. */
const isKey: Record<Level, (key: string) => boolean> = {
  host: (key) => key === 'kubernetes.io/hostname' || key.endsWith('/hostname'),
  zone: (key) => key.endsWith('/zone'),
};

/** Places that the volume can be reached from; empty if its affinity says nothing of that level. */
export function placesOf({ spec }: PersistentVolume, level: Level): string[] {
  const places: string[] = [];
  const terms: readonly NodeSelectorTerm[] = spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  for (const { matchExpressions = [] } of terms)
    for (const { key, operator, values = [] } of matchExpressions)
      if (operator === 'In' && isKey[level](key)) places.push(...values);
  return places;
}

/** Places that the cluster's nodes are in. */
export function placesOfNodes(snapshot: Snapshot, level: Level): ReadonlySet<string> {
  const labels = snapshot.all('nodes').map(({ metadata }) => Object.entries(metadata.labels ?? {}));
  return new Set(labels.flatMap((each) => each.filter(([key]) => isKey[level](key)).map(([, value]) => value)));
}
