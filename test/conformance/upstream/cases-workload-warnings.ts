// What is said of workloads that are taken, when they come and when they change: the `Warning` headers.

import { type Case, merge, type Step } from './exchange.ts';
import { appArmor, claim, container, type Fields, inNamespace, labels, posted, seccomp, template } from './warned.ts';

const apps = '/apis/apps/v1/namespaces/{ns}';
const batch = '/apis/batch/v1/namespaces/{ns}';

const workload = (spec: Fields, more: Fields = {}): Fields => ({
  spec: { selector: { matchLabels: labels }, template: template(spec), ...more },
});
const hidden = { containers: [container({ env: [{ name: 'A' }, { name: 'A', value: 'x' }] })] };
const jobTemplate = template({ ...hidden, restartPolicy: 'Never' }, appArmor('unconfined'));

/** A workload is created; then it changes where it counts, where it does not, in its status and in its scale. */
function workloadCase(kind: string, path: string, fields: Fields): Case {
  const step = (change: object, subresource = ''): Step => [`PATCH ${path}/a.b${subresource}`, change, merge];
  return {
    name: `warnings of workloads: ${kind}`,
    steps: [
      [`POST ${path}`, { metadata: { name: 'a.b' }, ...fields }],
      step({ metadata: { labels: { x: 'y' } } }),
      step({ metadata: { annotations: { x: 'y' } } }),
      step({ spec: { minReadySeconds: 3 } }),
      step({ spec: { template: { spec: { terminationGracePeriodSeconds: -3 } } } }),
      step({ spec: { template: { spec: { terminationGracePeriodSeconds: 7 } } } }),
      step({ status: { observedGeneration: 1 } }, '/status'),
      step({ spec: { replicas: 0 } }, '/scale'),
    ],
  };
}

export const workloadWarningCases: Case[] = [
  workloadCase('deployments', `${apps}/deployments`, workload(hidden)),
  workloadCase('replica sets', `${apps}/replicasets`, workload(hidden)),
  workloadCase('daemon sets', `${apps}/daemonsets`, workload(hidden)),
  workloadCase('replication controllers', `${inNamespace}/replicationcontrollers`, {
    spec: { selector: labels, template: template(hidden) },
  }),
  workloadCase('pod templates', `${inNamespace}/podtemplates`, { template: template(hidden) }),
  {
    name: 'warnings of workloads: stateful sets',
    steps: [
      [
        `POST ${apps}/statefulsets`,
        {
          metadata: { name: 'a' },
          ...workload(hidden, {
            revisionHistoryLimit: -1,
            serviceName: 'a',
            volumeClaimTemplates: [{ metadata: { name: 'v' }, spec: claim }],
          }),
        },
      ],
      [`PATCH ${apps}/statefulsets/a`, { metadata: { labels } }, merge],
      [`PATCH ${apps}/statefulsets/a`, { spec: { revisionHistoryLimit: 2 } }, merge],
      [`PATCH ${apps}/statefulsets/a/scale`, { spec: { replicas: 0 } }, merge],
    ],
  },
  {
    name: 'warnings of workloads: cron jobs and large jobs',
    steps: [
      [`POST ${batch}/jobs`, { metadata: { name: 'a.b' }, spec: { template: jobTemplate } }],
      [`PATCH ${batch}/jobs/a.b`, { metadata: { labels } }, merge],
      [`PATCH ${batch}/jobs/a.b`, { spec: { suspend: true } }, merge],
      posted(`${batch}/jobs`, {
        spec: {
          completionMode: 'Indexed',
          completions: 100_001,
          parallelism: 10_001,
          template: jobTemplate,
          backoffLimitPerIndex: 1,
          maxFailedIndexes: 1,
        },
      }),
      posted(`${batch}/jobs`, {
        spec: { completionMode: 'Indexed', completions: 100_001, parallelism: 10_001, template: jobTemplate },
      }),
      [
        `POST ${batch}/cronjobs`,
        {
          metadata: { name: 'a.b' },
          spec: { schedule: '* * * * *', jobTemplate: { spec: { template: jobTemplate } } },
        },
      ],
      [`PATCH ${batch}/cronjobs/a.b`, { metadata: { labels } }, merge],
      [`PATCH ${batch}/cronjobs/a.b`, { spec: { suspend: true } }, merge],
      [`PATCH ${batch}/cronjobs/a.b`, { spec: { schedule: 'TZ=UTC * * * * *' } }, merge],
      posted(`${batch}/cronjobs`, {
        spec: { schedule: 'TZ=UTC * * * * *', jobTemplate: { spec: { template: jobTemplate } } },
      }),
    ],
  },
  {
    name: 'warnings of templates: annotations that became fields',
    steps: [
      posted(`${inNamespace}/podtemplates`, { template: template({}, appArmor('unconfined')) }),
      posted(`${inNamespace}/podtemplates`, {
        template: template({ securityContext: { appArmorProfile: { type: 'Unconfined' } } }, appArmor('unconfined')),
      }),
      posted(`${inNamespace}/podtemplates`, {
        template: template({ securityContext: { appArmorProfile: { type: 'Unconfined' } } }, appArmor('')),
      }),
      posted(`${inNamespace}/podtemplates`, {
        template: template({ nodeSelector: { 'beta.kubernetes.io/os': 'x' } }, seccomp),
      }),
    ],
  },
];
