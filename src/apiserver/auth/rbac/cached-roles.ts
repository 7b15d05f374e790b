// Where do roles and bindings come from? From the watch cache, as its newest state has them.

import type { KubeObject } from '../../../apimachinery/meta.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../../apis/rbac/generated/v1.ts';
import type { WatchCache } from '../../cache/watch-cache.ts';
import { cachedObject, cachedObjects, cachedRevision } from '../../registry/cached-objects.ts';
import type { RoleSource } from './resolver.ts';

const group = 'rbac.authorization.k8s.io';

/** The roles of a running server. Objects are shared: never change them. */
export function cachedRoles(cache: WatchCache): RoleSource {
  const one = <T extends KubeObject>(plural: string, key: string): T | undefined =>
    cachedObject<T>({ cache }, { group, plural, key });
  const plurals = ['clusterroles', 'roles', 'clusterrolebindings', 'rolebindings'];
  return {
    // Revisions are the whole store's: the newest one grows with every change.
    version: () => Math.max(...plurals.map((plural) => cachedRevision({ cache }, { group, plural }))),
    clusterRole: (name) => one<ClusterRole>('clusterroles', name),
    role: (namespace, name) => one<Role>('roles', `${namespace}/${name}`),
    clusterRoleBindings: () => cachedObjects<ClusterRoleBinding>({ cache }, { group, plural: 'clusterrolebindings' }),
    roleBindings: (namespace) => cachedObjects<RoleBinding>({ cache }, { group, plural: 'rolebindings', namespace }),
  };
}
