// What makes up the bulk of a real pod? Its template, its status, and the managed fields that servers keep.

type Rest = Record<string, unknown>;

/** A pod of two containers, with a claim or without. */
export function podTemplate({ labels, claim }: { labels: Record<string, string>; claim: string | undefined }) {
  const mounts = [
    ...(claim ? [{ name: claim, mountPath: '/var/lib/data' }] : []),
    { name: 'config', mountPath: '/etc/app' },
  ];
  const env = Array.from({ length: 12 }, (_, at) => ({ name: `SETTING_${at}`, value: `value of setting ${at}` }));
  const probe = {
    httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
    periodSeconds: 10,
    timeoutSeconds: 1,
    successThreshold: 1,
    failureThreshold: 3,
  };
  const resources = { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } };
  return {
    metadata: { labels },
    spec: {
      containers: [
        {
          name: 'app',
          image: 'registry.example.com/team/app:v1',
          env,
          resources,
          volumeMounts: mounts,
          readinessProbe: probe,
          livenessProbe: probe,
          ports: [{ containerPort: 8080, protocol: 'TCP' }],
          imagePullPolicy: 'IfNotPresent',
        },
        { name: 'metrics', image: 'registry.example.com/team/metrics:v1', resources, imagePullPolicy: 'IfNotPresent' },
      ],
      volumes: [
        ...(claim ? [{ name: claim } as Rest] : [{ name: 'scratch', emptyDir: {} } as Rest]),
        { name: 'config', configMap: { name: 'app', defaultMode: 420 } } as Rest,
      ],
      securityContext: { runAsUser: 1000, fsGroup: 1000, fsGroupChangePolicy: 'OnRootMismatch' },
      serviceAccountName: 'default',
      schedulerName: 'default-scheduler',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      priority: 0,
      tolerations: ['not-ready', 'unreachable'].map((each) => ({
        key: `node.kubernetes.io/${each}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
    },
  };
}

export function podConditions(since: string): Rest[] {
  return ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    type,
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: since,
  }));
}

export function containerStatuses(names: readonly string[], since: string): Rest[] {
  return names.map((name) => ({
    name,
    ready: true,
    started: true,
    restartCount: 0,
    image: `registry.example.com/team/${name}:v1`,
    imageID: `registry.example.com/team/${name}@sha256:${'0'.repeat(64)}`,
    containerID: `containerd://${'0'.repeat(64)}`,
    state: { running: { startedAt: since } },
    lastState: {},
  }));
}

/** As large as those of a pod that two managers own. */
export function managedFields(time: string): Rest[] {
  const field = (names: string[]): Rest => Object.fromEntries(names.map((name) => [`f:${name}`, { '.': {} }]));
  const spec = field([
    'containers',
    'volumes',
    'restartPolicy',
    'schedulerName',
    'securityContext',
    'terminationGracePeriodSeconds',
    'dnsPolicy',
  ]);
  const status = field(['conditions', 'containerStatuses', 'hostIP', 'phase', 'podIP', 'startTime']);
  return [
    {
      manager: 'kube-controller-manager',
      operation: 'Update',
      apiVersion: 'v1',
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:metadata': field(['labels', 'ownerReferences']), 'f:spec': spec },
    },
    {
      manager: 'kubelet',
      operation: 'Update',
      apiVersion: 'v1',
      time,
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:status': status },
      subresource: 'status',
    },
  ];
}
