// Which pod templates may a workload have? Those that its selector chooses and whose pods run until they are deleted.

import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { goLabelSelector, goMap } from '../../apimachinery/go-values.ts';
import { jsonEqual } from '../../apimachinery/json-equal.ts';
import type { LabelSelector } from '../../apimachinery/meta.ts';
import { selects } from '../../apimachinery/selectors.ts';
import { emptiesOf } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { validateAnnotations, validateLabelSelector, validateLabels } from '../../apimachinery/validation.ts';
import type { PodTemplateSpec } from '../core/generated/v1.ts';
import { validatePodAnnotations, validateProfilesMatch } from '../core/pod-annotations.ts';
import { validatePodSpec } from '../core/pod-validation.ts';
import { immutableMessage } from '../field-rules.ts';

interface Selecting {
  selector?: LabelSelector;
  template?: PodTemplateSpec;
}

/** Causes against a template wherever it stands: upstream's ValidatePodTemplateSpec. */
export function validatePodTemplate(template: PodTemplateSpec, path: string): StatusCause[] {
  const { metadata, spec } = template;
  const annotations = metadata?.annotations ?? {};
  const causes = [
    ...validateLabels(metadata?.labels ?? {}, `${path}.labels`),
    ...validateAnnotations(annotations, `${path}.annotations`),
  ];
  if (!spec) return [...causes, required(`${path}.spec.containers`)];
  causes.push(...validatePodAnnotations(annotations, spec, `${path}.annotations`));
  causes.push(...validatePodSpec(spec, `${path}.spec`));
  causes.push(...validateProfilesMatch(annotations, spec, `${path}.spec`));
  if (spec.ephemeralContainers?.length)
    causes.push(forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
  return causes;
}

/** Causes against a template whose pods run for ever. `kind` names the workload in a message. */
export function validateLastingTemplate(template: PodTemplateSpec, kind: string, path: string): StatusCause[] {
  return [...validatePodTemplate(template, path), ...validateLasting(template, kind, path)];
}

/** Causes against a template whose pods end by themselves. */
export function validateLasting({ spec }: PodTemplateSpec, kind: string, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (spec?.restartPolicy !== 'Always') {
    causes.push(notSupported(`${path}.spec.restartPolicy`, spec?.restartPolicy ?? '', ['Always']));
  }
  if (spec?.activeDeadlineSeconds !== undefined) {
    causes.push(forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`));
  }
  return causes;
}

/** Causes against a workload's selector where it must be there and say something. */
export function validateSelector(selector: LabelSelector | undefined, emptyMessage: string): StatusCause[] {
  if (!selector) return [required('spec.selector')];
  const causes = validateLabelSelector(selector, 'spec.selector');
  if (!choosesAll(selector)) return causes;
  return [...causes, invalidValue('spec.selector', goLabelSelector(selector), emptyMessage)];
}

/** A workload keeps the selector that it was made with. */
export function keptSelector(now: Selecting | undefined, old: Selecting | undefined): StatusCause[] {
  if (jsonEqual(now?.selector, old?.selector)) return [];
  return [invalidValue('spec.selector', goLabelSelector(now?.selector), immutableMessage)];
}

/** Does a selector say nothing? */
export function choosesAll({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

/** What is said of labels that `selector` does not choose. */
export function unselected(template: PodTemplateSpec | undefined, path: string): StatusCause {
  const { metadata } = template ?? {};
  const labels = goMap(metadata?.labels) ?? (metadata && emptiesOf(metadata)['labels']) ?? null;
  return invalidValue(`${path}.metadata.labels`, labels, '`selector` does not match template `labels`');
}

interface Selection {
  emptyMessage: string;
  /** Said of a selector that can't be read. */
  malformedMessage: string;
  /** Causes against the template itself. */
  validate: (template: PodTemplateSpec) => StatusCause[];
}

/** Causes against the selector and the template of a workload: both there, and the one choosing the other. */
export function validateSelection(
  { selector, template = {} }: Selecting,
  { emptyMessage, malformedMessage, validate }: Selection,
): StatusCause[] {
  const causes = validateSelector(selector, emptyMessage);
  const isSelected = selects(selector, template.metadata?.labels);
  if (isSelected === undefined)
    return [...causes, invalidValue('spec.selector', goLabelSelector(selector), malformedMessage)];
  if (!isSelected) causes.push(unselected(template, 'spec.template'));
  return [...causes, ...validate(template)];
}
