import { expect, test } from 'vitest';
import { created, refusals } from '../testing.ts';
import type { Job } from './generated/v1.ts';
import { validateJobUpdate } from './job-update.ts';
import { scheduleError } from './schedule.ts';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'i' }] } };
const jobTemplate = { spec: { template } };
const defaults = {
  completionMode: 'NonIndexed',
  suspend: false,
  manualSelector: false,
  backoffLimit: 6,
  parallelism: 1,
  podReplacementPolicy: 'TerminatingOrFailed',
};

test.each<{ name: string; spec: object; want: object }>([
  { name: 'nothing said -> one pod, six retries', spec: {}, want: { ...defaults, completions: 1 } },
  { name: 'a work queue -> no number of completions', spec: { parallelism: 3 }, want: { ...defaults, parallelism: 3 } },
  {
    name: 'retries per index -> no bound over all',
    spec: { completions: 2, completionMode: 'Indexed', backoffLimitPerIndex: 1 },
    want: { ...defaults, completions: 2, completionMode: 'Indexed', backoffLimitPerIndex: 1, backoffLimit: 2147483647 },
  },
  {
    name: 'a failure policy -> replaced when failed, conditions true',
    spec: { podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] } },
    want: {
      ...defaults,
      completions: 1,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
      },
    },
  },
])('defaults of a job: $name', ({ spec, want }) => {
  const { spec: got } = created('Job', { spec: { template, ...spec } }) as unknown as { spec: Record<string, unknown> };
  const { template: _, selector: __, ...rest } = got;
  expect(rest).toEqual(want);
});

test('a job -> finds its pods by labels of its own', () => {
  expect(created('Job', { spec: { template } })).toMatchObject({
    spec: {
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
      template: {
        metadata: {
          labels: {
            'controller-uid': 'u',
            'job-name': 'x',
            'batch.kubernetes.io/controller-uid': 'u',
            'batch.kubernetes.io/job-name': 'x',
          },
        },
      },
    },
    status: {},
  });
});

