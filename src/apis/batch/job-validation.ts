// Which jobs are refused, and what of a job may change? Upstream's pkg/apis/batch/validation.

import { invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { validateLabelSelector } from '../../apimachinery/validation.ts';
import { validatePodTemplate } from '../apps/template-rules.ts';
import type { PodTemplateSpec } from '../core/generated/v1.ts';
import { allNonNegative, immutable, oneOf } from '../field-rules.ts';
import type { Job, JobSpec, PodFailurePolicy, PodFailurePolicyRule } from './generated/v1.ts';
import { generatedLabels } from './job-labels.ts';

const indexedParallelismMax = 100_000;
const failureRulesMax = 20;

/** Causes against a new job. */
export function validateJob(job: Job): StatusCause[] {
  if (!job.spec) return [required('spec')];
  return [
    ...validateGeneratedSelector(job, job.spec),
    ...validateSelector(job.spec),
    ...validateJobSpec(job.spec, 'spec'),
  ];
}

/** The labels by which a job finds its pods, unless its maker chooses them. */
function validateGeneratedSelector(job: Job, spec: JobSpec): StatusCause[] {
  if (spec.manualSelector || !spec.selector) return [];
  const labels = spec.template.metadata?.labels ?? {};
  const expected = generatedLabels(job);
  const causes = Object.entries(expected).flatMap(([key, value]) => {
    const at = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) return [required(at, `must be '${value}'`)];
    return labels[key] === value ? [] : [invalidValue(at, labels, `must be '${value}'`)];
  });
  if (!matchesLabelSelector(spec.selector, expected)) {
    causes.push(invalidValue('spec.selector', spec.selector, '`selector` not auto-generated'));
  }
  return causes;
}

function validateSelector({ selector, template }: JobSpec): StatusCause[] {
  if (!selector) return [required('spec.selector')];
  const causes = validateLabelSelector(selector, 'spec.selector');
  const labels = template.metadata?.labels;
  if (causes.length > 0 || matchesLabelSelector(selector, labels)) return causes;
  return [invalidValue('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')];
}

