// Which kinds have to be read from a cluster for a choice of rules?

import type { Rule } from '../rule.ts';
import { type KindName, kindNames } from './kinds.ts';

/** Read only where a rule asks: the names of Secrets are nobody's business, and every kubelet takes a request. */
const onDemand: readonly KindName[] = ['secrets', 'volumeStats', 'pools', 'disks', 'logs', 'etcdMembers'];

/** All but what is read on demand: proofs and causes may stand in any kind, whatever a rule needs to run. */
export function kindsFor(rules: readonly Rule[]): KindName[] {
  const needed = new Set(rules.flatMap(({ needs, reads = [] }) => [...needs, ...reads]));
  return kindNames.filter((kind) => needed.has(kind) || !onDemand.includes(kind));
}
