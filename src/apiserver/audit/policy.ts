// Which requests are written down, and how much of them? Policy of audit.k8s.io/v1. Pure.
// Source: apiserver/pkg/audit/policy.

import type { Attributes } from '../auth/attributes.ts';
import type { UserInfo } from '../types.ts';

export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse';
export type AuditStage = 'RequestReceived' | 'ResponseStarted' | 'ResponseComplete' | 'Panic';

interface GroupResources {
  group?: string;
  resources?: string[];
  resourceNames?: string[];
}

export interface PolicyRule {
  level: AuditLevel;
  users?: string[];
  userGroups?: string[];
  verbs?: string[];
  resources?: GroupResources[];
  namespaces?: string[];
  nonResourceURLs?: string[];
  omitStages?: AuditStage[];
  omitManagedFields?: boolean;
}

export interface AuditPolicy {
  rules: PolicyRule[];
  omitStages?: AuditStage[];
  omitManagedFields?: boolean;
}

/** What the policy says about one request. */
export interface AuditDecision {
  level: AuditLevel;
  omitStages: ReadonlySet<AuditStage>;
  omitManagedFields: boolean;
}

/** The first rule that fits decides; a request that none fits is not written down. */
export function auditDecision(policy: AuditPolicy, user: UserInfo | undefined, asked: Attributes): AuditDecision {
  const rule = policy.rules.find((each) => isAbout(each, user, asked));
  return {
    level: rule?.level ?? 'None',
    omitStages: new Set([...(policy.omitStages ?? []), ...(rule?.omitStages ?? [])]),
    omitManagedFields: rule?.omitManagedFields ?? policy.omitManagedFields ?? false,
  };
}

function isAbout(rule: PolicyRule, user: UserInfo | undefined, asked: Attributes): boolean {
  const { users = [], userGroups = [], verbs = [], namespaces = [], resources = [], nonResourceURLs = [] } = rule;
  if (users.length > 0 && !(user && users.includes(user.name))) return false;
  if (userGroups.length > 0 && !user?.groups.some((group) => userGroups.includes(group))) return false;
  if (verbs.length > 0 && !verbs.includes(asked.verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) {
    if (!asked.isResource || (namespaces.length > 0 && !namespaces.includes(asked.namespace))) return false;
    return resources.length === 0 || resources.some((each) => isAboutResource(each, asked));
  }
  if (nonResourceURLs.length === 0) return true;
  return !asked.isResource && nonResourceURLs.some((pattern) => pathMatches(pattern, asked.path));
}

function isAboutResource(
  { group = '', resources = [], resourceNames = [] }: GroupResources,
  asked: Attributes & { isResource: true },
): boolean {
  if (group !== asked.group) return false;
  if (resources.length === 0) return true;
  const { resource, subresource, name } = asked;
  const combined = subresource === '' ? resource : `${resource}/${subresource}`;
  const isNamed = resourceNames.length === 0 || resourceNames.includes(name);
  return resources.some(
    (pattern) =>
      isNamed &&
      (pattern === '*' ||
        pattern === combined ||
        (subresource !== '' && pattern === `*/${subresource}`) ||
        pattern === `${resource}/*`),
  );
}

function pathMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true;
  return pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1));
}

const levels = ['None', 'Metadata', 'Request', 'RequestResponse'];
const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'];

/** A policy from the parsed file. Throws an Error that names the rule and what is wrong with it. */
export function checkedPolicy(value: unknown, path: string): AuditPolicy {
  const fail = (why: string): Error => new Error(`Cannot use the audit policy in ${path}: ${why}`);
  const { apiVersion, kind, rules, omitStages = [] } = (value ?? {}) as Record<string, unknown>;
  if (apiVersion !== 'audit.k8s.io/v1' || kind !== 'Policy')
    throw fail(`it is ${String(apiVersion)} ${String(kind)}, and must be audit.k8s.io/v1 Policy`);
  if (!Array.isArray(rules) || rules.length === 0) throw fail('it has no rules');
  const refuseStages = (found: unknown, where: string): void => {
    if (!Array.isArray(found) || !found.every((stage) => stages.includes(stage as string)))
      throw fail(`omitStages ${where} must be a list of ${stages.join(', ')}`);
  };
  refuseStages(omitStages, 'of the policy');
  for (const [index, rule] of (rules as (Partial<PolicyRule> | null)[]).entries()) {
    const where = `of rule ${index + 1}`;
    if (!levels.includes(rule?.level ?? ''))
      throw fail(`level ${where} is ${String(rule?.level)}, and must be one of ${levels.join(', ')}`);
    if (rule?.omitStages) refuseStages(rule.omitStages, where);
    if (rule?.nonResourceURLs?.length && (rule.resources?.length || rule.namespaces?.length))
      throw fail(
        `rule ${index + 1} is about both resources and nonResourceURLs: rules cannot apply to both regular resources and non-resource URLs`,
      );
  }
  return value as AuditPolicy;
}
