// What is a job to the API server?

import { humanDuration } from '../../apimachinery/duration.ts';
import type { Resource } from '../../apimachinery/meta.ts';
import { formatLabelSelector } from '../../apimachinery/selectors.ts';
import { epochMsOf } from '../../base/clock.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { dropClosedFieldsOf } from '../core/closed-gates.ts';
import { containerColumns } from '../core/containers.ts';
import { defineBuiltIn } from '../definition.ts';
import { defaultJob } from './defaults.ts';
import type { Job, JobStatus } from './generated/v1.ts';
import { generateSelector } from './job-labels.ts';
import { validateJobStatus } from './job-status.ts';
import { validateJobUpdate } from './job-update.ts';
import { validateJob } from './job-validation.ts';
import { jobWarnings } from './job-warnings.ts';

const jobs: Resource<Job> = { group: 'batch', version: 'v1', plural: 'jobs', kind: 'Job', namespaced: true };

export const job = defineBuiltIn<Job>({
  resource: jobs,
  categories: ['all'],
  subresources: ['status'],
  hasGeneration: true,
  columns: [
    nameColumn(),
    column('Status', statusOf),
    column('Completions', completionsOf),
    column('Duration', ({ status }, nowMs) => durationOf(status, nowMs)),
    ageColumn(),
    ...containerColumns<Job>(({ spec }) => spec?.template),
    wideColumn('Selector', ({ spec }) => formatLabelSelector(spec?.selector)),
  ],
  applyDefaults: defaultJob,
  dropClosedFields: ({ spec }) => dropClosedFieldsOf(spec?.template),
  prepareForCreate: (object) => {
    generateSelector(object);
    object.status = {};
  },
  validateCreate: (object) => validateJob(object),
  validateUpdate: validateJobUpdate,
  validateStatus: validateJobStatus,
  warnings: jobWarnings,
  selectableFields: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
});

/** Conditions that name the state of a job, after which they are shown, in upstream's order. */
function statusOf({ metadata, status }: Job): string {
  const holds = (type: string): boolean =>
    status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  const finished = ['Complete', 'Failed'].find(holds);
  if (finished) return finished;
  if (metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(holds) ?? 'Running';
}

function completionsOf({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationOf(status: JobStatus | undefined, nowMs: number): string {
  if (!status?.startTime) return '';
  const endMs = status.completionTime ? epochMsOf(status.completionTime) : nowMs;
  return humanDuration(endMs - epochMsOf(status.startTime));
}
