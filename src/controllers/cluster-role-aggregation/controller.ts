// When do the rules of aggregated ClusterRoles change? Whenever any ClusterRole does.

import type { Resource } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import type { ClusterRole } from '../../apis/rbac/generated/v1.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { reconcileAggregation } from './reconcile.ts';

const clusterRoles: Resource<ClusterRole> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
};

/** Fills in the rules of aggregated ClusterRoles. Its client must be allowed to escalate. */
export function clusterRoleAggregationController(deps: ControllerDeps): Controller {
  const { client, informers } = deps;
  const all = informers.of(clusterRoles);
  return keyedController(
    {
      name: 'clusterrole-aggregation-controller',
      watch: (enqueue) =>
        all.onChange(() => {
          for (const role of all.list()) if (role.aggregationRule) enqueue(role.metadata.name);
        }),
      async reconcileKey(key, signal) {
        const role = all.get(key);
        const step = reconcileAggregation(role, all.list());
        if (!role || step.type === 'Settled') return { requeue: 'never' };
        try {
          await client.update(clusterRoles, { ...role, rules: step.rules }, signal);
        } catch (error) {
          if (!isStatus(error, 'NotFound')) throw error;
        }
        return { requeue: 'now' };
      },
    },
    deps,
  );
}
