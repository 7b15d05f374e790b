// Which cluster roles does every cluster have? Names and rules as upstream's bootstrap policy has them.
// Source: plugin/pkg/auth/authorizer/rbac/bootstrappolicy.

const read = 'get list watch';
const write = 'create delete deletecollection patch update';
const readWrite = 'create delete deletecollection get list patch update watch';
/** Recording events, in either of their groups. */
export const events = 'create patch update | , events.k8s.io | events';
const delegation = [
  'create | authentication.k8s.io | tokenreviews',
  'create | authorization.k8s.io | subjectaccessreviews',
];

export interface RoleData {
  rules: string[];
  /** Label `rbac.authorization.k8s.io/aggregate-to-<name>`: the role is part of that one. */
  partOf?: 'admin' | 'edit' | 'view';
  /** The role is made of those that are part of it. */
  isAggregated?: true;
}

/** By name, with `rules` as `rule-notation.ts` writes them. */
export const clusterRoleData: Record<string, RoleData> = {
  'cluster-admin': { rules: ['* | * | *', '* | *'] },
  admin: { rules: [], isAggregated: true },
  edit: { rules: [], isAggregated: true, partOf: 'admin' },
  view: { rules: [], isAggregated: true, partOf: 'edit' },
  'system:aggregate-to-admin': {
    partOf: 'admin',
    rules: [
      'create | authorization.k8s.io | localsubjectaccessreviews',
      `${readWrite} | rbac.authorization.k8s.io | rolebindings roles`,
    ],
  },
  'system:aggregate-to-edit': {
    partOf: 'edit',
    rules: [
      `${read} | | pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy`,
      'impersonate | | serviceaccounts',
      `${write} | | pods pods/attach pods/exec pods/portforward pods/proxy`,
      'create | | pods/eviction',
      `${write} | | configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy`,
      'create | | serviceaccounts/token',
      `${write} | , events.k8s.io | events`,
      `${write} | apps | daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale`,
      `${write} | autoscaling | horizontalpodautoscalers`,
      `${write} | batch | cronjobs jobs`,
      `${write} | extensions | daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale`,
      `${write} | policy | poddisruptionbudgets`,
      `${write} | networking.k8s.io | ingresses networkpolicies`,
      `${readWrite} | coordination.k8s.io | leases`,
      `${write} | resource.k8s.io | resourceclaims resourceclaimtemplates`,
    ],
  },
  'system:aggregate-to-view': {
    partOf: 'view',
    rules: [
      `${read} | | configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status`,
      `${read} | | bindings limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status`,
      `${read} | | namespaces`,
      `${read} | , events.k8s.io | events`,
      `${read} | discovery.k8s.io | endpointslices`,
      `${read} | apps | controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status`,
      `${read} | autoscaling | horizontalpodautoscalers horizontalpodautoscalers/status`,
      `${read} | batch | cronjobs cronjobs/status jobs jobs/status`,
      `${read} | extensions | daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale`,
      `${read} | policy | poddisruptionbudgets poddisruptionbudgets/status`,
      `${read} | networking.k8s.io | ingresses ingresses/status networkpolicies`,
      `${read} | resource.k8s.io | resourceclaims resourceclaims/status resourceclaimtemplates`,
    ],
  },
  'system:auth-delegator': { rules: delegation },
  'system:basic-user': {
    rules: [
      'create | authorization.k8s.io | selfsubjectaccessreviews selfsubjectrulesreviews',
      'create | authentication.k8s.io | selfsubjectreviews',
    ],
  },
  'system:certificates.k8s.io:certificatesigningrequests:nodeclient': {
    rules: ['create | certificates.k8s.io | certificatesigningrequests/nodeclient'],
  },
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': {
    rules: ['create | certificates.k8s.io | certificatesigningrequests/selfnodeclient'],
  },
  ...Object.fromEntries(
    ['kube-apiserver-client', 'kube-apiserver-client-kubelet', 'kubelet-serving', 'legacy-unknown'].map((signer) => [
      `system:certificates.k8s.io:${signer}-approver`,
      { rules: [`approve | certificates.k8s.io | signers | kubernetes.io/${signer}`] },
    ]),
  ),
  'system:discovery': {
    rules: ['get | /api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/'],
  },
  'system:heapster': { rules: [`${read} | | events namespaces nodes pods`, `${read} | extensions | deployments`] },
  'system:kube-aggregator': { rules: [`${read} | | endpoints services`] },
  'system:kube-controller-manager': {
    rules: [
      events,
      'create | coordination.k8s.io | leases',
      'get update | coordination.k8s.io | leases | kube-controller-manager',
      'create | | secrets serviceaccounts',
      'delete | | secrets',
      'get | | configmaps namespaces secrets serviceaccounts',
      'update | | secrets serviceaccounts',
      ...delegation,
      'list watch | * | *',
      'create | | serviceaccounts/token',
    ],
  },
  'system:kube-dns': { rules: ['list watch | | endpoints services'] },
  'system:kube-scheduler': {
    rules: [
      events,
      'create | coordination.k8s.io | leases',
      'get list update watch | coordination.k8s.io | leases | kube-scheduler',
      `${readWrite} | coordination.k8s.io | leasecandidates`,
      `${read} | | nodes`,
      'delete get list watch | | pods',
      'create | | bindings pods/binding',
      'patch update | | pods/status',
      `${read} | | replicationcontrollers services`,
      `${read} | apps, extensions | replicasets`,
      `${read} | apps | statefulsets`,
      `${read} | policy | poddisruptionbudgets`,
      `${read} | | persistentvolumeclaims persistentvolumes`,
      ...delegation,
      `${read} | storage.k8s.io | csinodes`,
      `${read} | storage.k8s.io | volumeattachments`,
      `${read} | | namespaces`,
      `${read} | storage.k8s.io | csidrivers`,
      `${read} | storage.k8s.io | csistoragecapacities`,
      `${read} | resource.k8s.io | deviceclasses`,
      'get list patch update watch | resource.k8s.io | resourceclaims',
      'get list patch update watch | resource.k8s.io | resourceclaims/status',
      'update | | pods/finalizers',
      `${read} | resource.k8s.io | resourceslices`,
      'create delete | resource.k8s.io | resourceclaims',
      'patch update | resource.k8s.io | resourceclaims/binding',
    ],
  },
  'system:kubelet-api-admin': {
    rules: [
      `${read} | | nodes`,
      'proxy | | nodes',
      '* | | nodes/log nodes/metrics nodes/proxy nodes/stats',
      '* | | nodes/configz nodes/healthz nodes/pods',
    ],
  },
  'system:monitoring': {
    rules: [
      'get | /flagz /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/* /statusz',
      'get | | nodes/metrics',
    ],
  },
  // What nodes may do is the node authorizer's to say; the role is there for those who look for it, bound to no one.
  'system:node': {
    rules: [
      'create | authentication.k8s.io | tokenreviews',
      'create | authorization.k8s.io | localsubjectaccessreviews subjectaccessreviews',
      `${read} | | services`,
      'create get list watch | | nodes',
      'patch update | | nodes/status',
      'patch update | | nodes',
      events,
      `${read} | | pods`,
      'create delete | | pods',
      'patch update | | pods/status',
      'create | | pods/eviction',
      `${read} | | configmaps secrets`,
      'get | | persistentvolumeclaims persistentvolumes',
      'get | | endpoints',
      'create get list watch | certificates.k8s.io | certificatesigningrequests',
      'create delete get patch update | coordination.k8s.io | leases',
      'get | storage.k8s.io | volumeattachments',
      'create | | serviceaccounts/token',
      'get patch update | | persistentvolumeclaims/status',
      `${read} | storage.k8s.io | csidrivers`,
      'create delete get patch update | storage.k8s.io | csinodes',
      `${read} | node.k8s.io | runtimeclasses`,
      'get | resource.k8s.io | resourceclaims',
      'deletecollection | resource.k8s.io | resourceslices',
      'get | | serviceaccounts',
    ],
  },
  'system:node-bootstrapper': { rules: ['create get list watch | certificates.k8s.io | certificatesigningrequests'] },
  'system:node-problem-detector': { rules: ['get | | nodes', 'patch | | nodes/status', events] },
  'system:node-proxier': {
    rules: [
      'list watch | | endpoints services',
      `${read} | | nodes`,
      events,
      'list watch | networking.k8s.io | servicecidrs',
      'list watch | discovery.k8s.io | endpointslices',
    ],
  },
  'system:persistent-volume-provisioner': {
    rules: [
      'create delete get list watch | | persistentvolumes',
      'get list update watch | | persistentvolumeclaims',
      `${read} | storage.k8s.io | storageclasses`,
      'watch | | events',
      events,
    ],
  },
  'system:public-info-viewer': { rules: ['get | /healthz /livez /readyz /version /version/'] },
  'system:service-account-issuer-discovery': {
    rules: [
      'get | /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
    ],
  },
  'system:volume-scheduler': {
    rules: [
      'get list patch update watch | | persistentvolumes',
      `${read} | storage.k8s.io | storageclasses`,
      'get list patch update watch | | persistentvolumeclaims',
    ],
  },
};
