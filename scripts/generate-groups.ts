// Which API groups are built in, where does each live, and which of its classes are served? The
// generators of types, schemas and protobuf tables read this.

export interface ApiGroup {
  /** Folder under src/apis. */
  folder: string;
  /** As URLs write it; empty for the core group. */
  group: string;
  version: string;
  /** What the names of its definitions begin with. */
  goPackage: string;
  /** Served kinds and bodies of subresources, as classes of @kubernetes/client-node. */
  roots: string[];
}

function inTree(folder: string, group: string, roots: string[]): ApiGroup {
  return { folder, group, version: 'v1', goPackage: `io.k8s.api.${folder}.v1`, roots };
}

/** In the order in which they claim the classes that they reach. */
export const apiGroups: ApiGroup[] = [
  inTree('core', '', [
    'V1Pod',
    'V1PersistentVolumeClaim',
    'V1PersistentVolume',
    'V1Secret',
    'V1ConfigMap',
    'V1Service',
    'V1Node',
    'V1Namespace',
    'CoreV1Event',
    'V1ServiceAccount',
    'V1Endpoints',
    'V1ResourceQuota',
    'V1LimitRange',
    'V1PodTemplate',
    'V1ReplicationController',
    'V1Binding',
    'V1TypedLocalObjectReference',
    'V1DeleteOptions',
    'V1Status',
  ]),
  inTree('apps', 'apps', ['V1StatefulSet', 'V1ControllerRevision', 'V1Deployment', 'V1ReplicaSet', 'V1DaemonSet']),
  inTree('storage', 'storage.k8s.io', [
    'V1StorageClass',
    'V1CSIDriver',
    'V1CSINode',
    'V1CSIStorageCapacity',
    'V1VolumeAttachment',
    'V1VolumeAttributesClass',
  ]),
  inTree('coordination', 'coordination.k8s.io', ['V1Lease']),
  inTree('events', 'events.k8s.io', ['EventsV1Event']),
  inTree('batch', 'batch', ['V1Job', 'V1CronJob']),
  inTree('policy', 'policy', ['V1PodDisruptionBudget', 'V1Eviction']),
  inTree('rbac', 'rbac.authorization.k8s.io', ['V1Role', 'V1RoleBinding', 'V1ClusterRole', 'V1ClusterRoleBinding']),
  inTree('authentication', 'authentication.k8s.io', [
    'V1TokenReview',
    'AuthenticationV1TokenRequest',
    'V1SelfSubjectReview',
  ]),
  inTree('authorization', 'authorization.k8s.io', [
    'V1SubjectAccessReview',
    'V1SelfSubjectAccessReview',
    'V1SelfSubjectRulesReview',
    'V1LocalSubjectAccessReview',
  ]),
  inTree('admissionregistration', 'admissionregistration.k8s.io', [
    'V1ValidatingWebhookConfiguration',
    'V1MutatingWebhookConfiguration',
    'V1ValidatingAdmissionPolicy',
    'V1ValidatingAdmissionPolicyBinding',
    'V1MutatingAdmissionPolicy',
    'V1MutatingAdmissionPolicyBinding',
  ]),
  inTree('scheduling', 'scheduling.k8s.io', ['V1PriorityClass']),
  inTree('discovery', 'discovery.k8s.io', ['V1EndpointSlice']),
  inTree('networking', 'networking.k8s.io', [
    'V1Ingress',
    'V1IngressClass',
    'V1NetworkPolicy',
    'V1IPAddress',
    'V1ServiceCIDR',
  ]),
  inTree('certificates', 'certificates.k8s.io', ['V1CertificateSigningRequest']),
  inTree('node', 'node.k8s.io', ['V1RuntimeClass']),
  inTree('autoscaling', 'autoscaling', ['V1HorizontalPodAutoscaler', 'V1Scale']),
  {
    folder: 'autoscaling',
    group: 'autoscaling',
    version: 'v2',
    goPackage: 'io.k8s.api.autoscaling.v2',
    roots: ['V2HorizontalPodAutoscaler'],
  },
  {
    folder: 'apiextensions',
    group: 'apiextensions.k8s.io',
    version: 'v1',
    goPackage: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1',
    roots: ['V1CustomResourceDefinition'],
  },
  {
    folder: 'apiregistration',
    group: 'apiregistration.k8s.io',
    version: 'v1',
    goPackage: 'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1',
    roots: ['V1APIService'],
  },
];
