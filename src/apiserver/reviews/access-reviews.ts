// May someone do something? The four questions of authorization.k8s.io, answered by the authorizer.

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { type StatusCause, StatusError } from '../../apimachinery/status-error.ts';
import type {
  NonResourceRule,
  ResourceRule,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
  SubjectRulesReviewStatus,
} from '../../apis/authorization/generated/v1.ts';
import { type Attributes, resourceAttributes } from '../auth/attributes.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import { nodeNameOf } from '../auth/node-identity.ts';
import type { Operation } from '../registry/context.ts';
import { invalid } from '../registry/incoming.ts';
import type { UserInfo } from '../types.ts';

type AskedSpec = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'>;

/** SubjectAccessReview: about anyone. */
export function subjectAccessReview(operation: Operation, review: SubjectAccessReview): SubjectAccessReview {
  const { spec } = review;
  refuseInvalid(operation, [...attributesCauses(spec), ...subjectCauses(spec)]);
  return { ...review, status: statusOf(operation.access.authorizer, subjectOf(spec), spec) };
}

/** LocalSubjectAccessReview: about anyone, in the namespace of the URL. */
export function localSubjectAccessReview(operation: Operation, review: SubjectAccessReview): SubjectAccessReview {
  const { spec } = review;
  const { namespace } = operation.info;
  const causes = [...attributesCauses(spec), ...subjectCauses(spec)];
  if (spec.nonResourceAttributes)
    causes.push(
      invalidValue('spec.nonResourceAttributes', spec.nonResourceAttributes, 'disallowed on this kind of request'),
    );
  if (spec.resourceAttributes && spec.resourceAttributes.namespace !== namespace)
    causes.push(
      invalidValue(
        'spec.resourceAttributes.namespace',
        spec.resourceAttributes.namespace ?? '',
        'must match metadata.namespace',
      ),
    );
  refuseInvalid(operation, causes);
  return { ...review, status: statusOf(operation.access.authorizer, subjectOf(spec), spec) };
}

/** SelfSubjectAccessReview: about the one who asks. */
export function selfSubjectAccessReview(
  operation: Operation,
  review: KubeObject & { spec: AskedSpec },
): KubeObject & { spec: AskedSpec; status: SubjectAccessReview['status'] } {
  refuseInvalid(operation, attributesCauses(review.spec));
  return { ...review, status: statusOf(operation.access.authorizer, operation.user, review.spec) };
}

/** SelfSubjectRulesReview: all that the one who asks may do in a namespace. */
export function selfSubjectRulesReview(operation: Operation, review: SelfSubjectRulesReview): SelfSubjectRulesReview {
  const namespace = review.spec.namespace ?? '';
  if (namespace === '') throw new StatusError('BadRequest', 'no namespace on request');
  return { ...review, spec: {}, status: rulesOf(operation.access.authorizer, operation.user, namespace) };
}

/** What the user may do in `namespace`, rule by rule. A node's rights can't be listed. */
export function rulesOf(authorizer: Authorizer, user: UserInfo, namespace: string): SubjectRulesReviewStatus {
  const resourceRules: ResourceRule[] = [];
  const nonResourceRules: NonResourceRule[] = [];
  const errors: string[] = [];
  for (const grant of authorizer.grantsOf(user, namespace)) {
    if ('missing' in grant) errors.push(grant.missing);
    else if (grant.rule.nonResourceURLs?.length)
      nonResourceRules.push({ verbs: grant.rule.verbs, nonResourceURLs: grant.rule.nonResourceURLs });
    else resourceRules.push(grant.rule);
  }
  if (nodeNameOf(user) !== undefined) errors.push('node authorizer does not support user rule resolution');
  return {
    resourceRules,
    nonResourceRules,
    incomplete: errors.length > 0,
    ...(errors.length > 0 && { evaluationError: errors.join(', ') }),
  };
}

function statusOf(authorizer: Authorizer, user: UserInfo, spec: AskedSpec): NonNullable<SubjectAccessReview['status']> {
  const { isAllowed, reason } = authorizer.decide(user, askedOf(spec));
  return { allowed: isAllowed, ...(reason !== '' && { reason }) };
}

function askedOf({ resourceAttributes: asked, nonResourceAttributes }: AskedSpec): Attributes {
  if (!asked)
    return { isResource: false, verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' };
  const { verb = '', group = '', version = '', resource = '', subresource = '', namespace = '', name = '' } = asked;
  const terms = asked.fieldSelector?.requirements?.flatMap(({ key, operator, values = [] }) =>
    operator === 'In' && values.length === 1 ? [`${key}=${values[0]}`] : [],
  );
  const fieldSelector = asked.fieldSelector?.rawSelector ?? terms?.join(',') ?? '';
  return resourceAttributes({ verb, group, version, resource, subresource, namespace, name, fieldSelector });
}

function subjectOf({ user, groups = [], uid, extra }: SubjectAccessReviewSpec): UserInfo {
  return { name: user ?? '', groups, ...(uid !== undefined && { uid }), ...(extra && { extra }) };
}

function subjectCauses({ user, groups = [] }: SubjectAccessReviewSpec): StatusCause[] {
  if (user || groups.length > 0) return [];
  return [invalidValue('spec.user', user ?? '', 'at least one of user or group must be specified')];
}

function attributesCauses({ resourceAttributes: asked, nonResourceAttributes }: AskedSpec): StatusCause[] {
  const count = [asked, nonResourceAttributes].filter((each) => each !== undefined).length;
  if (count === 1) return [];
  const text =
    count === 2
      ? 'cannot be specified in combination with resourceAttributes'
      : 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return count === 2
    ? [invalidValue('spec.nonResourceAttributes', nonResourceAttributes, text)]
    : [invalidValue('spec.resourceAttributes', undefined, text)];
}

function refuseInvalid(operation: Operation, causes: StatusCause[]): void {
  if (causes.length > 0) throw invalid({ group: operation.entry.definition.resource.group, kind: '' }, '', causes);
}
