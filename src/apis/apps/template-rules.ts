// Which pod templates may a workload have? Those that its selector chooses and whose pods run until they are deleted.

import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { LabelSelector } from '../../apimachinery/meta.ts';
import { matchesLabelSelector } from '../../apimachinery/selectors.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { validateAnnotations, validateLabelSelector, validateLabels } from '../../apimachinery/validation.ts';
import type { PodTemplateSpec } from '../core/generated/v1.ts';
import { validatePodAnnotations, validateProfilesMatch } from '../core/pod-annotations.ts';
import { validatePodSpec } from '../core/pod-validation.ts';

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
  const { spec } = template;
  const causes = validatePodTemplate(template, path);
  if (spec?.restartPolicy !== 'Always') {
    causes.push(notSupported(`${path}.spec.restartPolicy`, spec?.restartPolicy ?? '', ['Always']));
  }
  if (spec?.activeDeadlineSeconds !== undefined) {
    causes.push(forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`));
  }
  return causes;
}

interface Selecting {
  selector?: LabelSelector;
  template?: PodTemplateSpec;
}

/** Causes against the selector and the template of a workload: both there, and the one choosing the other. */
export function validateSelection(
  { selector, template }: Selecting,
  { kind, emptyMessage }: { kind: string; emptyMessage: string },
): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!selector) causes.push(required('spec.selector'));
  else {
    causes.push(...validateLabelSelector(selector, 'spec.selector'));
    if (Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0) {
      causes.push(invalidValue('spec.selector', selector, emptyMessage));
    }
  }
  if (!template) return [...causes, required('spec.template')];
  const labels = template.metadata?.labels;
  if (selector && causes.length === 0 && !matchesLabelSelector(selector, labels)) {
    causes.push(
      invalidValue('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'),
    );
  }
  return [...causes, ...validateLastingTemplate(template, kind, 'spec.template')];
}
