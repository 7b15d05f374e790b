// What is wrong with a question about access?
// Source: pkg/apis/authorization/validation.

import { forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  NonResourceAttributes,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
} from '../../apis/authorization/generated/v1.ts';
import { internalForm } from '../../apis/internal-form.ts';

/** What is asked, whoever it is asked about. */
export type AskedSpec = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>;

type Selector = FieldSelectorAttributes | LabelSelectorAttributes;
type Requirement = NonNullable<Selector['requirements']>[number];

/** About the one who asks. */
export function selfCauses({ metadata, spec }: KubeObject & { spec: AskedSpec }): StatusCause[] {
  return [...askedCauses(spec), ...selectorCauses(spec), ...metadataCauses(metadata)];
}

/** About anyone. */
export function subjectCauses({ metadata, spec }: SubjectAccessReview): StatusCause[] {
  return [...specCauses(spec), ...metadataCauses(metadata)];
}

/** About anyone, in the namespace of the URL, which the metadata has by now. */
export function localCauses({ metadata, spec }: SubjectAccessReview): StatusCause[] {
  const causes = [...specCauses(spec), ...metadataCauses(metadata, ' except for namespace')];
  const { resourceAttributes: asked, nonResourceAttributes } = spec;
  const { namespace = '' } = asked ?? {};
  if (asked && namespace !== metadata.namespace)
    causes.push(invalidValue('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'));
  if (nonResourceAttributes) {
    const why = 'disallowed on this kind of request';
    causes.push(invalidValue('spec.nonResourceAttributes', shown(nonResourceAttributes), why));
  }
  return causes;
}

/** As Go's internal type. */
function shown({ path = '', verb = '' }: NonResourceAttributes): object {
  return { Path: path, Verb: verb };
}

/** A question is not kept, so that it has no name or anything else. */
function metadataCauses(metadata: ObjectMeta, exception = ''): StatusCause[] {
  const { managedFields: _owners, namespace, ...rest } = metadata;
  const said = exception === '' ? { ...rest, namespace } : rest;
  if (Object.values(said).every(isUnset)) return [];
  return [invalidValue('metadata', internalForm('ObjectMeta', metadata), `must be empty${exception}`)];
}

function isUnset(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}

function specCauses(spec: SubjectAccessReviewSpec): StatusCause[] {
  const { user, groups = [] } = spec;
  const why = 'at least one of user or group must be specified';
  const causes = user || groups.length > 0 ? [] : [invalidValue('spec.user', user ?? '', why)];
  return [...askedCauses(spec), ...causes, ...selectorCauses(spec)];
}

function askedCauses({ resourceAttributes, nonResourceAttributes }: AskedSpec): StatusCause[] {
  if (resourceAttributes && nonResourceAttributes) {
    const why = 'cannot be specified in combination with resourceAttributes';
    return [invalidValue('spec.nonResourceAttributes', shown(nonResourceAttributes), why)];
  }
  if (resourceAttributes || nonResourceAttributes) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalidValue('spec.resourceAttributes', undefined, why)];
}

function selectorCauses({ resourceAttributes: { fieldSelector, labelSelector } = {} }: AskedSpec): StatusCause[] {
  const ofFields = causesOf(fieldSelector, 'spec.resourceAttributes.fieldSelector', (each, at) => [
    ...(each.key === '' ? [required(`${at}.key`, 'must be specified')] : []),
    ...valuesCauses(each, at),
  ]);
  const ofLabels = causesOf(labelSelector, 'spec.resourceAttributes.labelSelector', (each, at) => [
    ...valuesCauses(each, at),
    ...labelKey(each.key).map((message) => invalidValue(`${at}.key`, each.key, message)),
  ]);
  return [...ofFields, ...ofLabels];
}

function causesOf(
  selector: Selector | undefined,
  path: string,
  rule: (requirement: Requirement, path: string) => StatusCause[],
): StatusCause[] {
  if (!selector) return [];
  const { rawSelector = '', requirements = [] } = selector;
  const causes = requirements.flatMap((each, index) => rule(each, `${path}.requirements[${index}]`));
  const why = 'may not specified at the same time as requirements';
  if (rawSelector !== '' && requirements.length > 0)
    return [invalidValue(`${path}.rawSelector`, rawSelector, why), ...causes];
  if (rawSelector !== '' || requirements.length > 0) return causes;
  return [required(`${path}.requirements`, `when ${path} is specified, requirements or rawSelector is required`)];
}

/** Operators that the server does not know are those of newer clients. */
function valuesCauses({ operator, values = [] }: Requirement, path: string): StatusCause[] {
  if (['In', 'NotIn'].includes(operator) && values.length === 0)
    return [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
  if (['Exists', 'DoesNotExist'].includes(operator) && values.length > 0)
    return [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
  return [];
}
