import { expect, test } from 'vitest';
import { created, refusals } from '../testing.ts';
import { scheduleError } from './schedule.ts';

const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'i' }] } };
const jobTemplate = { spec: { template } };
const defaults = {
  completionMode: 'NonIndexed',
  suspend: false,
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
      'spec.template.metadata.labels[job-name]: Invalid value: {"controller-uid":"u","job-name":"y","batch.kubernetes.io/controller-uid":"u","batch.kubernetes.io/job-name":"x"}: must be \'x\'',
    ],
  },
  {
    name: 'a selector without leave -> refused',
    spec: { selector: { matchLabels: { app: 'x' } } },
    want: [
      'spec.selector: Invalid value: {"matchLabels":{"batch.kubernetes.io/controller-uid":"u","app":"x"}}: `selector` not auto-generated',
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
      'spec.podFailurePolicy.rules[0]: Invalid value: {"action":"Count"}: specifying one of OnExitCodes and OnPodConditions is required',
    ],
  },
  {
    name: 'another template -> refused',
    spec: { template: { spec: { ...template.spec, containers: [{ name: 'a', image: 'j' }] } } },
    old: {},
    want: [expect.stringMatching(/^spec\.template: Invalid value: .*: field is immutable$/)],
  },
  {
    name: 'suspended: other nodes -> accepted',
    spec: { suspend: true, template: { spec: { ...template.spec, nodeSelector: { a: 'b' } } } },
    old: { suspend: true },
    want: [],
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

test('a status -> complete or failed, and ended only when complete', () => {
  const status = {
    completionTime: '2026-01-01T00:00:00Z',
    conditions: [{ type: 'Failed', status: 'True' }],
  };
  expect(refusals('Job', { spec: { template }, status }, { isStatus: true })).toEqual([
    'status.completionTime: Invalid value: "2026-01-01T00:00:00Z": completionTime cannot be set for non-finished jobs',
  ]);
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
  ['@often', 'unrecognized descriptor: @often'],
])('schedule %s -> %s', (schedule, want) => {
  expect(scheduleError(schedule)).toBe(want);
});
