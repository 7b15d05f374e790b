// Valid objects of the groups apps, batch, autoscaling, policy, scheduling, coordination, events and node.

import type { Samples } from './samples.ts';

const labels = { app: 'web' };
const selector = { matchLabels: labels };
const podSpec = { containers: [{ name: 'c', image: 'registry.example/app:1' }] };
const template = { metadata: { labels }, spec: podSpec };
const jobTemplate = { spec: { ...podSpec, restartPolicy: 'Never' } };
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };
const metric = (name: string) => ({ name, selector });

export const workloadSamples: Samples = {
  'apps/v1/Deployment': {
    minimal: { spec: { selector, template } },
    full: {
      spec: {
        replicas: 2,
        selector: { matchLabels: labels, matchExpressions: [{ key: 'app', operator: 'Exists' }] },
        template,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: '25%' } },
        minReadySeconds: 1,
        revisionHistoryLimit: 3,
        paused: true,
        progressDeadlineSeconds: 60,
      },
    },
    recreate: { spec: { selector, template, strategy: { type: 'Recreate' } } },
  },
  'apps/v1/ReplicaSet': {
    minimal: { spec: { selector, template } },
    full: { spec: { replicas: 2, minReadySeconds: 1, selector, template } },
  },
  'apps/v1/DaemonSet': {
    minimal: { spec: { selector, template } },
    full: {
      spec: {
        selector,
        template,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
        minReadySeconds: 1,
        revisionHistoryLimit: 3,
      },
    },
    onDelete: { spec: { selector, template, updateStrategy: { type: 'OnDelete' } } },
  },
  'apps/v1/StatefulSet': {
    minimal: { spec: { selector, template, serviceName: 's' } },
    full: {
      spec: {
        replicas: 2,
        selector,
        template,
        serviceName: 's',
        volumeClaimTemplates: [
          {
            metadata: { name: 'data', labels },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
        podManagementPolicy: 'Parallel',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1, maxUnavailable: 1 } },
        revisionHistoryLimit: 3,
        minReadySeconds: 1,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
        ordinals: { start: 1 },
      },
    },
    onDelete: { spec: { selector, template, updateStrategy: { type: 'OnDelete' } } },
  },
  'apps/v1/ControllerRevision': { full: { revision: 1, data: { a: 'b' } } },
  'batch/v1/Job': {
    minimal: { spec: { template: jobTemplate } },
    full: {
      spec: {
        parallelism: 2,
        completions: 3,
        activeDeadlineSeconds: 10,
        backoffLimit: 1,
        completionMode: 'Indexed',
        suspend: true,
        ttlSecondsAfterFinished: 3,
        podReplacementPolicy: 'Failed',
        podFailurePolicy: {
          rules: [
            { action: 'FailJob', onExitCodes: { containerName: 'c', operator: 'In', values: [1, 2] } },
            { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          ],
        },
        successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] },
        template: jobTemplate,
      },
    },
    perIndex: {
      spec: {
        completions: 3,
        completionMode: 'Indexed',
        backoffLimitPerIndex: 1,
        maxFailedIndexes: 2,
        managedBy: 'example.com/x',
        template: jobTemplate,
      },
    },
    manual: {
      spec: {
        manualSelector: true,
        selector,
        template: { metadata: { labels }, spec: { ...podSpec, restartPolicy: 'OnFailure' } },
      },
    },
  },
  'batch/v1/CronJob': {
    minimal: { spec: { schedule: '* * * * *', jobTemplate: { spec: { template: jobTemplate } } } },
    full: {
      spec: {
        schedule: '0 3 * * 1-5',
        timeZone: 'Europe/Paris',
        startingDeadlineSeconds: 10,
        concurrencyPolicy: 'Forbid',
        suspend: true,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 2,
        jobTemplate: { metadata: { labels }, spec: { template: jobTemplate, backoffLimit: 2 } },
      },
    },
  },
  'autoscaling/v2/HorizontalPodAutoscaler': {
    minimal: { spec: { scaleTargetRef: target, maxReplicas: 3 } },
    full: {
      spec: {
        scaleTargetRef: target,
        minReplicas: 1,
        maxReplicas: 3,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
          {
            type: 'ContainerResource',
            containerResource: { name: 'cpu', container: 'c', target: { type: 'AverageValue', averageValue: '1' } },
          },
          { type: 'Pods', pods: { metric: metric('p'), target: { type: 'AverageValue', averageValue: '1' } } },
          {
            type: 'Object',
            object: { describedObject: target, metric: metric('o'), target: { type: 'Value', value: '5' } },
          },
          { type: 'External', external: { metric: metric('e'), target: { type: 'Value', value: '5' } } },
        ],
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Min',
            policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
          },
          scaleDown: {
            stabilizationWindowSeconds: 60,
            selectPolicy: 'Disabled',
            policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }],
          },
        },
      },
    },
  },
  'autoscaling/v1/HorizontalPodAutoscaler': {
    minimal: { spec: { scaleTargetRef: target, maxReplicas: 3 } },
    full: { spec: { scaleTargetRef: target, minReplicas: 2, maxReplicas: 3, targetCPUUtilizationPercentage: 50 } },
  },
  'policy/v1/PodDisruptionBudget': {
    available: { spec: { minAvailable: 1, selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
    unavailable: { spec: { maxUnavailable: '25%', selector: {} } },
  },
  'scheduling.k8s.io/v1/PriorityClass': {
    full: { value: 10, globalDefault: false, description: 'd', preemptionPolicy: 'Never' },
    minimal: { value: 0 },
  },
  'coordination.k8s.io/v1/Lease': {
    full: {
      spec: {
        holderIdentity: 'h',
        leaseDurationSeconds: 15,
        acquireTime: '2020-01-01T00:00:00.000000Z',
        renewTime: '2020-01-01T00:00:00.000000Z',
        leaseTransitions: 1,
      },
    },
    strategic: { spec: { holderIdentity: 'h', strategy: 'OldestEmulationVersion', preferredHolder: 'p' } },
    empty: {},
  },
  'events.k8s.io/v1/Event': {
    full: {
      eventTime: '2020-01-01T00:00:00.000000Z',
      reportingController: 'example.com/c',
      reportingInstance: 'i',
      action: 'A',
      reason: 'R',
      type: 'Normal',
      note: 'n',
      regarding: { kind: 'Pod', namespace: 'default', name: 'p' },
      related: { kind: 'Node', name: 'n' },
      series: { count: 2, lastObservedTime: '2020-01-01T00:00:00.000000Z' },
    },
  },
  'node.k8s.io/v1/RuntimeClass': {
    minimal: { handler: 'h' },
    full: {
      handler: 'h',
      overhead: { podFixed: { cpu: '1m', memory: '1Mi' } },
      scheduling: {
        nodeSelector: { a: 'b' },
        tolerations: [{ key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute', tolerationSeconds: 1 }],
      },
    },
  },
};