/** Causes against a job's spec, wherever it stands. */
export function validateJobSpec(spec: JobSpec, path: string): StatusCause[] {
  const { backoffLimitPerIndex, maxFailedIndexes, completionMode, podReplacementPolicy, podFailurePolicy } = spec;
  const causes = allNonNegative(path, spec, [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ]);
  if (maxFailedIndexes !== undefined && backoffLimitPerIndex === undefined) {
    causes.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  causes.push(...oneOf(`${path}.completionMode`, completionMode, ['NonIndexed', 'Indexed']));
  causes.push(...(completionMode === 'Indexed' ? validateIndexed(spec, path) : validateNonIndexed(spec, path)));
  if (podFailurePolicy) causes.push(...validateFailurePolicy(podFailurePolicy, spec, `${path}.podFailurePolicy`));
  const replacements = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  causes.push(...oneOf(`${path}.podReplacementPolicy`, podReplacementPolicy, replacements));
  return [...causes, ...validateTemplate(spec, path)];
}

function validateIndexed({ completions, parallelism }: JobSpec, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (completions === undefined) causes.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  if (parallelism !== undefined && parallelism > indexedParallelismMax) {
    const bound = `must be less than or equal to ${indexedParallelismMax} when completion mode is Indexed`;
    causes.push(invalidValue(`${path}.parallelism`, parallelism, bound));
  }
  return causes;
}

function validateNonIndexed(spec: JobSpec, path: string): StatusCause[] {
  return (['backoffLimitPerIndex', 'maxFailedIndexes', 'successPolicy'] as const)
    .filter((field) => spec[field] !== undefined)
    .map((field) => invalidValue(`${path}.${field}`, spec[field], 'requires indexed completion mode'));
}

function validateFailurePolicy({ rules }: PodFailurePolicy, spec: JobSpec, path: string): StatusCause[] {
  if (rules.length > failureRulesMax) {
    return [
      {
        reason: 'FieldValueTooMany',
        field: `${path}.rules`,
        message: `Too many: ${rules.length}: must have at most ${failureRulesMax} items`,
      },
    ];
  }
  return rules.flatMap((rule, index) => validateFailureRule(rule, spec, `${path}.rules[${index}]`));
}

function validateFailureRule(rule: PodFailurePolicyRule, spec: JobSpec, at: string): StatusCause[] {
  const { action, onExitCodes, onPodConditions } = rule;
  const causes: StatusCause[] = [];
  if (!action) causes.push(required(`${at}.action`, 'valid values: ["Count" "FailIndex" "FailJob" "Ignore"]'));
  else if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    causes.push(invalidValue(`${at}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  } else causes.push(...oneOf(`${at}.action`, action, ['FailJob', 'FailIndex', 'Ignore', 'Count']));
  if (onExitCodes) {
    causes.push(...oneOf(`${at}.onExitCodes.operator`, onExitCodes.operator, ['In', 'NotIn']));
    if (onExitCodes.values.length === 0) {
      causes.push(invalidValue(`${at}.onExitCodes.values`, onExitCodes.values, 'at least one value is required'));
    }
    for (const [index, value] of onExitCodes.values.entries()) {
      if (onExitCodes.operator === 'In' && value === 0) {
        causes.push(invalidValue(`${at}.onExitCodes.values[${index}]`, value, 'must not be 0 for the In operator'));
      }
    }
  }
  const hasConditions = (onPodConditions?.length ?? 0) > 0;
  if (onExitCodes && hasConditions) {
    causes.push(invalidValue(at, rule, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (!onExitCodes && !hasConditions) {
    causes.push(invalidValue(at, rule, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return causes;
}

function validateTemplate({ template, podFailurePolicy }: JobSpec, path: string): StatusCause[] {
  const at = `${path}.template`;
  const restartPolicy = template.spec?.restartPolicy;
  const causes = validatePodTemplate(template, at);
  if (restartPolicy !== 'OnFailure' && restartPolicy !== 'Never') {
    causes.push(required(`${at}.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'));
  } else if (podFailurePolicy && restartPolicy !== 'Never') {
    const why = 'only "Never" is supported when podFailurePolicy is specified';
    causes.push(invalidValue(`${at}.spec.restartPolicy`, restartPolicy, why));
  }
  return causes;
}

/** Causes against an update of a job. */
export function validateJobUpdate(job: Job, old: Job): StatusCause[] {
  const { spec } = job;
  const { spec: before } = old;
  if (!spec || !before) return [required('spec')];
  return [
    ...validateSelector(spec),
    ...validateJobSpec(spec, 'spec'),
    ...validateCompletions(spec, before),
    ...immutable('spec.selector', spec.selector, before.selector),
    ...immutable('spec.template', mutableMasked(spec.template, old), mutableMasked(before.template, old)).map(
      (cause) => ({ ...cause, message: invalidValue('', spec.template, 'field is immutable').message ?? '' }),
    ),
    ...(['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const).flatMap(
      (field) => immutable(`spec.${field}`, spec[field], before[field]),
    ),
  ];
}

function validateCompletions(spec: JobSpec, old: JobSpec): StatusCause[] {
  if (old.completionMode !== 'Indexed' || spec.completions === undefined || old.completions === undefined) {
    return immutable('spec.completions', spec.completions, old.completions);
  }
  // An indexed job may grow and shrink as long as all its indexes run at once.
  if (spec.completions === old.completions || spec.completions === spec.parallelism) return [];
  const why = 'may only be modified in tandem with spec.parallelism';
  return [invalidValue('spec.completions', spec.completions, why)];
}

/** The template without what may change: where pods run, of a job that is suspended and has never started. */
function mutableMasked(template: PodTemplateSpec, { spec, status }: Job): PodTemplateSpec {
  if (!spec?.suspend || status?.startTime) return template;
  const {
    affinity,
    nodeSelector: _n,
    tolerations: _t,
    schedulingGates: _g,
    ...rest
  } = template.spec ?? { containers: [] };
  const { nodeAffinity: _a, ...otherAffinity } = affinity ?? {};
  return { spec: { ...rest, ...(Object.keys(otherAffinity).length > 0 && { affinity: otherAffinity }) } };
}

/** Causes against the status of a job. */
export function validateJobStatus({ status }: Job): StatusCause[] {
  if (!status) return [];
  const causes = allNonNegative('status', status, ['active', 'succeeded', 'failed', 'ready', 'terminating']);
  const holds = (type: string): boolean =>
    status.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  if (holds('Complete') && holds('Failed')) {
    causes.push(
      invalidValue('status.conditions', status.conditions, 'cannot set Complete=True and Failed=true conditions'),
    );
  }
  if (status.completionTime && !holds('Complete')) {
    causes.push(
      invalidValue(
        'status.completionTime',
        status.completionTime,
        'completionTime cannot be set for non-finished jobs',
      ),
    );
  }
  return causes;
}

/** Causes against the template of the jobs of a cron job: its selector is each job's own. */
export function validateJobTemplate(spec: JobSpec | undefined, path: string): StatusCause[] {
  if (!spec) return [required(path)];
  const causes: StatusCause[] = [];
  if (spec.manualSelector) causes.push(notSupported(`${path}.manualSelector`, true, ['nil', 'false']));
  if (spec.selector) causes.push(invalidValue(`${path}.selector`, spec.selector, '`selector` will be auto-generated'));
  return [...validateJobSpec(spec, path), ...causes];
}
