// What is said of jobs that are taken? Source: pkg/api/job/warnings.go and the strategies of pkg/registry/batch.

import { isSame, warnName, warnTemplate, workloadNames } from '../core/pod-warnings.ts';
import type { CronJob, Job, JobSpec } from './generated/v1.ts';

const completionsMax = 100_000;
const parallelismMax = 10_000;
const tooLarge =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
const zoneInSchedule =
  'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';

export function jobWarnings(object: Job, old?: Job): string[] {
  const warnings = old ? [] : warnName(object.metadata.name, workloadNames);
  return isSame(object, old) ? warnings : [...warnings, ...warnJobSpec(object.spec, 'spec')];
}

export function cronJobWarnings(object: CronJob, old?: CronJob): string[] {
  const warnings = old ? [] : warnName(object.metadata.name, workloadNames);
  if (!isSame(object, old)) warnings.push(...warnJobSpec(object.spec?.jobTemplate.spec, 'spec.jobTemplate.spec'));
  // A new one is refused for it.
  if (old && object.spec?.schedule.includes('TZ')) warnings.push(zoneInSchedule);
  return warnings;
}

function warnJobSpec(spec: JobSpec | undefined, path: string): string[] {
  if (!spec) return [];
  const { completionMode, completions = 0, parallelism = 0, template } = spec;
  const isTooLarge = completionMode === 'Indexed' && completions > completionsMax && parallelism > parallelismMax;
  return [...(isTooLarge ? [`${path}: ${tooLarge}`] : []), ...warnTemplate(template, `${path}.template`)];
}
