// Which questions does the server answer without storing anything?

import type { KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';
import type { TokenReview } from '../../apis/authentication/generated/v1.ts';
import type { SelfSubjectRulesReview, SubjectAccessReview } from '../../apis/authorization/generated/v1.ts';
import { admitPart } from '../admission/chain.ts';
import type { Operation } from '../registry/context.ts';
import { incomingObject, otherNamespace } from '../registry/incoming.ts';
import { ownersOfCreated, putOwners } from '../registry/ownership.ts';
import {
  localSubjectAccessReview,
  selfSubjectAccessReview,
  selfSubjectRulesReview,
  subjectAccessReview,
} from './access-reviews.ts';
import { selfSubjectReview, tokenReview } from './identity-reviews.ts';

type Answer = (operation: Operation, review: KubeObject) => KubeObject | Promise<KubeObject>;

const answers: Record<string, Answer> = {
  'tokenreviews.authentication.k8s.io': (operation, review) => tokenReview(operation, review as TokenReview),
  'selfsubjectreviews.authentication.k8s.io': (operation, review) => selfSubjectReview(operation, review),
  'subjectaccessreviews.authorization.k8s.io': (operation, review) =>
    subjectAccessReview(operation, review as SubjectAccessReview),
  'localsubjectaccessreviews.authorization.k8s.io': (operation, review) =>
    localSubjectAccessReview(operation, review as SubjectAccessReview),
  'selfsubjectaccessreviews.authorization.k8s.io': (operation, review) =>
    selfSubjectAccessReview(operation, review as SubjectAccessReview),
  'selfsubjectrulesreviews.authorization.k8s.io': (operation, review) =>
    selfSubjectRulesReview(operation, review as SelfSubjectRulesReview),
};

/** Is the resource one of those questions? */
export function isReview({ entry }: Operation): boolean {
  return Object.hasOwn(answers, entry.groupResource);
}

/** The answer to a review that is created; undefined if the resource is none. Rejects with StatusError. */
export async function answerReview(operation: Operation, body: unknown): Promise<KubeObject | undefined> {
  const review = placed(operation, incomingObject(operation, body));
  putOwners(review, ownersOfCreated(operation, review));
  await admitPart({ verb: 'CREATE', operation, object: review, old: undefined });
  return answers[operation.entry.groupResource]?.(operation, review);
}

const serverFields = ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'];

/** The review in the namespace of the path, if it has one, without what only servers set. Throws BadRequest if it says another. */
function placed({ info, entry }: Operation, review: KubeObject): KubeObject {
  const sent = Object.entries(review.metadata).filter(([field]) => !serverFields.includes(field));
  const { namespace: said, ...metadata } = Object.fromEntries(sent) as unknown as ObjectMeta;
  if (!entry.definition.resource.namespaced) return { ...review, metadata };
  if (said && said !== info.namespace) throw otherNamespace();
  return { ...review, metadata: { ...metadata, namespace: info.namespace } };
}
