// What does one RBAC rule allow, and do some rules cover another? Pure.
// Source: plugin/pkg/auth/authorizer/rbac and component-helpers/auth/rbac/validation.

import type { PolicyRule } from '../../../apis/rbac/generated/v1.ts';
import type { Attributes } from '../attributes.ts';

/** Does `rule` allow what is asked? */
export function ruleAllows(rule: PolicyRule, asked: Attributes): boolean {
  if (!matches(rule.verbs, asked.verb)) return false;
  if (!asked.isResource) return (rule.nonResourceURLs ?? []).some((url) => urlCovers(url, asked.path));
  const { group, resource, subresource, name } = asked;
  const names = rule.resourceNames ?? [];
  return (
    matches(rule.apiGroups ?? [], group) &&
    (rule.resources ?? []).some((each) => resourceMatches(each, resource, subresource)) &&
    (names.length === 0 || names.includes(name))
  );
}

function matches(values: readonly string[], value: string): boolean {
  return values.includes('*') || values.includes(value);
}

/** `*` is everything, `pods` the resource alone, `pods/log` one subresource, and `x/scale` with a star the subresource of all. */
function resourceMatches(pattern: string, resource: string, subresource: string): boolean {
  if (pattern === '*') return true;
  if (subresource === '') return pattern === resource;
  return pattern === `${resource}/${subresource}` || pattern === `*/${subresource}`;
}

/** `/healthz/*` covers what begins with `/healthz/`; only a star at the end counts. */
function urlCovers(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''));
}

/** What of `wanted` no rule of `owned` covers, each as a rule of one verb, group, resource and name. Empty means covered. */
export function uncovered(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(singleRules).filter((single) => !owned.some((rule) => ruleCovers(rule, single)));
}

/** A rule taken apart into rules that name one of each. */
function singleRules(rule: PolicyRule): PolicyRule[] {
  const singles: PolicyRule[] = [];
  for (const verb of rule.verbs) {
    for (const url of rule.nonResourceURLs ?? []) singles.push({ verbs: [verb], nonResourceURLs: [url] });
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const one = { verbs: [verb], apiGroups: [group], resources: [resource] };
        const names = rule.resourceNames ?? [];
        if (names.length === 0) singles.push(one);
        else singles.push(...names.map((name) => ({ ...one, resourceNames: [name] })));
      }
    }
  }
  return singles;
}

function ruleCovers(owner: PolicyRule, single: PolicyRule): boolean {
  const [url] = single.nonResourceURLs ?? [];
  if (!matches(owner.verbs, single.verbs[0] as string)) return false;
  if (url !== undefined) return (owner.nonResourceURLs ?? []).some((each) => urlPatternCovers(each, url));
  const [group = '', resource = ''] = [single.apiGroups?.[0], single.resources?.[0]];
  const [main, subresource] = splitResource(resource);
  const names = owner.resourceNames ?? [];
  const [name] = single.resourceNames ?? [];
  return (
    matches(owner.apiGroups ?? [], group) &&
    (owner.resources ?? []).some((each) => resourceMatches(each, main, subresource)) &&
    // An owner of some names does not own all of them.
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

/** As `urlCovers`, for a wanted URL that may be a pattern itself. */
function urlPatternCovers(owned: string, wanted: string): boolean {
  if (owned === '*' || owned === wanted) return true;
  if (!owned.endsWith('*')) return false;
  const prefix = owned.replace(/\*+$/, '');
  return wanted.startsWith(prefix) && wanted.replace(/\*+$/, '').startsWith(prefix);
}

function splitResource(resource: string): [string, string] {
  const at = resource.indexOf('/');
  return at < 0 ? [resource, ''] : [resource.slice(0, at), resource.slice(at + 1)];
}

/** Rules about one resource alone become one rule with all their verbs. Source: validation.CompactRules. */
export function compactRules(rules: readonly PolicyRule[]): PolicyRule[] {
  const compacted = new Map<string, PolicyRule>();
  const kept: PolicyRule[] = [];
  for (const rule of rules) {
    const { verbs, ...rest } = rule;
    const isSimple = rule.apiGroups?.length === 1 && rule.resources?.length === 1 && !rule.nonResourceURLs?.length;
    if (!isSimple || (rule.resourceNames?.length ?? 0) > 1) {
      kept.push(rule);
      continue;
    }
    const key = JSON.stringify([rest.apiGroups, rest.resources, rest.resourceNames ?? []]);
    const known = compacted.get(key);
    compacted.set(key, { ...rest, verbs: [...new Set([...(known?.verbs ?? []), ...verbs])] });
  }
  return [...compacted.values(), ...kept];
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. Source: rbac/v1 CompactString. */
export function ruleText(rule: PolicyRule): string {
  const parts = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ] as const;
  const filled = parts.filter(([, values]) => (values?.length ?? 0) > 0);
  return `{${filled.map(([name, values]) => `${name}:${quotedList(values ?? [])}`).join(', ')}}`;
}

/** A list of strings as Go's `%q` writes it: `["a" "b"]`. */
export function quotedList(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}
