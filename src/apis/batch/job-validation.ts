// Which jobs are refused? Upstream's pkg/apis/batch/validation.

import { invalidValue, notSupported, required, tooLong } from '../../apimachinery/field-error.ts';
import { goLabelSelector, goMap, goStruct } from '../../apimachinery/go-values.ts';
import { selects } from '../../apimachinery/selectors.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, validateDomainPrefixedPath, validateLabelSelector } from '../../apimachinery/validation.ts';
import { unselected, validatePodTemplate } from '../apps/template-rules.ts';
import { allNonNegative, listed } from '../field-rules.ts';
import type { Job, JobSpec } from './generated/v1.ts';
import { generatedLabels, isPrefixed } from './job-labels.ts';
import { validateFailurePolicy, validateSuccessPolicy } from './job-policies.ts';

const indexedMax = 100_000;
/** Bounds of jobs with more indexes than that and retries per index. */
const highCompletionsMax = 10_000;
const managedByMaxBytes = 63;

export const successPolicyShape = { Rules: [{ SucceededIndexes: null, SucceededCount: null }] } as const;

/** Causes against a job. One of before there were labels with a prefix (`old`) needs none. */
export function validateJob(job: Job, old?: Job): StatusCause[] {
  const { metadata, spec } = job;
  if (!spec) return [required('spec')];
  const causes = [...validateGeneratedSelector(job, spec, old), ...validateWholeSpec(spec)];
  const { completionMode, completions = 0 } = spec;
  if (completionMode !== 'Indexed' || completions <= 0) return causes;
  const hostname = `${metadata.name}-${completions - 1}`;
  if (dns1123Label(hostname).length === 0) return causes;
  const why = `will not able to create pod with invalid DNS label: ${hostname}`;
  return [...causes, invalidValue('metadata.name', metadata.name, why)];
}

/** The labels by which a job finds its pods, unless its maker chooses them. */
function validateGeneratedSelector(job: Job, spec: JobSpec, old: Job | undefined): StatusCause[] {
  if (spec.manualSelector || !spec.selector) return [];
  const labels = spec.template.metadata?.labels ?? {};
  const had = old?.spec?.template.metadata?.labels;
  const needsAll =
    had === undefined || Object.keys(generatedLabels(job)).every((key) => !isPrefixed(key) || key in had);
  const expected = Object.entries(generatedLabels(job)).filter(([key]) => needsAll || !isPrefixed(key));
  const causes = expected.flatMap(([key, value]) => {
    const at = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) return [required(at, `must be '${value}'`)];
    return labels[key] === value ? [] : [invalidValue(at, goMap(labels), `must be '${value}'`)];
  });
  if (selects(spec.selector, Object.fromEntries(expected)) === false) {
    causes.push(invalidValue('spec.selector', goLabelSelector(spec.selector), '`selector` not auto-generated'));
  }
  return causes;
}

/** Causes against the spec of a job, whose selector chooses its pods. */
export function validateWholeSpec(spec: JobSpec): StatusCause[] {
  const { selector, template } = spec;
  const causes = validateJobSpec(spec, 'spec');
  if (selector) causes.push(...validateLabelSelector(selector, 'spec.selector'));
  else causes.push(required('spec.selector'));
  if (selects(selector, template.metadata?.labels) === false) causes.push(unselected(template, 'spec.template'));
  return causes;
}

/** Causes against a job's spec, wherever it stands. */
function validateJobSpec(spec: JobSpec, path: string): StatusCause[] {
  const { completionMode, podFailurePolicy, podReplacementPolicy } = spec;
  const replacements = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return [
    ...validateCounts(spec, path),
    ...validateManager(spec.managedBy, `${path}.managedBy`),
    ...listed(`${path}.completionMode`, completionMode, ['NonIndexed', 'Indexed']),
    ...(completionMode === 'Indexed' ? validateIndexed(spec, path) : []),
    ...((completionMode ?? 'NonIndexed') === 'NonIndexed' ? validateNonIndexed(spec, path) : []),
    ...(podFailurePolicy ? validateFailurePolicy(spec, `${path}.podFailurePolicy`) : []),
    ...validateSuccess(spec, `${path}.successPolicy`),
    ...listed(`${path}.podReplacementPolicy`, podReplacementPolicy, replacements),
    ...validatePodTemplate(spec.template, `${path}.template`),
    ...validateRestarts(spec, `${path}.template.spec.restartPolicy`),
  ];
}

