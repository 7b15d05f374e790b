// Which roles and bindings does every cluster start with? The data as objects.

import type { Draft } from '../../../../apimachinery/meta.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from '../../../../apis/rbac/generated/v1.ts';
import { rules } from '../rule-notation.ts';
import { clusterRoleData, events, type RoleData } from './cluster-roles.ts';
import { controllerRoleData } from './controller-roles.ts';
import { backupRules, controllersRules, snapshotEditRules, snapshotViewRules } from './own-roles.ts';

const apiGroup = 'rbac.authorization.k8s.io';
/** With any other value the object is the administrator's own, and left alone. */
export const autoupdateAnnotation = 'rbac.authorization.kubernetes.io/autoupdate';
const aggregateLabel = (name: string): string => `${apiGroup}/aggregate-to-${name}`;

export interface BootstrapPolicy {
  clusterRoles: Draft<ClusterRole>[];
  clusterRoleBindings: Draft<ClusterRoleBinding>[];
  roles: Draft<Role>[];
  roleBindings: Draft<RoleBinding>[];
}

const user = (name: string): Subject => ({ apiGroup, kind: 'User', name });
const group = (name: string): Subject => ({ apiGroup, kind: 'Group', name });
const systemAccount = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });

/** Role of the same name, bound to these. */
const clusterBindings: Record<string, Subject[]> = {
  'cluster-admin': [group('system:masters')],
  'system:basic-user': [group('system:authenticated')],
  'system:discovery': [group('system:authenticated')],
  'system:public-info-viewer': [group('system:authenticated'), group('system:unauthenticated')],
  'system:monitoring': [group('system:monitoring')],
  'system:kube-controller-manager': [user('system:kube-controller-manager')],
  'system:kube-dns': [systemAccount('kube-dns')],
  'system:kube-scheduler': [user('system:kube-scheduler')],
  'system:volume-scheduler': [user('system:kube-scheduler')],
  'system:node': [],
  'system:node-proxier': [user('system:kube-proxy')],
  'system:service-account-issuer-discovery': [group('system:serviceaccounts')],
  'system:amarre:controllers': [user('system:amarre:controllers')],
  'system:amarre:backup': [user('system:amarre:backup')],
};

const ownRoleData: Record<string, RoleData> = {
  'system:amarre:controllers': { rules: controllersRules },
  'system:amarre:backup': { rules: backupRules },
  'system:amarre:aggregate-to-edit': { rules: snapshotEditRules, partOf: 'edit' },
  'system:amarre:aggregate-to-view': { rules: snapshotViewRules, partOf: 'view' },
};

const leaderLocking = ['leases', 'leasecandidates'].map(
  (plural) => `create get list update watch | coordination.k8s.io | ${plural}`,
);

/** By namespace and name, as `kube-system/…`: rules, and who has them. */
const namespaced: Record<string, { rules: string[]; subjects?: Subject[]; bindingName?: string }> = {
  'kube-system/extension-apiserver-authentication-reader': {
    rules: ['get list watch | | configmaps | extension-apiserver-authentication'],
    subjects: [user('system:kube-controller-manager'), user('system:kube-scheduler')],
    bindingName: 'system::extension-apiserver-authentication-reader',
  },
  'kube-system/system:controller:bootstrap-signer': {
    rules: ['get list watch | | secrets'],
    subjects: [systemAccount('bootstrap-signer')],
  },
  'kube-system/system:controller:cloud-provider': {
    rules: ['create get list watch | | configmaps'],
    subjects: [systemAccount('cloud-provider')],
  },
  'kube-system/system:controller:token-cleaner': {
    rules: ['delete get list watch | | secrets', events],
    subjects: [systemAccount('token-cleaner')],
  },
  'kube-system/system::leader-locking-kube-controller-manager': {
    rules: leaderLocking,
    subjects: [
      user('system:kube-controller-manager'),
      systemAccount('kube-controller-manager'),
      systemAccount('leader-election-controller'),
    ],
  },
  'kube-system/system::leader-locking-kube-scheduler': {
    rules: leaderLocking,
    subjects: [user('system:kube-scheduler'), systemAccount('kube-scheduler')],
  },
  'kube-public/system:controller:bootstrap-signer': {
    rules: ['get list watch | | configmaps', 'update | | configmaps | cluster-info', events],
    subjects: [systemAccount('bootstrap-signer')],
  },
};

/** The policy, made anew; names as upstream's but for the product's own, which begin with `system:amarre:`. */
export function bootstrapPolicy(): BootstrapPolicy {
  const controllers = Object.entries(controllerRoleData);
  const controllerData = controllers.map(([name, lines]): [string, RoleData] => [
    `system:controller:${name}`,
    { rules: lines },
  ]);
  const data = [...Object.entries({ ...clusterRoleData, ...ownRoleData }), ...controllerData];
  const known = new Map(data);
  const controllerBindings = controllers.map(([name]): [string, Subject[]] => [
    `system:controller:${name}`,
    [systemAccount(name)],
  ]);
  return {
    clusterRoles: data.map(([name, role]) => clusterRole(name, role, known)),
    clusterRoleBindings: [...Object.entries(clusterBindings), ...controllerBindings].map(([name, subjects]) => ({
      metadata: metadata(name),
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      ...(subjects.length > 0 && { subjects }),
    })),
    roles: Object.entries(namespaced).map(([key, { rules: lines }]) => ({
      metadata: namespacedMetadata(key),
      rules: rules(lines),
    })),
    roleBindings: Object.entries(namespaced).map(([key, { subjects = [], bindingName }]) => {
      const { name, namespace } = splitKey(key);
      return {
        metadata: { ...metadata(bindingName ?? name), namespace },
        roleRef: { apiGroup, kind: 'Role', name },
        subjects,
      };
    }),
  };
}

function clusterRole(name: string, { rules: lines, partOf, isAggregated }: RoleData, all: Map<string, RoleData>) {
  const labels = partOf && { [aggregateLabel(partOf)]: 'true' };
  return {
    metadata: metadata(name, labels),
    ...(isAggregated && {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregateLabel(name)]: 'true' } }] },
    }),
    // Aggregated here already, so that the roles are whole before their controller runs.
    rules: isAggregated ? aggregatedRules(name, all) : rules(lines),
  };
}

function aggregatedRules(name: string, all: Map<string, RoleData>): PolicyRule[] {
  const parts = [...all].filter(([, { partOf }]) => partOf === name).sort(([a], [b]) => (a < b ? -1 : 1));
  const found = parts.flatMap(([part, { rules: lines, isAggregated }]) =>
    isAggregated ? aggregatedRules(part, all) : rules(lines),
  );
  return [...new Map(found.map((rule) => [JSON.stringify(rule), rule])).values()];
}

function metadata(name: string, labels: Record<string, string> = {}) {
  return {
    name,
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
    annotations: { [autoupdateAnnotation]: 'true' },
  };
}

function namespacedMetadata(key: string) {
  const { name, namespace } = splitKey(key);
  return { ...metadata(name), namespace };
}

function splitKey(key: string): { namespace: string; name: string } {
  const at = key.indexOf('/');
  return { namespace: key.slice(0, at), name: key.slice(at + 1) };
}
