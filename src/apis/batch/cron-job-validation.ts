// Which cron jobs are refused? Upstream's ValidateCronJobSpec.

import { invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { nonNegative, oneOf } from '../field-rules.ts';
import type { CronJob, CronJobSpec } from './generated/v1.ts';
import { validateJobTemplate } from './job-validation.ts';
import { scheduleError } from './schedule.ts';

/** The names of its jobs are eleven characters longer. */
const nameMax = 52;

/** Causes against a new cron job. */
export function validateCronJob({ metadata, spec }: CronJob): StatusCause[] {
  if (!spec) return [required('spec')];
  const causes = validateCronJobSpec(spec);
  if (metadata.name.length <= nameMax) return causes;
  return [...causes, invalidValue('metadata.name', metadata.name, `must be no more than ${nameMax} characters`)];
}

/** Causes against an update of a cron job. */
export function validateCronJobUpdate({ spec }: CronJob): StatusCause[] {
  return spec ? validateCronJobSpec(spec) : [required('spec')];
}

function validateCronJobSpec(spec: CronJobSpec): StatusCause[] {
  return [
    ...validateSchedule(spec),
    ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...validateTimeZone(spec.timeZone),
    ...(spec.concurrencyPolicy ? [] : [required('spec.concurrencyPolicy')]),
    ...oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
    ...validateJobTemplate(spec.jobTemplate.spec, 'spec.jobTemplate.spec'),
    ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
  ];
}

function validateSchedule({ schedule }: CronJobSpec): StatusCause[] {
  if (!schedule) return [required('spec.schedule')];
  if (/(?:^|\s)(?:CRON_)?TZ=/.test(schedule)) {
    const why = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
    return [invalidValue('spec.schedule', schedule, why)];
  }
  const error = scheduleError(schedule);
  return error === undefined ? [] : [invalidValue('spec.schedule', schedule, error)];
}

function validateTimeZone(timeZone: string | undefined): StatusCause[] {
  if (timeZone === undefined) return [];
  if (timeZone === '') return [invalidValue('spec.timeZone', timeZone, 'timeZone must be nil or non-empty string')];
  if (timeZone.toLowerCase() === 'local') {
    const why = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [invalidValue('spec.timeZone', timeZone, why)];
  }
  return isTimeZone(timeZone) ? [] : [invalidValue('spec.timeZone', timeZone, `unknown time zone ${timeZone}`)];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
