// What of a job may change? Upstream's ValidateJobSpecUpdate.

import { invalidValue } from '../../apimachinery/field-error.ts';
import { goStruct } from '../../apimachinery/go-values.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { keptSelector } from '../apps/template-rules.ts';
import type { PodTemplateSpec } from '../core/generated/v1.ts';
import { immutable, immutableMessage } from '../field-rules.ts';
import type { Job, JobSpec } from './generated/v1.ts';
import { successPolicyShape, validateJob, validateWholeSpec } from './job-validation.ts';

const failurePolicyShape = {
  Rules: [
    {
      Action: '',
      OnExitCodes: { ContainerName: null, Operator: '', Values: null },
      OnPodConditions: [{ Type: '', Status: '' }],
    },
  ],
} as const;

/** Causes against an update of a job. Upstream looks at the whole of it twice. */
export function validateJobUpdate(job: Job, old: Job): StatusCause[] {
  const { spec } = job;
  const { spec: before } = old;
  const causes = validateJob(job, old);
  if (!spec || !before) return causes;
  const kept = (field: keyof JobSpec, shown: unknown = spec[field]): StatusCause[] =>
    immutable(`spec.${field}`, spec[field], before[field]).map(({ field: at = '' }) =>
      invalidValue(at, shown, immutableMessage),
    );
  return [
    ...causes,
    ...validateWholeSpec(spec),
    ...validateCompletions(spec, before),
    ...keptSelector(spec, before),
    ...validateTemplateUpdate(spec.template, old),
    ...kept('completionMode'),
    ...kept('podFailurePolicy', goStruct(spec.podFailurePolicy, failurePolicyShape)),
    ...kept('backoffLimitPerIndex'),
    ...kept('managedBy'),
    ...kept('successPolicy', goStruct(spec.successPolicy, successPolicyShape)),
  ];
}

function validateCompletions(spec: JobSpec, old: JobSpec): StatusCause[] {
  const { completions, parallelism } = spec;
  if (spec.completionMode !== 'Indexed') return immutable('spec.completions', completions, old.completions);
  // An indexed job may grow and shrink as long as all its indexes run at once.
  if (completions === undefined || completions === old.completions || completions === parallelism) return [];
  return [invalidValue('spec.completions', completions, 'can only be modified in tandem with spec.parallelism')];
}

function validateTemplateUpdate(template: PodTemplateSpec, old: Job): StatusCause[] {
  const { template: before = {} } = old.spec ?? {};
  const isSame = (next: PodTemplateSpec, current: PodTemplateSpec): boolean =>
    immutable('', next, current).length === 0;
  const isHeld = old.spec?.suspend && !old.status?.startTime;
  if (isHeld ? isSame(withoutPlacement(template), withoutPlacement(before)) : isSame(template, before)) return [];
  return [invalidValue('spec.template', template, immutableMessage)];
}

/** The template without what may change of a job that is suspended and has never started: where its pods run. */
function withoutPlacement({ spec }: PodTemplateSpec): PodTemplateSpec {
  if (!spec) return {};
  const { affinity, nodeSelector: _nodes, tolerations: _tolerations, schedulingGates: _gates, ...rest } = spec;
  const { nodeAffinity: _affinity, ...otherAffinity } = affinity ?? {};
  return { spec: { ...rest, ...(Object.keys(otherAffinity).length > 0 && { affinity: otherAffinity }) } };
}
