// Which cron jobs are refused? Upstream's ValidateCronJobSpec.

import { invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { nonNegative, oneOf } from '../field-rules.ts';
import type { CronJob, CronJobSpec } from './generated/v1.ts';
import { validateJobTemplate } from './job-validation.ts';
import { isTimeZone, scheduleError } from './schedule.ts';

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
export function validateCronJobUpdate({ spec }: CronJob, old: CronJob): StatusCause[] {
  return spec ? validateCronJobSpec(spec, old.spec) : [required('spec')];
}

function validateCronJobSpec(spec: CronJobSpec, old?: CronJobSpec): StatusCause[] {
  return [
    ...validateSchedule(spec, old),
    ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...(old && old.timeZone === spec.timeZone ? [] : validateTimeZone(spec.timeZone)),
    ...(spec.concurrencyPolicy ? [] : [required('spec.concurrencyPolicy')]),
    ...oneOf('spec.concurrencyPolicy', spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']),
    ...validateJobTemplate(spec.jobTemplate.spec, 'spec.jobTemplate.spec'),
    ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
  ];
}

function validateSchedule({ schedule, timeZone }: CronJobSpec, old: CronJobSpec | undefined): StatusCause[] {
  if (!schedule) return [required('spec.schedule')];
  const error = scheduleError(schedule);
  const causes = error === undefined ? [] : [invalidValue('spec.schedule', schedule, error)];
  if (!schedule.includes('TZ')) return causes;
  const refused = (why: string): StatusCause[] => [...causes, invalidValue('spec.schedule', schedule, why)];
  // What came before there were time zones may stay.
  if (!old?.schedule.includes('TZ')) {
    return refused('cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
  }
  return timeZone === undefined ? causes : refused('cannot use both timeZone field and TZ or CRON_TZ in schedule');
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