function validateCounts(spec: JobSpec, path: string): StatusCause[] {
  const causes = allNonNegative(path, spec, [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ]);
  if (spec.maxFailedIndexes === undefined || spec.backoffLimitPerIndex !== undefined) return causes;
  return [...causes, required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified')];
}

function validateManager(managedBy: string | undefined, path: string): StatusCause[] {
  if (managedBy === undefined) return [];
  const isLong = Buffer.byteLength(managedBy) > managedByMaxBytes;
  return [...validateDomainPrefixedPath(managedBy, path), ...(isLong ? [tooLong(path, managedByMaxBytes)] : [])];
}

function validateIndexed(spec: JobSpec, path: string): StatusCause[] {
  const { completions, maxFailedIndexes } = spec;
  const causes: StatusCause[] = [];
  const bound = (field: 'parallelism' | 'maxFailedIndexes', max: number, when = ''): void => {
    const { [field]: value = 0 } = spec;
    if (value > max)
      causes.push(invalidValue(`${path}.${field}`, value, `must be less than or equal to ${max}${when}`));
  };
  if (completions === undefined) causes.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  bound('parallelism', indexedMax, ' when completion mode is Indexed');
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) {
    const why = 'must be less than or equal to completions';
    causes.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, why));
  }
  bound('maxFailedIndexes', indexedMax);
  if ((completions ?? 0) <= indexedMax || spec.backoffLimitPerIndex === undefined) return causes;
  if (spec.maxFailedIndexes === undefined) {
    const why = `must be specified when completions is above ${indexedMax}`;
    causes.push(required(`${path}.maxFailedIndexes`, why));
  }
  const when = ` when completions are above ${indexedMax} and used with backoff limit per index`;
  bound('parallelism', highCompletionsMax, when);
  bound('maxFailedIndexes', highCompletionsMax, when);
  return causes;
}

function validateNonIndexed(spec: JobSpec, path: string): StatusCause[] {
  return (['backoffLimitPerIndex', 'maxFailedIndexes'] as const)
    .filter((field) => spec[field] !== undefined)
    .map((field) => invalidValue(`${path}.${field}`, spec[field], 'requires indexed completion mode'));
}

function validateSuccess(spec: JobSpec, path: string): StatusCause[] {
  const { successPolicy, completionMode } = spec;
  if (!successPolicy) return [];
  if (completionMode === 'Indexed') return validateSuccessPolicy(spec, path);
  return [invalidValue(path, goStruct(successPolicy, successPolicyShape), 'requires indexed completion mode')];
}

function validateRestarts({ template, podFailurePolicy }: JobSpec, path: string): StatusCause[] {
  const { restartPolicy } = template.spec ?? {};
  if (!restartPolicy || restartPolicy === 'Always') {
    return [required(path, 'valid values: "OnFailure", "Never"')];
  }
  if (restartPolicy === 'Never') return [];
  if (restartPolicy !== 'OnFailure') return [notSupported(path, restartPolicy, ['OnFailure', 'Never'])];
  if (!podFailurePolicy) return [];
  return [invalidValue(path, restartPolicy, 'only "Never" is supported when podFailurePolicy is specified')];
}

/** Causes against the template of the jobs of a cron job: its selector is each job's own. */
export function validateJobTemplate(spec: JobSpec | undefined, path: string): StatusCause[] {
  if (!spec) return [required(path)];
  const { selector, manualSelector } = spec;
  const causes = validateJobSpec(spec, path);
  if (selector) {
    const why = '`selector` will be auto-generated';
    causes.push(invalidValue(`${path}.selector`, goLabelSelector(selector), why));
  }
  if (manualSelector) causes.push(notSupported(`${path}.manualSelector`, true, ['nil', 'false']));
  return causes;
}
