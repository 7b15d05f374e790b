// From which objects do the fuzzer's requests grow? One of each kind that has rules of its own.

export interface SeedObject {
  /** The collection. */
  path: string;
  object: { apiVersion: string; kind: string; metadata: { name: string } & Record<string, unknown> } & Record<
    string,
    unknown
  >;
}

const labels = { app: 'web', tier: 'x' };
const podSpec = {
  containers: [
    {
      name: 'app',
      image: 'amarre.io/host',
      command: ['sleep', '1'],
      env: [{ name: 'A', value: '1' }],
      ports: [{ containerPort: 80, name: 'http' }],
      resources: { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: 1 } },
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
      readinessProbe: { httpGet: { port: 'http', path: '/' }, periodSeconds: 5 },
      securityContext: { runAsUser: 0 },
    },
  ],
  volumes: [
    { name: 'data', persistentVolumeClaim: { claimName: 'c' } },
    { name: 'conf', configMap: { name: 'c', defaultMode: 420 } },
  ],
  tolerations: [{ key: 'k', operator: 'Exists', tolerationSeconds: 5 }],
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: { matchLabels: labels } }],
    },
  },
};
const claimSpec = {
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  storageClassName: 's',
};
const template = { metadata: { labels }, spec: podSpec };
const schema = {
  type: 'object',
  properties: { spec: { type: 'object', properties: { size: { type: 'integer', minimum: 1 } } } },
};

/** `[apiVersion] [kind]` at a path. */
const seed = (path: string, type: string, fields: object): SeedObject => {
  const [apiVersion = '', kind = ''] = type.split(' ');
  return { path, object: { apiVersion, kind, metadata: { name: `${kind.toLowerCase()}-1`, labels }, ...fields } };
};
const core = (plural: string): string => `/api/v1/namespaces/default/${plural}`;
const group = (name: string, plural: string): string => `/apis/${name}/v1/namespaces/default/${plural}`;

export const seedObjects: SeedObject[] = [
  seed(core('configmaps'), 'v1 ConfigMap', { data: { a: '1' }, binaryData: { b: 'AAEC' } }),
  seed(core('secrets'), 'v1 Secret', { data: { a: 'AAEC' }, type: 'Opaque' }),
  seed(core('pods'), 'v1 Pod', {
    spec: podSpec,
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  }),
  seed(core('services'), 'v1 Service', { spec: { selector: labels, ports: [{ port: 80, targetPort: 'http' }] } }),
  seed(core('persistentvolumeclaims'), 'v1 PersistentVolumeClaim', { spec: claimSpec }),
  seed('/api/v1/persistentvolumes', 'v1 PersistentVolume', {
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      csi: { driver: 'd', volumeHandle: 'h' },
      persistentVolumeReclaimPolicy: 'Delete',
    },
  }),
  seed('/api/v1/nodes', 'v1 Node', {
    spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] },
    status: { capacity: { cpu: '2' } },
  }),
  seed('/api/v1/namespaces', 'v1 Namespace', {}),
  seed(core('events'), 'v1 Event', {
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
    reason: 'r',
    type: 'Normal',
    source: { component: 'c' },
  }),
  seed(core('resourcequotas'), 'v1 ResourceQuota', { spec: { hard: { pods: '10', 'requests.storage': '10Gi' } } }),
  seed(core('limitranges'), 'v1 LimitRange', { spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } }),
  seed(group('apps', 'statefulsets'), 'apps/v1 StatefulSet', {
    spec: {
      serviceName: 's',
      replicas: 1,
      selector: { matchLabels: labels },
      template,
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimSpec }],
    },
  }),
  seed(group('apps', 'deployments'), 'apps/v1 Deployment', {
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template,
      strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
    },
  }),
  seed('/apis/storage.k8s.io/v1/storageclasses', 'storage.k8s.io/v1 StorageClass', {
    provisioner: 'd',
    parameters: { a: 'b' },
    volumeBindingMode: 'Immediate',
  }),
  seed(group('coordination.k8s.io', 'leases'), 'coordination.k8s.io/v1 Lease', {
    spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
  }),
  seed(group('policy', 'poddisruptionbudgets'), 'policy/v1 PodDisruptionBudget', {
    spec: { minAvailable: '50%', selector: { matchLabels: labels } },
  }),
  seed(group('snapshot.storage.k8s.io', 'volumesnapshots'), 'snapshot.storage.k8s.io/v1 VolumeSnapshot', {
    spec: { source: { persistentVolumeClaimName: 'c' } },
  }),
  seed('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', 'apiextensions.k8s.io/v1 CustomResourceDefinition', {
    metadata: { name: 'things.fuzz.example' },
    spec: {
      group: 'fuzz.example',
      scope: 'Namespaced',
      names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          subresources: { status: {} },
        },
      ],
    },
  }),
  seed('/apis/fuzz.example/v1/namespaces/default/things', 'fuzz.example/v1 Thing', { spec: { size: 1 } }),
];
