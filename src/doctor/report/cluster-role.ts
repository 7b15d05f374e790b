// Which rights do the rules need? The least ClusterRole, made from what they read.

import { stringify } from 'yaml';
import { grouped } from '../../base/grouped.ts';
import { backendKinds } from '../read/backends.ts';
import { storePaths } from '../read/cluster/read-store.ts';
import type { Rule } from '../rule.ts';
import { isListed, type KindName, kindRows } from '../snapshot/kinds.ts';
import { kindsFor } from '../snapshot/needed-kinds.ts';

const name = 'amarre-doctor';

type PolicyRule =
  | { apiGroups: string[]; resources: string[]; verbs: string[] }
  | { nonResourceURLs: string[]; verbs: string[] };

/** The role as YAML, with comments for what is worth a second thought. Only lists objects; nothing is ever written. */
export function renderClusterRole(rules: readonly Rule[]): string {
  const kinds = kindsFor(rules);
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name },
    rules: policyRules(kinds),
  };
  return `# What ${rules.length} rules of amarre doctor read. It needs no other right, and never writes.\n${caveats(rules, kinds)}${stringify(role)}`;
}

export function policyRules(kinds: readonly KindName[]): PolicyRule[] {
  const byGroup = new Map<string, string[]>();
  for (const kind of kinds) {
    if (!isListed(kind)) continue;
    const { resource } = kindRows[kind];
    byGroup.set(resource.group, [...(byGroup.get(resource.group) ?? []), resource.plural]);
  }
  const lists = [...byGroup].map(([group, resources]) => ({ apiGroups: [group], resources, verbs: ['list'] }));
  return [...lists, ...backendLists(kinds), ...askedRules(kinds)];
}

/** Kinds of drivers that show what lies behind them; those that are not installed do no harm here. */
function backendLists(kinds: readonly KindName[]): PolicyRule[] {
  const wanted = backendKinds.filter(
    ({ pools, disks }) => (pools && kinds.includes('pools')) || (disks && kinds.includes('disks')),
  );
  const byGroup = grouped(wanted, ({ resource }) => resource.group);
  return [...byGroup].map(([group, members]) => ({
    apiGroups: [group],
    resources: members.map(({ resource }) => resource.plural),
    verbs: ['list'],
  }));
}

function askedRules(kinds: readonly KindName[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  if (asksKubelets(kinds)) rules.push({ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] });
  if (kinds.includes('policyMaps')) rules.push({ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] });
  if (kinds.includes('etcdMembers')) rules.push({ nonResourceURLs: Object.values(storePaths), verbs: ['get'] });
  return rules;
}

function asksKubelets(kinds: readonly KindName[]): boolean {
  return kinds.includes('volumeStats') || kinds.includes('logs');
}

function caveats(rules: readonly Rule[], kinds: readonly KindName[]): string {
  const of = (kind: KindName): string =>
    rules
      .filter(({ needs, reads = [] }) => needs.includes(kind) || reads.includes(kind))
      .map(({ id }) => id)
      .join(', ');
  const lines = [
    kinds.includes('secrets') &&
      `# secrets: only their names are asked for (${of('secrets')}), but the right to list them is one to read them.\n`,
    asksKubelets(kinds) &&
      `# nodes/proxy: how full volumes are is asked of the kubelets (${of('volumeStats')}), and what they log of orphaned\n# pods (${of('logs')}); kubelets take this right for one to run\n# commands in pods as well, so give it only to whom you would give that.\n`,
    kinds.includes('policyMaps') &&
      `# configmaps: only those that schedules and backups name as their resource policy (${of('policyMaps')}). They lie in the\n# namespace of Velero: a Role there, in place of this rule, is enough.\n`,
  ].filter((line) => line !== false);
  const more = lines.length > 0 ? '# Without a right, the rules that need it are listed as not run.\n' : '';
  return `${lines.join('')}${more}`;
}
