// What are roles and their bindings to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { pathSegment } from '../../apimachinery/validation.ts';
import { ageColumn, column, createdAtColumn, nameColumn, wideColumn } from '../columns.ts';
import type { PrinterColumn, ResourceDefinition } from '../definition.ts';
import { defineBuiltIn } from '../definition.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from './generated/v1.ts';
import {
  type Binding,
  defaultBinding,
  validateBinding,
  validateBindingUpdate,
  validateClusterRole,
  validateRole,
} from './validation.ts';

const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const;
const roles: Resource<Role> = { ...rbac, plural: 'roles', kind: 'Role', namespaced: true };
const roleBindings: Resource<RoleBinding> = { ...rbac, plural: 'rolebindings', kind: 'RoleBinding', namespaced: true };
const clusterRoles: Resource<ClusterRole> = {
  ...rbac,
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};
const clusterRoleBindings: Resource<ClusterRoleBinding> = {
  ...rbac,
  plural: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
};

const bindingColumns: PrinterColumn<Binding>[] = [
  nameColumn(),
  column('Role', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  ageColumn(),
  wideColumn('Users', (binding) => subjectsOf(binding, 'User')),
  wideColumn('Groups', (binding) => subjectsOf(binding, 'Group')),
  wideColumn('ServiceAccounts', (binding) => subjectsOf(binding, 'ServiceAccount')),
];

/** Roles and bindings, namespaced and cluster-wide. */
export const rbacResources: ResourceDefinition[] = [
  defineBuiltIn<Role>({
    resource: roles,
    nameRule: pathSegment,
    columns: [nameColumn(), createdAtColumn()],
    validateCreate: validateRole,
    validateUpdate: validateRole,
  }),
  defineBuiltIn<RoleBinding>({
    resource: roleBindings,
    nameRule: pathSegment,
    columns: bindingColumns,
    applyDefaults: defaultBinding,
    validateCreate: (binding) => validateBinding(binding, { isNamespaced: true }),
    validateUpdate: (binding, old) => validateBindingUpdate(binding, old, { isNamespaced: true }),
  }),
  defineBuiltIn<ClusterRole>({
    resource: clusterRoles,
    nameRule: pathSegment,
    columns: [nameColumn(), createdAtColumn()],
    validateCreate: validateClusterRole,
    validateUpdate: validateClusterRole,
  }),
  defineBuiltIn<ClusterRoleBinding>({
    resource: clusterRoleBindings,
    nameRule: pathSegment,
    columns: bindingColumns,
    applyDefaults: defaultBinding,
    validateCreate: (binding) => validateBinding(binding, { isNamespaced: false }),
    validateUpdate: (binding, old) => validateBindingUpdate(binding, old, { isNamespaced: false }),
  }),
];

function subjectsOf({ subjects }: Binding, kind: string): string {
  return (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace }) => (kind === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ');
}
