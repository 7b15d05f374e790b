// May the author of a policy or binding read what its expressions are to read? Else a policy would hand on the contents of
// objects to those who may not see them. Source: authz.go of pkg/registry/admissionregistration's policies and bindings.

import { forbidden } from '../../../apimachinery/field-error.ts';
import { jsonEqual } from '../../../apimachinery/json-equal.ts';
import type { KubeObject } from '../../../apimachinery/meta.ts';
import type { StatusCause } from '../../../apimachinery/status-error.ts';
import type { ParamKind } from '../../../apis/admissionregistration/generated/v1.ts';
import { resourceAttributes } from '../../auth/attributes.ts';
import { mastersGroup } from '../../auth/authorizer.ts';
import { cachedObject } from '../../registry/cached-objects.ts';
import type { Operation } from '../../registry/context.ts';
import type { AdmissionRequest } from '../chain.ts';
import { type BindingLike, entryOfKind, type PolicyLike } from './policy-invocations.ts';

const group = 'admissionregistration.k8s.io';
/** Policies by their bindings. */
const policiesOf: Record<string, string> = {
  validatingadmissionpolicybindings: 'validatingadmissionpolicies',
  mutatingadmissionpolicybindings: 'mutatingadmissionpolicies',
};

/** Problems of parameters that are new to a policy or binding; empty for other kinds. */
export function paramRightsRules({ operation, object, old }: AdmissionRequest): StatusCause[] {
  const { plural } = operation.entry.definition.resource;
  if (!object || operation.user.groups.includes(mastersGroup)) return [];
  const policies = policiesOf[plural];
  if (policies !== undefined) return bindingRules(operation, policies, { binding: object, before: old });
  return Object.values(policiesOf).includes(plural) ? policyRules(operation, { policy: object, before: old }) : [];
}

function policyRules(
  operation: Operation,
  { policy, before }: { policy: PolicyLike; before: PolicyLike | undefined },
): StatusCause[] {
  const { paramKind } = policy.spec ?? {};
  if (!paramKind || jsonEqual(paramKind, before?.spec?.paramKind)) return [];
  if (mayGet(operation, paramKind, { name: '*', namespace: '*' })) return [];
  const { kind = '', apiVersion = '' } = paramKind;
  const what = `all objects of the referenced paramKind (kind=${kind}, apiVersion=${apiVersion})`;
  return [forbidden('spec.paramKind', `user ${operation.user.name} must have "get" permission on ${what}`)];
}

function bindingRules(
  operation: Operation,
  plural: string,
  { binding, before }: { binding: BindingLike; before: BindingLike | undefined },
): StatusCause[] {
  const { paramRef, policyName = '' } = binding.spec ?? {};
  const isSame = before?.spec?.policyName === policyName && jsonEqual(paramRef, before.spec.paramRef);
  if (!paramRef || isSame) return [];
  const policy: (KubeObject & PolicyLike) | undefined = cachedObject(operation, { group, plural, key: policyName });
  const { name = '', namespace = '' } = paramRef;
  if (mayGet(operation, policy?.spec?.paramKind, { name, namespace })) return [];
  const why = `user ${operation.user.name} does not have "get" permission on the object referenced by paramRef`;
  return [forbidden('spec.paramRef', why)];
}

/** Of a kind that nobody knows the user must be allowed to get all. */
function mayGet(
  { access, catalogue, user }: Operation,
  paramKind: ParamKind | undefined,
  place: { name: string; namespace: string },
): boolean {
  const entry = paramKind && entryOfKind(catalogue.entries, paramKind);
  const [first = '', second] = (paramKind?.apiVersion ?? '').split('/');
  const groupOfKind = paramKind ? (second === undefined ? '' : first) : '*';
  const { plural: resource, group: named } = entry?.definition.resource ?? { plural: '*', group: groupOfKind };
  return access.authorizer.decide(user, resourceAttributes({ ...place, verb: 'get', group: named, resource }))
    .isAllowed;
}
