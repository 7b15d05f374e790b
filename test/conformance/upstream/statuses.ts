// What may the status of each kind be? One of each kind that has one, by `apiVersion/Kind`.

const lastTransitionTime = '2021-02-03T04:05:06Z';
const condition = { type: 'Ready', status: 'True', lastTransitionTime, reason: 'R', message: 'm' };
const loadBalancer = { ingress: [{ ip: '1.2.3.4' }] };
const available = { type: 'Available', status: 'True', lastTransitionTime };
const replicas = { replicas: 3, observedGeneration: 1, conditions: [available] };

export const statuses: Record<string, object> = {
  'v1/Pod': {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }],
    hostIP: '1.2.3.4',
  },
  'v1/PersistentVolumeClaim': { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
  'v1/PersistentVolume': { phase: 'Released', reason: 'r' },
  'v1/Service': { loadBalancer },
  'v1/Node': { capacity: { cpu: '2' }, addresses: [{ type: 'Hostname', address: 'a' }] },
  'v1/Namespace': { phase: 'Active', conditions: [{ type: 'X', status: 'True' }] },
  'v1/ResourceQuota': { hard: { pods: '1' }, used: { pods: '0' } },
  'v1/ReplicationController': replicas,
  'apps/v1/Deployment': { ...replicas, updatedReplicas: 1 },
  'apps/v1/ReplicaSet': replicas,
  'apps/v1/DaemonSet': { currentNumberScheduled: 1, numberMisscheduled: 0, desiredNumberScheduled: 1, numberReady: 1 },
  'apps/v1/StatefulSet': { replicas: 1, readyReplicas: 1, conditions: [{ type: 'X', status: 'True' }] },
  'batch/v1/Job': { active: 1, conditions: [{ type: 'Suspended', status: 'False' }] },
  'batch/v1/CronJob': { lastScheduleTime: lastTransitionTime },
  'autoscaling/v2/HorizontalPodAutoscaler': {
    currentReplicas: 1,
    desiredReplicas: 2,
    conditions: [{ type: 'ScalingActive', status: 'True' }],
    currentMetrics: [
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 5, averageValue: '1' } } },
    ],
  },
  'autoscaling/v1/HorizontalPodAutoscaler': { currentReplicas: 1, desiredReplicas: 2 },
  'policy/v1/PodDisruptionBudget': {
    currentHealthy: 1,
    desiredHealthy: 1,
    expectedPods: 1,
    disruptionsAllowed: 0,
    conditions: [{ ...condition, type: 'DisruptionAllowed', status: 'False' }],
  },
  'storage.k8s.io/v1/VolumeAttachment': { attached: true, attachmentMetadata: { a: 'b' } },
  'networking.k8s.io/v1/Ingress': { loadBalancer },
  'networking.k8s.io/v1/ServiceCIDR': { conditions: [condition] },
  'certificates.k8s.io/v1/CertificateSigningRequest': {
    conditions: [{ type: 'Failed', status: 'True', reason: 'R' }],
  },
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy': { observedGeneration: 1, conditions: [condition] },
};
