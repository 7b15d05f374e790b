// Which resources only answer questions about who somebody is and what they may do? None of them is stored.

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
} from '../authorization/generated/v1.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import type { ResourceDefinition } from '../definition.ts';
import { defineBuiltIn } from '../definition.ts';
import type { SelfSubjectReview, TokenReview } from './generated/v1.ts';

const authentication = { group: 'authentication.k8s.io', version: 'v1', namespaced: false } as const;
const authorization = { group: 'authorization.k8s.io', version: 'v1', namespaced: false } as const;

function review<T extends KubeObject>(resource: Resource<T>): ResourceDefinition {
  return defineBuiltIn<T>({ resource, verbs: ['create'], isVirtual: true, columns: [nameColumn(), createdAtColumn()] });
}

/** Of authentication.k8s.io and authorization.k8s.io. */
export const reviewResources: ResourceDefinition[] = [
  review<TokenReview>({ ...authentication, plural: 'tokenreviews', kind: 'TokenReview' }),
  review<SelfSubjectReview>({ ...authentication, plural: 'selfsubjectreviews', kind: 'SelfSubjectReview' }),
  review<SubjectAccessReview>({ ...authorization, plural: 'subjectaccessreviews', kind: 'SubjectAccessReview' }),
  review<SelfSubjectAccessReview>({
    ...authorization,
    plural: 'selfsubjectaccessreviews',
    kind: 'SelfSubjectAccessReview',
  }),
  review<SelfSubjectRulesReview>({
    ...authorization,
    plural: 'selfsubjectrulesreviews',
    kind: 'SelfSubjectRulesReview',
  }),
  review<LocalSubjectAccessReview>({
    ...authorization,
    plural: 'localsubjectaccessreviews',
    kind: 'LocalSubjectAccessReview',
    namespaced: true,
  }),
];
