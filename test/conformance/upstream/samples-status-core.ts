// Which states are written through the status of samples that are no workloads? By the title of the sample.

import type { Fields } from './samples.ts';

const start = '2026-01-01T00:00:00Z';
const end = '2026-01-02T00:00:00Z';
const condition = (type: string): Fields => ({
  type,
  status: 'True',
  reason: 'R',
  message: 'm',
  lastTransitionTime: start,
});
const resources = { limits: { cpu: '1' }, requests: { cpu: '100m' }, claims: [{ name: 'gpu' }] };
const ended = {
  exitCode: 0,
  signal: 1,
  reason: 'R',
  message: 'm',
  startedAt: start,
  finishedAt: end,
  containerID: 'x://1',
};
const container = (name: string, state: Fields): Fields => ({
  name,
  image: 'i',
  imageID: 'id',
  ready: true,
  restartCount: 1,
  state,
});
const balanced = {
  ingress: [{ ip: '1.2.3.4', ipMode: 'VIP', ports: [{ port: 80, protocol: 'TCP', error: 'a.b/C' }] }],
};
const configMap = {
  configMap: { namespace: 'n', name: 'c', uid: 'u', resourceVersion: '1', kubeletConfigKey: 'k' },
};
const policyCondition = { ...condition('Ready'), observedGeneration: 1 };

export const coreStatusSamples: Record<string, Fields> = {
  'v1/Pod minimal': {
    observedGeneration: 1,
    phase: 'Running',
    conditions: [
      { ...condition('Ready'), observedGeneration: 1, lastProbeTime: start },
      { type: 'example.com/x', status: 'False' },
    ],
    message: 'm',
    reason: 'R',
    nominatedNodeName: 'node-1',
    hostIP: '10.0.0.1',
    hostIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
    podIP: '10.0.0.2',
    podIPs: [{ ip: '10.0.0.2' }],
    startTime: start,
    containerStatuses: [
      {
        ...container('c', { running: { startedAt: start } }),
        lastState: { terminated: ended },
        containerID: 'x://2',
        started: true,
        allocatedResources: { cpu: '100m' },
        resources,
        volumeMounts: [{ name: 'v', mountPath: '/x', readOnly: true, recursiveReadOnly: 'Disabled' }],
        user: { linux: { uid: 1, gid: 2, supplementalGroups: [3] } },
        stopSignal: 'SIGTERM',
      },
      container('d', { waiting: { reason: 'R', message: 'm' } }),
    ],
    qosClass: 'BestEffort',
    ephemeralContainerStatuses: [container('e', { terminated: ended })],
    resize: 'Deferred',
  },
  'v1/Pod restartRules': {
    phase: 'Running',
    qosClass: 'BestEffort',
    containerStatuses: [container('c', { terminated: ended })],
  },
  'v1/Pod claims': {
    phase: 'Running',
    qosClass: 'BestEffort',
    resourceClaimStatuses: [
      { name: 'gpu', resourceClaimName: 'g' },
      { name: 'tpl', resourceClaimName: 'made' },
    ],
    containerStatuses: [
      {
        ...container('c', { running: {} }),
        allocatedResourcesStatus: [{ name: 'claim:gpu/r', resources: [{ resourceID: 'r', health: 'Unhealthy' }] }],
      },
    ],
  },
  'v1/Pod containers': {
    phase: 'Running',
    qosClass: 'Burstable',
    containerStatuses: [
      {
        ...container('c', { running: {} }),
        allocatedResourcesStatus: [{ name: 'cpu', resources: [{ resourceID: 'r', health: 'Healthy', message: 'm' }] }],
      },
    ],
    extendedResourceClaimStatus: {
      requestMappings: [{ containerName: 'c', resourceName: 'example.com/gpu', requestName: 'r' }],
      resourceClaimName: 'x',
    },
  },
  'v1/Pod windows': {
    phase: 'Running',
    qosClass: 'BestEffort',
    containerStatuses: [container('c', { running: {} })],
  },
  'v1/PersistentVolumeClaim minimal': {
    phase: 'Bound',
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    conditions: [{ ...condition('Resizing'), lastProbeTime: start }],
    allocatedResources: { storage: '2Gi' },
    allocatedResourceStatuses: { storage: 'ControllerResizeInProgress' },
    currentVolumeAttributesClassName: 'gold',
    modifyVolumeStatus: { targetVolumeAttributesClassName: 'gold', status: 'InProgress' },
  },
  'v1/PersistentVolume csi': { phase: 'Bound', message: 'm', reason: 'R', lastPhaseTransitionTime: start },
  'v1/Service minimal': { conditions: [policyCondition] },
  'v1/Service balanced': { loadBalancer: balanced, conditions: [policyCondition] },
  'v1/Node full': {
    capacity: { cpu: '2', memory: '1Gi', pods: '10' },
    allocatable: { cpu: '1', 'example.com/x': '2' },
    phase: 'Running',
    conditions: [{ ...condition('Ready'), lastHeartbeatTime: start }],
    addresses: [
      { type: 'Hostname', address: 'a' },
      { type: 'InternalIP', address: '10.0.0.1' },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: 'a',
      systemUUID: 'b',
      bootID: 'c',
      kernelVersion: 'd',
      osImage: 'e',
      containerRuntimeVersion: 'f',
      kubeletVersion: 'g',
      kubeProxyVersion: 'h',
      operatingSystem: 'linux',
      architecture: 'amd64',
      swap: { capacity: 5 },
    },
    images: [{ names: ['a:1'], sizeBytes: 5 }],
    volumesInUse: ['v'],
    volumesAttached: [{ name: 'v', devicePath: '/dev/x' }],
    config: { assigned: configMap, active: configMap, lastKnownGood: configMap, error: 'e' },
    runtimeHandlers: [{ name: 'r', features: { recursiveReadOnlyMounts: true, userNamespaces: false } }],
    features: { supplementalGroupsPolicy: true },
    declaredFeatures: ['A', 'B'],
  },
  'v1/Namespace minimal': { phase: 'Active', conditions: [condition('NamespaceContentRemaining')] },
  'v1/ResourceQuota full': {
    hard: { pods: '1', 'requests.cpu': '2', 'count/configmaps': '3' },
    used: { pods: '0', 'requests.cpu': '1500m', 'count/configmaps': '0' },
  },
  'networking.k8s.io/v1/Ingress minimal': {
    loadBalancer: { ingress: [{ ...balanced.ingress[0], ipMode: undefined }] },
  },
  'networking.k8s.io/v1/Ingress full': { loadBalancer: { ingress: [{ hostname: 'a.example.com' }] } },
  'networking.k8s.io/v1/ServiceCIDR full': { conditions: [policyCondition] },
  'storage.k8s.io/v1/VolumeAttachment named': {
    attached: true,
    attachmentMetadata: { a: 'b' },
    attachError: { time: start, message: 'm', errorCode: 5 },
    detachError: { time: end, message: 'n' },
  },
  'certificates.k8s.io/v1/CertificateSigningRequest full': {
    conditions: [{ ...condition('Failed'), lastUpdateTime: start }],
  },
};
