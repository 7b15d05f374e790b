// Does the user want some objects backed up before others? Reads Backup `spec.orderedResources`.

import type { BackupItem } from './items.ts';

/** Items with those that `spec.orderedResources` names first, in its order; the rest keeps its place. */
export function inBackupOrder(
  items: BackupItem[],
  orderedResources: Record<string, string> | null | undefined,
): BackupItem[] {
  const ranks = new Map<string, number>();
  for (const [resource, list] of Object.entries(orderedResources ?? {})) {
    for (const name of list.split(',')) ranks.set(`${resource} ${name.trim()}`, ranks.size);
  }
  const rank = (item: BackupItem): number => {
    const name = item.namespace === undefined ? item.name : `${item.namespace}/${item.name}`;
    const plural = item.groupResource.split('.')[0];
    return ranks.get(`${item.groupResource} ${name}`) ?? ranks.get(`${plural} ${name}`) ?? Number.POSITIVE_INFINITY;
  };
  return items
    .map((item, index) => ({ item, index, rank: rank(item) }))
    .sort((a, b) => (a.rank === b.rank ? a.index - b.index : a.rank - b.rank))
    .map(({ item }) => item);
}
