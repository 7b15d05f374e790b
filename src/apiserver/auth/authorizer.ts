// May this user do this? Masters may do all, nodes what their pods need, and everyone what roles grant them.

import { StatusError } from '../../apimachinery/status-error.ts';
import type { UserInfo } from '../types.ts';
import type { Attributes } from './attributes.ts';
import { type NodeFacts, nodeRefusal } from './node-authorizer.ts';
import { nodeNameOf } from './node-identity.ts';
import { rememberedGrants } from './rbac/remembered-grants.ts';
import type { Grant, RoleSource } from './rbac/resolver.ts';
import { ruleAllows } from './rbac/rules.ts';

/** The group that no role can take anything from. */
export const mastersGroup = 'system:masters';

/** Upstream's decision: allowed, or no one had an opinion in favour. */
export interface Decision {
  isAllowed: boolean;
  /** Through what it is allowed, or what stood in the way; may be empty. */
  reason: string;
}

export interface Authorizer {
  decide(user: UserInfo, asked: Attributes): Decision;
  /** What RBAC grants the user in `namespace`, for those who list it or want to hand it on. */
  grantsOf(user: UserInfo, namespace: string): Iterable<Grant>;
}

/** The authorizer over the state that `roles` and `facts` show. */
export function createAuthorizer({ roles, facts }: { roles: RoleSource; facts: NodeFacts }): Authorizer {
  const grantsOf = rememberedGrants(roles);
  return {
    decide: (user, asked) => decide(user, asked, { grantsOf, facts }),
    grantsOf,
  };
}

function decide(
  user: UserInfo,
  asked: Attributes,
  { grantsOf, facts }: { grantsOf: Authorizer['grantsOf']; facts: NodeFacts },
): Decision {
  if (user.groups.includes(mastersGroup)) return { isAllowed: true, reason: '' };
  const reasons: string[] = [];
  const nodeName = nodeNameOf(user);
  if (nodeName !== undefined && asked.isResource) {
    const why = nodeRefusal(nodeName, asked, facts);
    if (why === undefined) return { isAllowed: true, reason: '' };
    reasons.push(why);
  }
  const granted = rbacDecision(user, asked, grantsOf);
  if (granted.isAllowed) return granted;
  if (granted.reason) reasons.push(granted.reason);
  return { isAllowed: false, reason: reasons.join('\n') };
}

function rbacDecision(user: UserInfo, asked: Attributes, grantsOf: Authorizer['grantsOf']): Decision {
  const missing: string[] = [];
  for (const grant of grantsOf(user, asked.isResource ? asked.namespace : '')) {
    if ('missing' in grant) missing.push(grant.missing);
    else if (ruleAllows(grant.rule, asked)) return { isAllowed: true, reason: `RBAC: allowed by ${grant.source}` };
  }
  return { isAllowed: false, reason: missing.length === 0 ? '' : `RBAC: ${errorList(missing)}` };
}

/** Several errors as apimachinery's Aggregate writes them. */
function errorList(errors: string[]): string {
  const unique = [...new Set(errors)];
  return unique.length === 1 ? (unique[0] as string) : `[${unique.join(', ')}]`;
}

/** Rejects what the authorizer does not allow. Throws Forbidden with upstream's text. */
export function requireAllowed(authorizer: Authorizer, user: UserInfo, asked: Attributes): void {
  const { isAllowed, reason } = authorizer.decide(user, asked);
  if (!isAllowed) throw forbiddenError(user, asked, { why: reason, headers: textAsSent });
}

/** The message repeats what the client sent: no browser shall take it for more. Source: apiserver's responsewriters.Forbidden. */
export const textAsSent = { 'x-content-type-options': 'nosniff' };

/** `pods "x" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "default": why`. */
export function forbiddenError(
  user: UserInfo,
  asked: Attributes,
  { why, headers }: { why: string; headers?: Record<string, string> },
): StatusError {
  const message = `${what(user, asked)}${why ? `: ${why}` : ''}`;
  if (!asked.isResource)
    return new StatusError('Forbidden', `forbidden: ${message}`, { details: {}, ...(headers && { headers }) });
  const { group, resource, name } = asked;
  const groupResource = group === '' ? resource : `${resource}.${group}`;
  const subject = name === '' ? groupResource : `${groupResource} ${JSON.stringify(name)}`;
  return new StatusError('Forbidden', `${subject} is forbidden: ${message}`, {
    details: { ...(name !== '' && { name }), ...(group !== '' && { group }), kind: resource },
    ...(headers && { headers }),
  });
}

function what(user: UserInfo, asked: Attributes): string {
  const name = JSON.stringify(user.name);
  if (!asked.isResource) return `User ${name} cannot ${asked.verb} path ${JSON.stringify(asked.path)}`;
  const { verb, group, resource, subresource, namespace } = asked;
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  const scope = namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `User ${name} cannot ${verb} resource ${JSON.stringify(path)} in API group ${JSON.stringify(group)} ${scope}`;
}
