// What of a job may change? Upstream's ValidateJobSpecUpdate.

import { invalidValue } from '../../apimachinery/field-error.ts';
import { goStruct } from '../../apimachinery/go-values.ts';
import { jsonEqual } from '../../apimachinery/json-equal.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { keptSelector } from '../apps/template-rules.ts';
import type { Container, PodSpec, PodTemplateSpec } from '../core/generated/v1.ts';
import { immutable, immutableMessage } from '../field-rules.ts';
import { internalForm } from '../internal-form.ts';
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
    jsonEqual(spec[field], before[field]) ? [] : [invalidValue(`spec.${field}`, shown, immutableMessage)];
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
  if (!isHeld(old)) {
    if (jsonEqual(template, before)) return [];
    return [invalidValue('spec.template', internalForm('PodTemplateSpec', template), immutableMessage)];
  }
  if (jsonEqual(lasting(template.spec), lasting(before.spec))) return [];
  return [invalidValue('spec.template.spec', internalForm('PodSpec', template.spec ?? {}), immutableMessage)];
}

/** Is it suspended, and is that done? */
function isHeld({ spec, status }: Job): boolean {
  const isSuspended = status?.conditions?.some(({ type, status: is }) => type === 'Suspended' && is === 'True');
  return Boolean(spec?.suspend && isSuspended && !status?.active);
}

/** What does not change even of a job whose pods are held: all but where they run, and what they ask for. */
function lasting(spec: PodSpec | undefined): object {
  if (!spec) return {};
  const { affinity, nodeSelector: _nodes, tolerations: _tolerations, schedulingGates: _gates, ...rest } = spec;
  const { nodeAffinity: _affinity, ...otherAffinity } = affinity ?? {};
  const unmeasured = ({ resources: _resources, ...container }: Container): object => container;
  return {
    ...rest,
    affinity: otherAffinity,
    containers: spec.containers.map(unmeasured),
    initContainers: spec.initContainers?.map(unmeasured),
  };
}
