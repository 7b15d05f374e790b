import { expect, test } from 'vitest';
import { epochMsOf } from '../base/clock.ts';
import { builtinResources } from './builtin.ts';

const created = '2026-03-01T12:00:00Z';
const nowMs = epochMsOf('2026-03-01T12:05:07Z');
const meta = { name: 'x', namespace: 'demo', uid: 'u', resourceVersion: '1', creationTimestamp: created };

interface Case {
  name: string;
  kind: string;
  object: object;
  /** Header and cells as `kubectl get -o wide` shows them; columns of `-o wide` alone after ` | `. */
  header: string;
  row: (string | number | boolean)[];
}

const containers = [
  { name: 'a', image: 'i:1' },
  { name: 'b', image: 'j' },
];
const template = { metadata: { labels: { app: 'x' } }, spec: { containers, nodeSelector: { disk: 'ssd' } } };
const selector = { matchLabels: { app: 'x' } };

test.each<Case>([
  {
    name: 'bound claim -> its volume and capacity',
    kind: 'v1/PersistentVolumeClaim',
    object: {
      spec: { volumeName: 'pv-1', storageClassName: 'fast', volumeMode: 'Filesystem' },
      status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteMany', 'ReadWriteOnce'] },
    },
    header: 'Name,Status,Volume,Capacity,Access Modes,StorageClass,VolumeAttributesClass,Age | VolumeMode',
    row: ['x', 'Bound', 'pv-1', '1Gi', 'RWO,RWX', 'fast', '<unset>', '5m7s', 'Filesystem'],
  },
  {
    name: 'pending claim -> blanks',
    kind: 'v1/PersistentVolumeClaim',
    object: { spec: { resources: { requests: { storage: '1Gi' } } }, status: { phase: 'Pending' } },
    header: 'Name,Status,Volume,Capacity,Access Modes,StorageClass,VolumeAttributesClass,Age | VolumeMode',
    row: ['x', 'Pending', '', '', '', '', '<unset>', '5m7s', '<unset>'],
  },
  {
    name: 'claim that is being deleted -> Terminating',
    kind: 'v1/PersistentVolumeClaim',
    object: { metadata: { ...meta, deletionTimestamp: created }, spec: {}, status: { phase: 'Bound' } },
    header: 'Name,Status,Volume,Capacity,Access Modes,StorageClass,VolumeAttributesClass,Age | VolumeMode',
    row: ['x', 'Terminating', '', '', '', '', '<unset>', '5m7s', '<unset>'],
  },
  {
    name: 'bound volume -> its claim',
    kind: 'v1/PersistentVolume',
    object: {
      spec: {
        capacity: { storage: '2Gi' },
        accessModes: ['ReadWriteOncePod'],
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef: { namespace: 'demo', name: 'data' },
        storageClassName: 'fast',
        volumeMode: 'Block',
      },
      status: { phase: 'Bound' },
    },
    header:
      'Name,Capacity,Access Modes,Reclaim Policy,Status,Claim,StorageClass,VolumeAttributesClass,Reason,Age | VolumeMode',
    row: ['x', '2Gi', 'RWOP', 'Delete', 'Bound', 'demo/data', 'fast', '<unset>', '', '5m7s', 'Block'],
  },
  {
    name: 'default class -> marked',
    kind: 'storage.k8s.io/v1/StorageClass',
    object: {
      metadata: { ...meta, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'p',
      reclaimPolicy: 'Retain',
      volumeBindingMode: 'WaitForFirstConsumer',
      allowVolumeExpansion: true,
    },
    header: 'Name,Provisioner,ReclaimPolicy,VolumeBindingMode,AllowVolumeExpansion,Age',
    row: ['x (default)', 'p', 'Retain', 'WaitForFirstConsumer', true, '5m7s'],
  },
  {
    name: 'attachment',
    kind: 'storage.k8s.io/v1/VolumeAttachment',
    object: {
      spec: { attacher: 'd', nodeName: 'n', source: { persistentVolumeName: 'pv' } },
      status: { attached: true },
    },
    header: 'Name,Attacher,PV,Node,Attached,Age',
    row: ['x', 'd', 'pv', 'n', true, '5m7s'],
  },
  {
    name: 'CSI node',
    kind: 'storage.k8s.io/v1/CSINode',
    object: { spec: { drivers: [{ name: 'd', nodeID: 'n' }] } },
    header: 'Name,Drivers,Age',
    row: ['x', 1, '5m7s'],
  },
  {
    name: 'CSI driver -> upstream defaults',
    kind: 'storage.k8s.io/v1/CSIDriver',
    object: { spec: { volumeLifecycleModes: ['Persistent'] } },
    header: 'Name,AttachRequired,PodInfoOnMount,StorageCapacity,TokenRequests,RequiresRepublish,Modes,Age',
    row: ['x', true, false, false, '<unset>', false, 'Persistent', '5m7s'],
  },
  {
    name: 'CSI capacity',
    kind: 'storage.k8s.io/v1/CSIStorageCapacity',
    object: { storageClassName: 'fast', capacity: '5Gi' },
    header: 'Name,Created At',
    row: ['x', created],
  },
  {
    name: 'attributes class',
    kind: 'storage.k8s.io/v1/VolumeAttributesClass',
    object: { driverName: 'd' },
    header: 'Name,DriverName,Age',
    row: ['x', 'd', '5m7s'],
  },
  {
    name: 'stateful set',
    kind: 'apps/v1/StatefulSet',
    object: { spec: { replicas: 3, selector, template }, status: { readyReplicas: 1 } },
    header: 'Name,Ready,Age | Containers,Images',
    row: ['x', '1/3', '5m7s', 'a,b', 'i:1,j'],
  },
  {
    name: 'controller revision',
    kind: 'apps/v1/ControllerRevision',
    object: {
      metadata: {
        ...meta,
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: '1', controller: true }],
      },
      revision: 2,
    },
    header: 'Name,Controller,Revision,Age',
    row: ['x', 'statefulset.apps/db', 2, '5m7s'],
  },
  {
    name: 'deployment',
    kind: 'apps/v1/Deployment',
    object: {
      spec: { replicas: 2, selector, template },
      status: { readyReplicas: 2, updatedReplicas: 1, availableReplicas: 2 },
    },
    header: 'Name,Ready,Up-to-date,Available,Age | Containers,Images,Selector',
    row: ['x', '2/2', 1, 2, '5m7s', 'a,b', 'i:1,j', 'app=x'],
  },
  {
    name: 'replica set',
    kind: 'apps/v1/ReplicaSet',
    object: { spec: { replicas: 2, selector, template }, status: { replicas: 1 } },
    header: 'Name,Desired,Current,Ready,Age | Containers,Images,Selector',
    row: ['x', 2, 1, 0, '5m7s', 'a,b', 'i:1,j', 'app=x'],
  },
  {
    name: 'daemon set',
    kind: 'apps/v1/DaemonSet',
    object: { spec: { selector, template }, status: { desiredNumberScheduled: 3 } },
    header: 'Name,Desired,Current,Ready,Up-to-date,Available,Node Selector,Age | Containers,Images,Selector',
    row: ['x', 3, 0, 0, 0, 0, 'disk=ssd', '5m7s', 'a,b', 'i:1,j', 'app=x'],
  },
  {
    name: 'node -> roles and addresses',
    kind: 'v1/Node',
    object: {
      metadata: { ...meta, labels: { 'node-role.kubernetes.io/worker': '', 'kubernetes.io/role': 'db' } },
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        nodeInfo: { kubeletVersion: 'v1.36.0', osImage: 'Debian', kernelVersion: '6.1', containerRuntimeVersion: '' },
      },
    },
    header: 'Name,Status,Roles,Age,Version | Internal-IP,External-IP,OS-Image,Kernel-Version,Container-Runtime',
    row: [
      'x',
      'Ready,SchedulingDisabled',
      'db,worker',
      '5m7s',
      'v1.36.0',
      '10.0.0.1',
      '<none>',
      'Debian',
      '6.1',
      '<unknown>',
    ],
  },
  {
    name: 'node that says nothing -> Unknown',
    kind: 'v1/Node',
    object: {},
    header: 'Name,Status,Roles,Age,Version | Internal-IP,External-IP,OS-Image,Kernel-Version,Container-Runtime',
    row: ['x', 'Unknown', '<none>', '5m7s', '', '<none>', '<none>', '<unknown>', '<unknown>', '<unknown>'],
  },
  {
    name: 'node whose Ready is Unknown -> NotReady',
    kind: 'v1/Node',
    object: { status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } },
    header: 'Name,Status,Roles,Age,Version | Internal-IP,External-IP,OS-Image,Kernel-Version,Container-Runtime',
    row: ['x', 'NotReady', '<none>', '5m7s', '', '<none>', '<none>', '<unknown>', '<unknown>', '<unknown>'],
  },
  {
    name: 'event with a count',
    kind: 'v1/Event',
    object: {
      involvedObject: { kind: 'Pod', name: 'p', fieldPath: 'spec' },
      type: 'Warning',
      reason: 'R',
      message: ' m\n',
      count: 3,
      source: { component: 'c', host: 'h' },
      firstTimestamp: '2026-03-01T12:00:07Z',
      lastTimestamp: '2026-03-01T12:05:00Z',
    },
    header: 'Last Seen,Type,Reason,Object,Message | Subobject,Source,First Seen,Count,Name',
    row: ['7s', 'Warning', 'R', 'pod/p', 'm', 'spec', 'c, h', '5m', 3, 'x'],
  },
  {
    name: 'event of the new API -> event time and reporter',
    kind: 'v1/Event',
    object: {
      involvedObject: { kind: 'Pod' },
      eventTime: '2026-03-01T12:05:00.000000Z',
      source: {},
      reportingComponent: 'r',
      reportingInstance: 'i',
    },
    header: 'Last Seen,Type,Reason,Object,Message | Subobject,Source,First Seen,Count,Name',
    row: ['7s', '', '', 'pod', '', '', 'r, i', '7s', 1, 'x'],
  },
  {
    name: 'namespace',
    kind: 'v1/Namespace',
    object: { status: { phase: 'Active' } },
    header: 'Name,Status,Age',
    row: ['x', 'Active', '5m7s'],
  },
  {
    name: 'secret',
    kind: 'v1/Secret',
    object: { type: 'Opaque', data: { a: '', b: '' } },
    header: 'Name,Type,Data,Age',
    row: ['x', 'Opaque', 2, '5m7s'],
  },
  {
    name: 'config map',
    kind: 'v1/ConfigMap',
    object: { data: { a: '' }, binaryData: { b: '' } },
    header: 'Name,Data,Age',
    row: ['x', 2, '5m7s'],
  },
  { name: 'service account', kind: 'v1/ServiceAccount', object: {}, header: 'Name,Age', row: ['x', '5m7s'] },
  {
    name: 'headless service',
    kind: 'v1/Service',
    object: {
      spec: {
        type: 'ClusterIP',
        clusterIPs: ['None'],
        ports: [
          { port: 5432, protocol: 'TCP' },
          { port: 80, nodePort: 30080, protocol: 'TCP' },
        ],
        selector: { app: 'x' },
      },
    },
    header: 'Name,Type,Cluster-IP,External-IP,Port(s),Age | Selector',
    row: ['x', 'ClusterIP', 'None', '<none>', '5432/TCP,80:30080/TCP', '5m7s', 'app=x'],
  },
  {
    name: 'load balancer without an address -> pending',
    kind: 'v1/Service',
    object: { spec: { type: 'LoadBalancer' } },
    header: 'Name,Type,Cluster-IP,External-IP,Port(s),Age | Selector',
    row: ['x', 'LoadBalancer', '<none>', '<pending>', '<none>', '5m7s', '<none>'],
  },
  {
    name: 'endpoints -> the first three',
    kind: 'v1/Endpoints',
    object: { subsets: [{ addresses: [{ ip: '10.0.0.1' }, { ip: 'fd::1' }], ports: [{ port: 1 }, { port: 2 }] }] },
    header: 'Name,Endpoints,Age',
    row: ['x', '10.0.0.1:1,[fd::1]:1,10.0.0.1:2 + 1 more...', '5m7s'],
  },
  {
    name: 'quota',
    kind: 'v1/ResourceQuota',
    object: {
      status: {
        hard: { 'limits.cpu': '2', 'requests.storage': '10Gi', pods: '4' },
        used: { 'requests.storage': '1Gi' },
      },
    },
    header: 'Name,Request,Limit,Age',
    row: ['x', 'pods: 0/4, requests.storage: 1Gi/10Gi', 'limits.cpu: 0/2', '5m7s'],
  },
  {
    name: 'limit range -> upstream has no columns of its own',
    kind: 'v1/LimitRange',
    object: {},
    header: 'Name,Created At',
    row: ['x', created],
  },
  {
    name: 'pod template',
    kind: 'v1/PodTemplate',
    object: { template },
    header: 'Name,Containers,Images,Pod Labels',
    row: ['x', 'a,b', 'i:1,j', 'app=x'],
  },
  {
    name: 'lease',
    kind: 'coordination.k8s.io/v1/Lease',
    object: { spec: { holderIdentity: 'h' } },
    header: 'Name,Holder,Age',
    row: ['x', 'h', '5m7s'],
  },
  {
    name: 'CRD',
    kind: 'apiextensions.k8s.io/v1/CustomResourceDefinition',
    object: {},
    header: 'Name,Created At',
    row: ['x', created],
  },
  {
    name: 'fence proof',
    kind: 'amarre.io/v1alpha1/FenceProof',
    object: { spec: { class: 'Gate', volumeName: 'pv', nodeName: 'n', epoch: 3 } },
    header: 'Name,Class,Volume,Node,Epoch,Age',
    row: ['x', 'Gate', 'pv', 'n', 3, '5m7s'],
  },
  {
    name: 'running job -> completions and duration so far',
    kind: 'batch/v1/Job',
    object: {
      spec: { completions: 3, selector, template },
      status: { succeeded: 1, startTime: created },
    },
    header: 'Name,Status,Completions,Duration,Age | Containers,Images,Selector',
    row: ['x', 'Running', '1/3', '5m7s', '5m7s', 'a,b', 'i:1,j', 'app=x'],
  },
  {
    name: 'complete job of a work queue -> its duration',
    kind: 'batch/v1/Job',
    object: {
      spec: { parallelism: 2, template: {} },
      status: {
        succeeded: 1,
        startTime: created,
        completionTime: '2026-03-01T12:00:09Z',
        conditions: [{ type: 'Complete', status: 'True' }],
      },
    },
    header: 'Name,Status,Completions,Duration,Age | Containers,Images,Selector',
    row: ['x', 'Complete', '1/1 of 2', '9s', '5m7s', '', '', '<none>'],
  },
  {
    name: 'suspended job without a start -> Suspended',
    kind: 'batch/v1/Job',
    object: { spec: { template: {} }, status: { conditions: [{ type: 'Suspended', status: 'True' }] } },
    header: 'Name,Status,Completions,Duration,Age | Containers,Images,Selector',
    row: ['x', 'Suspended', '0/1', '', '5m7s', '', '', '<none>'],
  },
  {
    name: 'cron job -> when it ran',
    kind: 'batch/v1/CronJob',
    object: {
      spec: { schedule: '*/5 * * * *', suspend: false, jobTemplate: { spec: { template } } },
      status: { active: [{}], lastScheduleTime: created },
    },
    header: 'Name,Schedule,Timezone,Suspend,Active,Last Schedule,Age | Containers,Images,Selector',
    row: ['x', '*/5 * * * *', '<none>', 'False', 1, '5m7s', '5m7s', 'a,b', 'i:1,j', '<none>'],
  },
  {
    name: 'disruption budget -> one bound of two',
    kind: 'policy/v1/PodDisruptionBudget',
    object: { spec: { maxUnavailable: '50%' }, status: { disruptionsAllowed: 1 } },
    header: 'Name,Min Available,Max Unavailable,Allowed Disruptions,Age',
    row: ['x', 'N/A', '50%', 1, '5m7s'],
  },
  {
    name: 'role -> when it was made',
    kind: 'rbac.authorization.k8s.io/v1/Role',
    object: { rules: [] },
    header: 'Name,Created At',
    row: ['x', created],
  },
  {
    name: 'cluster role binding -> its subjects by kind',
    kind: 'rbac.authorization.k8s.io/v1/ClusterRoleBinding',
    object: {
      roleRef: { kind: 'ClusterRole', name: 'admin' },
      subjects: [
        { kind: 'User', name: 'u1' },
        { kind: 'User', name: 'u2' },
        { kind: 'Group', name: 'g' },
        { kind: 'ServiceAccount', namespace: 'demo', name: 's' },
      ],
    },
    header: 'Name,Role,Age | Users,Groups,ServiceAccounts',
    row: ['x', 'ClusterRole/admin', '5m7s', 'u1, u2', 'g', 'demo/s'],
  },
  {
    name: 'webhooks -> counted',
    kind: 'admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration',
    object: { webhooks: [{}, {}] },
    header: 'Name,Webhooks,Age',
    row: ['x', 2, '5m7s'],
  },
  {
    name: 'admission policy -> its parameters',
    kind: 'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy',
    object: { spec: { validations: [{}], paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } } },
    header: 'Name,Validations,ParamKind,Age',
    row: ['x', 1, 'v1/ConfigMap', '5m7s'],
  },
  {
    name: 'mutating policy without parameters -> unset',
    kind: 'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy',
    object: { spec: { mutations: [{}, {}] } },
    header: 'Name,Mutations,ParamKind,Age',
    row: ['x', 2, '<unset>', '5m7s'],
  },
  {
    name: 'policy binding -> where its parameter is',
    kind: 'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding',
    object: { spec: { policyName: 'p', paramRef: { name: 'c', namespace: 'demo' } } },
    header: 'Name,PolicyName,ParamRef,Age',
    row: ['x', 'p', 'demo/c', '5m7s'],
  },
  {
    name: 'priority class -> its value',
    kind: 'scheduling.k8s.io/v1/PriorityClass',
    object: { value: 1000, preemptionPolicy: 'PreemptLowerPriority' },
    header: 'Name,Value,Global-Default,Age,PreemptionPolicy',
    row: ['x', 1000, false, '5m7s', 'PreemptLowerPriority'],
  },
  {
    name: 'endpoint slice -> the first three of each',
    kind: 'discovery.k8s.io/v1/EndpointSlice',
    object: {
      addressType: 'IPv4',
      ports: [{ port: 80 }, { name: 'any' }, {}],
      endpoints: [{ addresses: ['10.0.0.1', '10.0.0.2'] }, { addresses: ['10.0.0.3', '10.0.0.4'] }],
    },
    header: 'Name,AddressType,Ports,Endpoints,Age',
    row: ['x', 'IPv4', '80,any,*', '10.0.0.1,10.0.0.2,10.0.0.3 + 1 more...', '5m7s'],
  },
  {
    name: 'ingress -> hosts, address, ports',
    kind: 'networking.k8s.io/v1/Ingress',
    object: {
      spec: { rules: [{ host: 'a.io' }, {}], tls: [{}] },
      status: { loadBalancer: { ingress: [{ ip: '10.0.0.9' }, { hostname: 'lb.io' }] } },
    },
    header: 'Name,Class,Hosts,Address,Ports,Age',
    row: ['x', '<none>', 'a.io', '10.0.0.9,lb.io', '80, 443', '5m7s'],
  },
  {
    name: 'ingress class -> its controller',
    kind: 'networking.k8s.io/v1/IngressClass',
    object: { spec: { controller: 'c.io/x', parameters: { apiGroup: 'g', kind: 'K', name: 'n' } } },
    header: 'Name,Controller,Parameters,Age',
    row: ['x', 'c.io/x', 'K.g/n', '5m7s'],
  },
  {
    name: 'network policy -> its pods',
    kind: 'networking.k8s.io/v1/NetworkPolicy',
    object: { spec: { podSelector: selector } },
    header: 'Name,Pod-Selector,Age',
    row: ['x', 'app=x', '5m7s'],
  },
  {
    name: 'address -> who has it',
    kind: 'networking.k8s.io/v1/IPAddress',
    object: { spec: { parentRef: { group: '', resource: 'services', namespace: 'demo', name: 's' } } },
    header: 'Name,ParentRef',
    row: ['x', 'services/demo/s'],
  },
  {
    name: 'address ranges -> all of them',
    kind: 'networking.k8s.io/v1/ServiceCIDR',
    object: { spec: { cidrs: ['10.0.0.0/16', 'fd00::/108'] } },
    header: 'Name,CIDRs,Age',
    row: ['x', '10.0.0.0/16,fd00::/108', '5m7s'],
  },
  {
    name: 'approved and issued request -> both',
    kind: 'certificates.k8s.io/v1/CertificateSigningRequest',
    object: {
      spec: { signerName: 'kubernetes.io/kubelet-serving', username: 'me', expirationSeconds: 86400 },
      status: { conditions: [{ type: 'Approved', status: 'True' }], certificate: 'eA==' },
    },
    header: 'Name,Age,SignerName,Requestor,RequestedDuration,Condition',
    row: ['x', '5m7s', 'kubernetes.io/kubelet-serving', 'me', '24h', 'Approved,Issued'],
  },
  {
    name: 'runtime class -> its handler',
    kind: 'node.k8s.io/v1/RuntimeClass',
    object: { handler: 'kata' },
    header: 'Name,Handler,Age',
    row: ['x', 'kata', '5m7s'],
  },
  {
    name: 'autoscaler -> the first two metrics',
    kind: 'autoscaling/v2/HorizontalPodAutoscaler',
    object: {
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'd' },
        maxReplicas: 5,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
          { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '10' } } },
          { type: 'External' },
        ],
      },
      status: {
        currentReplicas: 2,
        currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 7 } } }],
      },
    },
    header: 'Name,Reference,Targets,MinPods,MaxPods,Replicas,Age',
    row: ['x', 'Deployment/d', 'cpu: 7%/80%, <unknown>/10 + 1 more...', '<unset>', 5, 2, '5m7s'],
  },
  {
    name: 'replication controller -> counts and selector',
    kind: 'v1/ReplicationController',
    object: { spec: { replicas: 2, selector: { app: 'x' }, template }, status: { replicas: 2, readyReplicas: 1 } },
    header: 'Name,Desired,Current,Ready,Age | Containers,Images,Selector',
    row: ['x', 2, 2, 1, '5m7s', 'a,b', 'i:1,j', 'app=x'],
  },
])('table of $kind: $name', ({ kind, object, header, row }) => {
  const definition = builtinResources.find(
    ({ resource: { group, version, kind: own } }) => [group, version, own].filter(Boolean).join('/') === kind,
  );
  const columns = definition?.columns ?? [];
  const full = { metadata: meta, ...object };
  const ordered = [
    ...columns.filter(({ priority }) => priority === 0),
    ...columns.filter(({ priority }) => priority === 1),
  ];
  const [always = '', wide = ''] = header.split(' | ');
  expect(columns.filter(({ priority }) => priority === 0).map(({ name }) => name)).toEqual(always.split(','));
  expect(columns.filter(({ priority }) => priority === 1).map(({ name }) => name)).toEqual(
    wide === '' ? [] : wide.split(','),
  );
  expect(ordered.map(({ cell }) => cell(full, nowMs))).toEqual(row);
});

test('events.k8s.io shows the columns of core events', () => {
  const [core, other] = ['', 'events.k8s.io'].map((group) =>
    builtinResources.find(({ resource }) => resource.kind === 'Event' && resource.group === group),
  );
  expect(other?.columns.map(({ name }) => name)).toEqual(core?.columns.map(({ name }) => name));
  const stored = {
    metadata: meta,
    involvedObject: { kind: 'Pod', name: 'p' },
    message: 'm',
    count: 2,
    source: { component: 'c' },
    reportingComponent: '',
    reportingInstance: '',
  };
  const shown = other?.fromStored?.(stored);
  expect(shown).toMatchObject({ regarding: { kind: 'Pod' }, note: 'm', deprecatedCount: 2 });
  // There an empty name is none.
  expect(shown).not.toHaveProperty('reportingController');
  expect(other?.columns.map(({ cell }) => cell(shown ?? stored, nowMs))).toEqual(
    core?.columns.map(({ cell }) => cell(stored, nowMs)),
  );
  expect(other?.toStored?.(shown ?? stored)).toEqual({ ...stored, apiVersion: 'v1', kind: 'Event' });
});
