// Which objects belong to a backup or a restore? Velero's filters, as pure functions.

import { groupResourceOf, type KubeObject, type LabelSelector, type Resource } from '../apimachinery/meta.ts';
import { matchesSelector, selectorOf } from '../apimachinery/selectors.ts';
import { type BackupSpec, veleroKeys } from '../apis/velero/types.ts';

export interface NameFilter {
  /** None or `*` means every name. `*` also stands for any part of a name. */
  included?: string[] | null | undefined;
  excluded?: string[] | null | undefined;
}

/** Is `name` among the included and not among the excluded ones? */
export function isIncluded(name: string, { included, excluded }: NameFilter): boolean {
  const isNamed = !included?.length || included.some((pattern) => matchesPattern(name, pattern));
  return isNamed && !excluded?.some((pattern) => matchesPattern(name, pattern));
}

function matchesPattern(name: string, pattern: string): boolean {
  if (!pattern.includes('*')) return name === pattern;
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(name);
}

/** Does a filter name this resource? By plural, plural.group or kind in lower case. */
export function isResourceIncluded(resource: Resource, { included, excluded }: NameFilter): boolean {
  const names = [resource.plural, groupResourceOf(resource), resource.kind.toLowerCase()];
  const isNamed = (patterns: string[]): boolean =>
    patterns.some((pattern) => names.some((name) => matchesPattern(name, pattern.toLowerCase())));
  return (!included?.length || isNamed(included)) && !(excluded?.length && isNamed(excluded));
}

/** Cluster-scoped objects: all that the filters let through, only those that included objects need, or none. */
export type ClusterScope = 'all' | 'related' | 'none';

/** Velero's rule for cluster-scoped objects: a whole-cluster backup takes them all, a part of it what it needs. */
export function clusterScopeOf(spec: BackupSpec): ClusterScope {
  if (spec.includeClusterResources === true) return 'all';
  if (spec.includeClusterResources === false) return 'none';
  if (spec.includedClusterScopedResources?.length) return 'all';
  if (spec.excludedClusterScopedResources?.includes('*')) return 'none';
  const isPart = spec.includedNamespaces?.some((name) => name !== '*') || Boolean(spec.excludedNamespaces?.length);
  return isPart || spec.labelSelector || spec.orLabelSelectors?.length ? 'related' : 'all';
}

/** The filter for resources of that scope. Velero's scoped filters replace the plain ones. */
export function resourceFilterOf(spec: BackupSpec, options: { namespaced: boolean }): NameFilter {
  const [scopedIn, scopedOut] = options.namespaced
    ? [spec.includedNamespaceScopedResources, spec.excludedNamespaceScopedResources]
    : [spec.includedClusterScopedResources, spec.excludedClusterScopedResources];
  return {
    included: scopedIn?.length ? scopedIn : spec.includedResources,
    excluded: [...(scopedOut ?? []), ...(spec.excludedResources ?? [])],
  };
}

export interface LabelFilter {
  labelSelector?: LabelSelector | null;
  orLabelSelectors?: LabelSelector[] | null;
}

/** Do the object's labels let it in? `velero.io/exclude-from-backup=true` always keeps it out. */
export function isSelectedByLabels(object: KubeObject, { labelSelector, orLabelSelectors }: LabelFilter): boolean {
  const labels = object.metadata.labels;
  if (labels?.[veleroKeys.excludeFromBackup] === 'true') return false;
  if (labelSelector) return matchesSelector(selectorOf(labelSelector), labels);
  if (orLabelSelectors?.length) return orLabelSelectors.some((each) => matchesSelector(selectorOf(each), labels));
  return true;
}

/** Problems of a spec's filters, in Velero's words; empty if there are none. */
export function filterProblems(spec: {
  includedNamespaces?: string[] | null;
  excludedNamespaces?: string[] | null;
  includedResources?: string[] | null;
  excludedResources?: string[] | null;
  labelSelector?: LabelSelector | null;
  orLabelSelectors?: LabelSelector[] | null;
}): string[] {
  const problems: string[] = [];
  const compare = (what: string, included?: string[] | null, excluded?: string[] | null): void => {
    if (included && included.length > 1 && included.includes('*')) {
      problems.push(
        `Invalid included/excluded ${what} lists: includes list must either contain '*' only, or a non-empty list of items`,
      );
    }
    if (excluded?.includes('*'))
      problems.push(`Invalid included/excluded ${what} lists: excludes list cannot contain '*'`);
    for (const name of excluded ?? []) {
      if (included?.includes(name)) {
        problems.push(
          `Invalid included/excluded ${what} lists: excludes list cannot contain an item in the includes list: ${name}`,
        );
      }
    }
  };
  compare('namespace', spec.includedNamespaces, spec.excludedNamespaces);
  compare('resource', spec.includedResources, spec.excludedResources);
  if (spec.labelSelector && spec.orLabelSelectors?.length) {
    problems.push('encountered labelSelector as well as orLabelSelectors in backup spec, only one can be specified');
  }
  return problems;
}
