// Which fields of jobs and cron jobs does the server fill in? Upstream's pkg/apis/batch/v1/defaults.go.

import { defaultPodTemplate } from '../core/pod-defaults.ts';
import type { CronJob, Job, PodFailurePolicy } from './generated/v1.ts';
import { defaultLabels } from './job-labels.ts';

const int32Max = 2 ** 31 - 1;

/** Defaults of a job. */
export function defaultJob(job: Job): void {
  const { spec } = job;
  if (!spec) return;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : int32Max;
  defaultLabels(job);
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  defaultFailurePolicy(spec.podFailurePolicy);
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  defaultPodTemplate(spec.template);
}

/** Defaults of a cron job. Those of its jobs come when they are made. */
export function defaultCronJob({ spec }: CronJob): void {
  if (!spec) return;
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  defaultFailurePolicy(spec.jobTemplate.spec?.podFailurePolicy);
  defaultPodTemplate(spec.jobTemplate.spec?.template);
}

function defaultFailurePolicy(policy: PodFailurePolicy | undefined): void {
  for (const { onPodConditions } of policy?.rules ?? []) {
    for (const pattern of onPodConditions ?? []) pattern.status ||= 'True';
  }
}
