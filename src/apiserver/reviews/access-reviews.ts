// May someone do something? The four questions of authorization.k8s.io, answered by the authorizer.

import type { KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';
import { type StatusCause, StatusError } from '../../apimachinery/status-error.ts';
import type {
  NonResourceRule,
  ResourceRule,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
  SubjectRulesReviewStatus,
} from '../../apis/authorization/generated/v1.ts';
import type { Authorizer } from '../auth/authorizer.ts';
import { nodeNameOf } from '../auth/node-identity.ts';
import type { Operation } from '../registry/context.ts';
import { invalid } from '../registry/incoming.ts';
import type { UserInfo } from '../types.ts';
import { type AskedSpec, localCauses, selfCauses, subjectCauses } from './access-causes.ts';
import { askedOf } from './asked-attributes.ts';

/** SubjectAccessReview: about anyone. */
export function subjectAccessReview(operation: Operation, review: SubjectAccessReview): SubjectAccessReview {
  const { spec } = review;
  refuseInvalid(operation, subjectCauses(review));
  return { ...review, status: statusOf(operation.access.authorizer, subjectOf(spec), spec) };
}

/** LocalSubjectAccessReview: about anyone, in the namespace of the URL. */
export function localSubjectAccessReview(operation: Operation, review: SubjectAccessReview): SubjectAccessReview {
  const { spec } = review;
  refuseInvalid(operation, localCauses(review));
  return { ...review, status: statusOf(operation.access.authorizer, subjectOf(spec), spec) };
}

/** SelfSubjectAccessReview: about the one who asks. */
export function selfSubjectAccessReview(
  operation: Operation,
  review: KubeObject & { spec: AskedSpec },
): KubeObject & { spec: AskedSpec; status: SubjectAccessReview['status'] } {
  refuseInvalid(operation, selfCauses(review));
  return { ...review, status: statusOf(operation.access.authorizer, operation.user, review.spec) };
}

/** SelfSubjectRulesReview: all that the one who asks may do in a namespace. */
export function selfSubjectRulesReview(operation: Operation, review: SelfSubjectRulesReview): SelfSubjectRulesReview {
  const namespace = review.spec.namespace ?? '';
  if (namespace === '') throw new StatusError('BadRequest', 'no namespace on request');
  // The answer is made anew, and has nothing of what was sent.
  const metadata = {} as ObjectMeta;
  return { ...review, metadata, spec: {}, status: rulesOf(operation.access.authorizer, operation.user, namespace) };
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
  const { attributes, evaluationError } = askedOf(spec);
  const { isAllowed, reason } = authorizer.decide(user, attributes);
  return { allowed: isAllowed, ...(reason !== '' && { reason }), ...(evaluationError !== '' && { evaluationError }) };
}

function subjectOf({ user, groups = [], uid, extra }: SubjectAccessReviewSpec): UserInfo {
  return { name: user ?? '', groups, ...(uid !== undefined && { uid }), ...(extra && { extra }) };
}

function refuseInvalid(operation: Operation, causes: StatusCause[]): void {
  if (causes.length > 0) throw invalid({ group: operation.entry.definition.resource.group, kind: '' }, '', causes);
}
