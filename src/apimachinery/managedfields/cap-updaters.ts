// How many managers does an object remember? The oldest updaters become one.
// Source: apimachinery/pkg/util/managedfields/internal capmanagers.

import { union } from '../fieldpath/field-set.ts';
import { type Managers, managerKey, type Ownership } from './managers.ts';

const updatersMax = 10;
const bucketManager = 'ancient-changes';

/** The managers with the oldest of more than ten updaters merged, one bucket for each version. */
export function capUpdaters(managers: Managers): Managers {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update').sort(byAge);
  if (updaters.length <= updatersMax) return managers;

  const result = new Map(managers);
  const firstOfVersion = new Map<string, string>();
  let excess = updaters.length - updatersMax;
  for (const [key, ownership] of updaters) {
    if (excess === 0) break;
    const first = firstOfVersion.get(ownership.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(ownership.apiVersion, key);
      continue;
    }
    const id = {
      manager: bucketManager,
      operation: 'Update' as const,
      apiVersion: ownership.apiVersion,
      subresource: '',
    };
    const bucket = managerKey(id);
    const collected = result.get(bucket) ?? result.get(first) ?? ownership;
    if (!result.has(bucket)) result.delete(first);
    result.set(bucket, { ...id, time: ownership.time, set: union(ownership.set, collected.set) });
    if (key !== bucket) result.delete(key);
    excess--;
  }
  return result;
}

function byAge([leftKey, left]: [string, Ownership], [rightKey, right]: [string, Ownership]): number {
  const [a, b] = [left.time ?? '', right.time ?? ''];
  if (a !== b) return a < b ? -1 : 1;
  return leftKey < rightKey ? -1 : 1;
}
