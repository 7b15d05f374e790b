// What is a cron job to the API server?

import { ageOf } from '../../apimachinery/duration.ts';
import type { Resource } from '../../apimachinery/meta.ts';
import { formatLabelSelector } from '../../apimachinery/selectors.ts';
import { ageColumn, booleanColumn, column, integerColumn, nameColumn, wideColumn } from '../columns.ts';
import { dropClosedFieldsOf } from '../core/closed-gates.ts';
import { containerColumns } from '../core/containers.ts';
import { defineBuiltIn } from '../definition.ts';
import { validateCronJob, validateCronJobUpdate } from './cron-job-validation.ts';
import { defaultCronJob } from './defaults.ts';
import type { CronJob } from './generated/v1.ts';
import { cronJobWarnings } from './job-warnings.ts';

const cronJobs: Resource<CronJob> = {
  group: 'batch',
  version: 'v1',
  plural: 'cronjobs',
  kind: 'CronJob',
  namespaced: true,
};

export const cronJob = defineBuiltIn<CronJob>({
  resource: cronJobs,
  shortNames: ['cj'],
  categories: ['all'],
  subresources: ['status'],
  hasGeneration: true,
  applyDefaults: defaultCronJob,
  dropClosedFields: ({ spec }) => dropClosedFieldsOf(spec?.jobTemplate?.spec?.template),
  prepareForCreate: (object) => {
    object.status = {};
  },
  validateCreate: validateCronJob,
  validateUpdate: validateCronJobUpdate,
  warnings: cronJobWarnings,
  columns: [
    nameColumn(),
    column('Schedule', ({ spec }) => spec?.schedule ?? ''),
    column('Timezone', ({ spec }) => spec?.timeZone ?? '<none>'),
    booleanColumn('Suspend', ({ spec }) => suspended(spec?.suspend)),
    integerColumn('Active', ({ status }) => status?.active?.length ?? 0),
    column('Last Schedule', ({ status }, nowMs) =>
      status?.lastScheduleTime ? ageOf(status.lastScheduleTime, nowMs) : '<none>',
    ),
    ageColumn(),
    ...containerColumns<CronJob>(({ spec }) => spec?.jobTemplate.spec?.template),
    wideColumn('Selector', ({ spec }) => formatLabelSelector(spec?.jobTemplate.spec?.selector)),
  ],
});

/** Go's spelling of a pointer to a boolean. */
function suspended(suspend: boolean | undefined): string {
  if (suspend === undefined) return '<unset>';
  return suspend ? 'True' : 'False';
}