test.each<{ name: string; spec: object; old?: object; want: string[] }>([
  { name: 'whole -> accepted', spec: {}, want: [] },
  {
    name: 'pods that restart for ever -> refused',
    spec: { template: { spec: { ...template.spec, restartPolicy: 'Always' } } },
    want: ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  },
  {
    name: 'another label of its own -> refused',
    spec: { template: { ...template, metadata: { labels: { 'job-name': 'y' } } } },
    want: [
      'spec.template.metadata.labels[job-name]: Invalid value: {"batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"x","controller-uid":"u","job-name":"y"}: must be \'x\'',
    ],
  },
  {
    name: 'a selector without leave -> refused',
    spec: { selector: { matchLabels: { app: 'x' } } },
    want: [
      'spec.selector: Invalid value: {"matchLabels":{"app":"x","batch.kubernetes.io/controller-uid":"u"}}: `selector` not auto-generated',
      expect.stringContaining('`selector` does not match template `labels`'),
    ],
  },
  {
    name: 'a negative bound -> refused',
    spec: { backoffLimit: -1 },
    want: ['spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0'],
  },
  {
    name: 'indexed without a number -> refused',
    spec: { completionMode: 'Indexed', parallelism: 100_001 },
    want: [
      'spec.completions: Required value: when completion mode is Indexed',
      'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
    ],
  },
  {
    name: 'bounds per index without indexes -> refused',
    spec: { backoffLimitPerIndex: 1 },
    want: ['spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode'],
  },
  {
    name: 'failed indexes without retries per index -> refused',
    spec: { completionMode: 'Indexed', completions: 1, maxFailedIndexes: 1 },
    want: ['spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified'],
  },
  {
    name: 'a failure policy that says nothing -> refused',
    spec: { podFailurePolicy: { rules: [{ action: 'Count' }] } },
    want: [
      'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
    ],
  },
  {
    name: 'exit codes in disorder, of a container that is not there -> refused',
    spec: {
      podFailurePolicy: {
        rules: [{ action: 'FailJob', onExitCodes: { containerName: 'z', operator: 'In', values: [3, 0, 3] } }],
      },
    },
    want: [
      'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "z": must be one of the container or initContainer names in the pod template',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[1]: Invalid value: 0: must not be 0 for the In operator',
      'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 3',
      'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [3,0,3]: must be ordered',
    ],
  },
  {
    name: 'success after more indexes than there are -> refused',
    spec: {
      completionMode: 'Indexed',
      completions: 3,
      successPolicy: { rules: [{ succeededIndexes: '0,2', succeededCount: 4 }, { succeededIndexes: '2-1' }, {}] },
    },
    want: [
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the number of specified completions)',
      'spec.successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
      'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "2-1": error parsing succeededIndexes: non-increasing order, previous: 2, current: 1',
      'spec.successPolicy.rules[2]: Required value: at least one of succeededCount or succeededIndexes must be specified',
    ],
  },
  {
    name: 'a success policy without a number of completions -> told of the number alone',
    spec: { completionMode: 'Indexed', successPolicy: { rules: [{ succeededCount: 1 }] }, parallelism: 1 },
    want: ['spec.completions: Required value: when completion mode is Indexed'],
  },
  {
    name: 'a manager without a domain -> refused',
    spec: { managedBy: 'me' },
    want: ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
  },
  {
    name: 'another template -> refused',
    spec: { template: { spec: { ...template.spec, containers: [{ name: 'a', image: 'j' }] } } },
    old: {},
    want: [
      expect.stringMatching(
        /^spec\.template: Invalid value: \{"labels":\{.*\},"Spec":\{"Volumes":null,.*"Image":"j","Command":null,.*: field is immutable$/,
      ),
    ],
  },
  {
    name: 'about to be suspended: other nodes -> refused',
    spec: { suspend: true, template: { spec: { ...template.spec, nodeSelector: { a: 'b' } } } },
    old: { suspend: true },
    want: [expect.stringMatching(/^spec\.template: Invalid value: .*: field is immutable$/)],
  },
  { name: 'more at once -> accepted', spec: { parallelism: 2, completions: 1 }, old: { completions: 1 }, want: [] },
  {
    name: 'another number -> refused',
    spec: { completions: 2 },
    old: { completions: 1 },
    want: ['spec.completions: Invalid value: 2: field is immutable'],
  },
  {
    name: 'indexed: as many as run at once -> accepted',
    spec: { completionMode: 'Indexed', completions: 3, parallelism: 3 },
    old: { completionMode: 'Indexed', completions: 2, parallelism: 2 },
    want: [],
  },
])('job: $name', ({ spec, old, want }) => {
  expect(refusals('Job', { spec: { template, ...spec } }, old && { old: { spec: { template, ...old } } })).toEqual(
    want,
  );
});

test.each<{ name: string; pod: object; active?: number; want: unknown[] }>([
  { name: 'other nodes', pod: { nodeSelector: { a: 'b' }, affinity: { nodeAffinity: {} } }, want: [] },
  {
    name: 'other requests',
    pod: { containers: [{ name: 'a', image: 'i', resources: { requests: { cpu: '1' } } }] },
    want: [],
  },
  {
    name: 'another image',
    pod: { containers: [{ name: 'a', image: 'j' }] },
    want: [expect.stringMatching(/^spec\.template\.spec: Invalid value: .*: field is immutable$/)],
  },
  {
    name: 'other nodes, while a pod still runs',
    pod: { nodeSelector: { a: 'b' } },
    active: 1,
    want: [expect.stringMatching(/^spec\.template: Invalid value: .*: field is immutable$/)],
  },
])('a suspended job, $name', ({ pod, active = 0, want }) => {
  const status = { active, conditions: [{ type: 'Suspended', status: 'True' }] };
  const [object, old] = [{ ...template.spec, ...pod }, template.spec].map((spec) =>
    created('Job', { spec: { suspend: true, template: { spec } } }),
  ) as [Job, Job];
  expect(validateJobUpdate(object, { ...old, status }).map(({ field, message }) => `${field}: ${message}`)).toEqual(
    want,
  );
});

const [start, end] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
const conditions = (...types: string[]): object => ({ conditions: types.map((type) => ({ type, status: 'True' })) });
const indexed = { completionMode: 'Indexed', completions: 4, backoffLimitPerIndex: 1 };
const done = { ...conditions('SuccessCriteriaMet', 'Complete'), startTime: start, completionTime: end };

test.each<{ name: string; spec?: object; status: object; old?: object; want: string[] }>([
  { name: 'complete, with all that goes with it -> accepted', status: done, want: [] },
  {
    name: 'complete without more -> refused',
    status: conditions('Complete'),
    want: [
      'status.completionTime: Required value: completionTime is required for Complete jobs',
      'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
      'status.startTime: Required value: startTime is required for finished job',
    ],
  },
  {
    name: 'ended, and neither complete nor failed -> refused',
    status: { completionTime: start },
    want: [
      `status.completionTime: Invalid value: "${start}": cannot set completionTime when there is no Complete=True condition`,
    ],
  },
  {
    name: 'complete before it started -> refused',
    status: { ...done, startTime: end, completionTime: start },
    want: [`status.completionTime: Invalid value: "${start}": must be equal to or after \`startTime\``],
  },
  {
    name: 'failed with pods that run -> refused',
    status: { ...conditions('FailureTarget', 'Failed'), startTime: start, active: 1, terminating: 1 },
    want: [
      'status.active: Invalid value: 1: active>0 is invalid for finished job',
      'status.terminating: Invalid value: 1: terminating>0 is invalid for finished job',
    ],
  },
  { name: 'what was wrong before -> accepted', status: conditions('Complete'), old: conditions('Complete'), want: [] },
  {
    name: 'no more complete -> refused',
    status: { startTime: start },
    old: done,
    want: [
      'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
      'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
    ],
  },
  {
    name: 'fewer than before -> refused',
    status: { succeeded: 1, failed: 1 },
    old: { succeeded: 2, failed: 2 },
    want: [
      'status.failed: Invalid value: 1: cannot decrease the failed counter',
      'status.succeeded: Invalid value: 1: cannot decrease the succeeded counter',
    ],
  },
  {
    name: 'indexes that both failed and completed -> refused',
    spec: indexed,
    status: { completedIndexes: '0-2', failedIndexes: '2,3' },
    want: ['status.failedIndexes: Invalid value: "2,3": failedIndexes and completedIndexes overlap at index: 2'],
  },
  {
    name: 'indexes beyond the last -> refused',
    spec: indexed,
    status: { completedIndexes: '0-4' },
    want: ['status.completedIndexes: Invalid value: "0-4": error parsing completedIndexes: too large index: "4"'],
  },
  {
    name: 'a pod counted twice -> refused',
    status: { uncountedTerminatedPods: { succeeded: ['a', ''], failed: ['a'] } },
    want: [
      'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
      'status.uncountedTerminatedPods.failed[0]: Duplicate value: "a"',
    ],
  },
])('status of a job: $name', ({ spec, status, old, want }) => {
  const of = (state: object | undefined) => ({ spec: { template, ...spec }, status: state });
  expect(refusals('Job', of(status), { isStatus: true, old: of(old ?? {}) })).toEqual(want);
});

test.each<{ name: string; spec: object; metadata?: object; want: string[] }>([
  { name: 'whole -> accepted', spec: {}, want: [] },
  { name: 'no schedule -> refused', spec: { schedule: '' }, want: ['spec.schedule: Required value'] },
  {
    name: 'a zone in the schedule -> refused',
    spec: { schedule: 'TZ=UTC * * * * *' },
    want: [
      'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ],
  },
  {
    name: 'unknown zone -> refused',
    spec: { timeZone: 'Mars/Olympus' },
    want: ['spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus'],
  },
  {
    name: 'unknown policy -> refused',
    spec: { concurrencyPolicy: 'Queue' },
    want: ['spec.concurrencyPolicy: Unsupported value: "Queue": supported values: "Allow", "Forbid", "Replace"'],
  },
  {
    name: 'a name too long for its jobs -> refused',
    spec: {},
    metadata: { name: 'n'.repeat(53) },
    want: [`metadata.name: Invalid value: "${'n'.repeat(53)}": must be no more than 52 characters`],
  },
  {
    name: 'a selector for its jobs -> refused',
    spec: { jobTemplate: { spec: { template, selector: {} } } },
    want: ['spec.jobTemplate.spec.selector: Invalid value: {}: `selector` will be auto-generated'],
  },
])('cron job: $name', ({ spec, metadata, want }) => {
  expect(
    refusals('CronJob', { ...(metadata && { metadata }), spec: { schedule: '* * * * *', jobTemplate, ...spec } }),
  ).toEqual(want);
});

test('a cron job -> lets runs overlap and keeps a short history', () => {
  expect(created('CronJob', { spec: { schedule: '@daily', jobTemplate } })).toMatchObject({
    spec: { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
  });
});

test.each([
  ['*/5 * * * *', undefined],
  ['0 0 1,15 * MON-FRI', undefined],
  ['5/15 * * jan ?', undefined],
  ['@hourly', undefined],
  ['@every 1h30m', undefined],
  ['* * *', 'expected exactly 5 fields, found 3: [* * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['5-3 * * * *', 'beginning of range (5) beyond end of range (3): 5-3'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['TZ=Europe/Paris * * * * *', undefined],
  ['TZ=Mars * * * * *', 'provided bad location Mars: unknown time zone Mars'],
  ['@often', 'unrecognized descriptor: @often'],
])('schedule %s -> %s', (schedule, want) => {
  expect(scheduleError(schedule)).toBe(want);
});
