// In which order do the items of a merged list stand? Source: strategicpatch.normalizeElementOrder.

export interface Ordering {
  /** Identity of an item within its list. */
  keyOf: (item: unknown) => string;
  /** Items in the order that the patch wants. */
  wanted: unknown[];
  /** Items in the order that they had. */
  had: unknown[];
}

/**
 * Items that the patch names stand in its order, all others in the order they had; between the two
 * orders, the old one decides as far as it can.
 */
export function orderMerged(items: unknown[], { keyOf, wanted, had }: Ordering): unknown[] {
  const wantedRank = ranks(wanted.map(keyOf));
  const hadRank = ranks(had.map(keyOf));
  const named = items.filter((item) => wantedRank.has(keyOf(item)));
  const others = items.filter((item) => !wantedRank.has(keyOf(item)));
  named.sort((a, b) => rank(wantedRank, keyOf(a)) - rank(wantedRank, keyOf(b)));
  others.sort((a, b) => rank(hadRank, keyOf(a)) - rank(hadRank, keyOf(b)));

  const merged: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const place = hadRank.get(keyOf(item));
    while (next < others.length) {
      const otherPlace = hadRank.get(keyOf(others[next]));
      if (place === undefined || otherPlace === undefined || otherPlace > place) break;
      merged.push(others[next++]);
    }
    merged.push(item);
  }
  return [...merged, ...others.slice(next)];
}

function ranks(keys: string[]): Map<string, number> {
  const ranksByKey = new Map<string, number>();
  for (const [index, key] of keys.entries()) if (!ranksByKey.has(key)) ranksByKey.set(key, index);
  return ranksByKey;
}

function rank(map: Map<string, number>, key: string): number {
  return map.get(key) ?? Number.MAX_SAFE_INTEGER;
}
