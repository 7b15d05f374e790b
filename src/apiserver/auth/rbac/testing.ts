// What do the tests of RBAC share? Roles and bindings in lists instead of a cluster.

import type { Draft } from '../../../apimachinery/meta.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../../apis/rbac/generated/v1.ts';
import type { RoleSource } from './resolver.ts';

interface RoleLists {
  clusterRoles?: Draft<ClusterRole>[];
  clusterRoleBindings?: Draft<ClusterRoleBinding>[];
  roles?: Draft<Role>[];
  roleBindings?: Draft<RoleBinding>[];
}

/** A RoleSource over lists that do not change. */
export function rolesOf(lists: RoleLists): RoleSource {
  const { clusterRoles = [], clusterRoleBindings = [], roles = [], roleBindings = [] } = lists;
  return {
    version: () => 0,
    clusterRole: (name) => clusterRoles.find(({ metadata }) => metadata.name === name) as ClusterRole | undefined,
    role: (namespace, name) =>
      roles.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace) as Role | undefined,
    clusterRoleBindings: () => clusterRoleBindings as ClusterRoleBinding[],
    roleBindings: (namespace) =>
      roleBindings.filter(({ metadata }) => metadata.namespace === namespace) as RoleBinding[],
  };
}
