// Which rules apply to a user? From bindings to roles, as they are now.
// Source: pkg/registry/rbac/validation.DefaultRuleResolver.

import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '../../../apis/rbac/generated/v1.ts';
import type { UserInfo } from '../../types.ts';
import { serviceAccountUser } from '../service-account-user.ts';

/** Roles and bindings, wherever they are. */
export interface RoleSource {
  /** Another number after every change. */
  version(): number;
  clusterRole(name: string): ClusterRole | undefined;
  role(namespace: string, name: string): Role | undefined;
  clusterRoleBindings(): Iterable<ClusterRoleBinding>;
  roleBindings(namespace: string): Iterable<RoleBinding>;
}

/** A rule that applies, and through which binding; or a binding whose role is missing. */
export type Grant = { rule: PolicyRule; source: string } | { missing: string };

/** Every grant that `user` has in `namespace`; only those of the whole cluster if it is empty. */
export function* grantsOf(user: UserInfo, namespace: string, roles: RoleSource): Generator<Grant> {
  for (const binding of roles.clusterRoleBindings()) {
    const subject = subjectOf(user, binding.subjects, '');
    if (subject) yield* grantsThrough(binding, { subject, namespace: '' }, roles);
  }
  if (namespace === '') return;
  for (const binding of roles.roleBindings(namespace)) {
    const subject = subjectOf(user, binding.subjects, namespace);
    if (subject) yield* grantsThrough(binding, { subject, namespace }, roles);
  }
}

/** Rules of the role that a binding refers to. Throws nothing: a role that is missing is undefined. */
export function rulesOfRole(ref: RoleRef, namespace: string, roles: RoleSource): PolicyRule[] | undefined {
  const role = ref.kind === 'Role' ? roles.role(namespace, ref.name) : roles.clusterRole(ref.name);
  return role && (role.rules ?? []);
}

/** `clusterrole.rbac.authorization.k8s.io "x" not found`. */
export function missingRole(ref: RoleRef): string {
  return `${ref.kind === 'Role' ? 'role' : 'clusterrole'}.rbac.authorization.k8s.io "${ref.name}" not found`;
}

function* grantsThrough(
  binding: ClusterRoleBinding | RoleBinding,
  { subject, namespace }: { subject: Subject; namespace: string },
  roles: RoleSource,
): Generator<Grant> {
  const { roleRef, metadata } = binding;
  const rules = rulesOfRole(roleRef, namespace, roles);
  if (!rules) {
    yield { missing: missingRole(roleRef) };
    return;
  }
  const bindingName = namespace === '' ? metadata.name : `${metadata.name}/${namespace}`;
  const kind = namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding';
  const source = `${kind} "${bindingName}" of ${roleRef.kind} "${roleRef.name}" to ${describe(subject, namespace)}`;
  for (const rule of rules) yield { rule, source };
}

function subjectOf(user: UserInfo, subjects: Subject[] | undefined, namespace: string): Subject | undefined {
  return subjects?.find((subject) => isSubject(user, subject, namespace));
}

/** Is `user` meant? A service account without a namespace is one of the binding's own. */
function isSubject(user: UserInfo, { kind, name, namespace: own }: Subject, namespace: string): boolean {
  if (kind === 'User') return user.name === name;
  if (kind === 'Group') return user.groups.includes(name);
  if (kind !== 'ServiceAccount') return false;
  const where = own || namespace;
  return where !== '' && user.name === serviceAccountUser(where, name);
}

function describe({ kind, name, namespace: own }: Subject, namespace: string): string {
  return kind === 'ServiceAccount' ? `${kind} "${name}/${own || namespace}"` : `${kind} "${name}"`;
}
