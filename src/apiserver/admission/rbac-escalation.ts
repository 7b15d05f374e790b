// May someone hand on these rights? Only who has them, or who may escalate or bind.
// Source: pkg/registry/rbac/{clusterrole,role,clusterrolebinding,rolebinding}/policybased.

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { notFound } from '../../apimachinery/status-error.ts';
import type { ClusterRole, PolicyRule, RoleBinding } from '../../apis/rbac/generated/v1.ts';
import { resourceAttributes } from '../auth/attributes.ts';
import { mastersGroup } from '../auth/authorizer.ts';
import { cachedRoles } from '../auth/rbac/cached-roles.ts';
import { rulesOfRole } from '../auth/rbac/resolver.ts';
import { compactRules, quotedList, ruleText, uncovered } from '../auth/rbac/rules.ts';
import type { Operation } from '../registry/context.ts';
import type { UserInfo } from '../types.ts';
import type { AdmissionRequest } from './chain.ts';
import { forbiddenBy } from './forbidden.ts';

const group = 'rbac.authorization.k8s.io';
const everything: PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** Refuses roles and bindings that would give rights which their author does not have. Throws Forbidden or NotFound. */
export async function rbacEscalation({ verb, operation, object, old }: AdmissionRequest): Promise<void> {
  const { entry, user, info } = operation;
  if (verb === 'DELETE' || entry.definition.resource.group !== group || info.subresource !== '') return;
  if (!object || user.groups.includes(mastersGroup) || (old && isForCollection(object, old))) return;
  await operation.cache.caughtUp(operation.signal);
  const { name } = object.metadata;
  const { kind } = entry.definition.resource;
  if (kind === 'Role' || kind === 'ClusterRole') refuseRole(operation, name, { role: object, before: old });
  else refuseBinding(operation, name, object as RoleBinding);
}

/**
 * Is nothing changed but what the garbage collector must, which has few rights? Anything else hands rights on: by its labels a
 * role becomes part of others, whoever wrote its rules. Source: pkg/registry/rbac IsOnlyMutatingGCFields.
 */
function isForCollection(object: KubeObject, before: KubeObject): boolean {
  return semanticallyEqual(withoutOwners(object), withoutOwners(before));
}

function withoutOwners({ metadata, ...rest }: KubeObject): object {
  const own: Partial<KubeObject['metadata']> = { ...metadata };
  for (const field of ['ownerReferences', 'finalizers', 'managedFields', 'resourceVersion'] as const) delete own[field];
  return { ...rest, metadata: own };
}

function refuseRole(
  operation: Operation,
  name: string,
  { role, before }: { role: ClusterRole; before: ClusterRole | undefined },
): void {
  // By the name in the path: what is new has none there.
  const asked = { resource: operation.entry.definition.resource.plural, name: operation.info.name };
  if (mayInstead(operation, { verb: 'escalate', ...asked })) return;
  const why = missingRights(operation, role.rules ?? []);
  if (why) throw forbiddenBy(operation, name, { why });
  if (!role.aggregationRule && !before?.aggregationRule) return;
  // What is aggregated may become anything later on.
  if (missingRights(operation, everything))
    throw forbiddenBy(operation, name, { why: 'must have cluster-admin privileges to use an aggregationRule' });
}

function refuseBinding(operation: Operation, name: string, { roleRef }: RoleBinding): void {
  const resource = roleRef.kind === 'Role' ? 'roles' : 'clusterroles';
  if (mayInstead(operation, { verb: 'bind', resource, name: roleRef.name })) return;
  const rules = rulesOfRole(roleRef, operation.info.namespace, cachedRoles(operation.cache));
  if (!rules) throw notFound(`${resource}.${group}`, roleRef.name);
  const why = missingRights(operation, rules);
  if (why) throw forbiddenBy(operation, name, { why });
}

/** Has the user the verb that stands for all rights of the role? */
function mayInstead(
  { access, user, info }: Operation,
  asked: { verb: string; resource: string; name: string },
): boolean {
  const { namespace } = info;
  return access.authorizer.decide(user, resourceAttributes({ ...asked, group, namespace })).isAllowed;
}

/** `user "jane" (groups=["devs"]) is attempting to grant RBAC permissions not currently held:…`; undefined if all are held. */
function missingRights({ access, user, info }: Operation, wanted: PolicyRule[]): string | undefined {
  const owned: PolicyRule[] = [];
  for (const grant of access.authorizer.grantsOf(user, info.namespace)) if ('rule' in grant) owned.push(grant.rule);
  const missing = compactRules(uncovered(owned, wanted));
  if (missing.length === 0) return undefined;
  const lines = [...new Set(missing.map(ruleText))].sort();
  return `${describe(user)} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`;
}

function describe({ name, groups }: UserInfo): string {
  return `user ${JSON.stringify(name)} (groups=${quotedList(groups)})`;
}
