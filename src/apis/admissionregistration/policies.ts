// What are admission policies and their bindings to the API server?

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import { formatLabelSelector } from '../../apimachinery/selectors.ts';
import { ageColumn, column, integerColumn, nameColumn } from '../columns.ts';
import type { PrinterColumn, ResourceDefinition } from '../definition.ts';
import { defineBuiltIn } from '../definition.ts';
import { validateMutatingBinding, validateValidatingBinding } from './binding-validation.ts';
import { defaultMatch, defaultMutatingPolicy, defaultValidatingPolicy } from './defaults.ts';
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from './generated/v1.ts';
import { validatePolicyStatus } from './policy-status.ts';
import { validateMutatingPolicy, validateValidatingPolicy } from './policy-validation.ts';
import { warnReservedName } from './reserved-name.ts';

const registration = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false } as const;
const validatingPolicies: Resource<ValidatingAdmissionPolicy> = {
  ...registration,
  plural: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
};
const validatingBindings: Resource<ValidatingAdmissionPolicyBinding> = {
  ...registration,
  plural: 'validatingadmissionpolicybindings',
  kind: 'ValidatingAdmissionPolicyBinding',
};
const mutatingPolicies: Resource<MutatingAdmissionPolicy> = {
  ...registration,
  plural: 'mutatingadmissionpolicies',
  kind: 'MutatingAdmissionPolicy',
};
const mutatingBindings: Resource<MutatingAdmissionPolicyBinding> = {
  ...registration,
  plural: 'mutatingadmissionpolicybindings',
  kind: 'MutatingAdmissionPolicyBinding',
};

const common = { categories: ['api-extensions'], hasGeneration: true, warnings: warnReservedName };

type Policy = KubeObject & { spec?: { paramKind?: ParamKind } };
type Binding = KubeObject & { spec?: { policyName?: string; paramRef?: ParamRef } };

const bindingColumns: PrinterColumn<Binding>[] = [
  nameColumn(),
  column('PolicyName', ({ spec }) => spec?.policyName ?? ''),
  column('ParamRef', ({ spec }) => paramOf(spec?.paramRef)),
  ageColumn(),
];

/** Validating and mutating policies, each with its binding. */
export const admissionPolicyResources: ResourceDefinition[] = [
  defineBuiltIn<ValidatingAdmissionPolicy>({
    ...common,
    resource: validatingPolicies,
    applyDefaults: defaultValidatingPolicy,
    validateCreate: validateValidatingPolicy,
    validateUpdate: validateValidatingPolicy,
    validateStatus: validatePolicyStatus,
    subresources: ['status'],
    statusKeepsMetadata: true,
    statusWarnings: warnReservedName,
    prepareForCreate: (object) => {
      object.status = {};
    },
    columns: [
      nameColumn(),
      integerColumn('Validations', ({ spec }) => spec?.validations?.length ?? 0),
      column('ParamKind', paramKindOf),
      ageColumn(),
    ],
  }),
  defineBuiltIn<ValidatingAdmissionPolicyBinding>({
    ...common,
    resource: validatingBindings,
    columns: bindingColumns,
    applyDefaults: ({ spec }) => defaultMatch(spec?.matchResources),
    validateCreate: validateValidatingBinding,
    validateUpdate: validateValidatingBinding,
  }),
  defineBuiltIn<MutatingAdmissionPolicy>({
    ...common,
    resource: mutatingPolicies,
    applyDefaults: defaultMutatingPolicy,
    validateCreate: validateMutatingPolicy,
    validateUpdate: validateMutatingPolicy,
    columns: [
      nameColumn(),
      integerColumn('Mutations', ({ spec }) => spec?.mutations?.length ?? 0),
      column('ParamKind', paramKindOf),
      ageColumn(),
    ],
  }),
  defineBuiltIn<MutatingAdmissionPolicyBinding>({
    ...common,
    resource: mutatingBindings,
    columns: bindingColumns,
    applyDefaults: ({ spec }) => defaultMatch(spec?.matchResources),
    validateCreate: validateMutatingBinding,
    validateUpdate: validateMutatingBinding,
  }),
];

function paramKindOf({ spec }: Policy): string {
  const { apiVersion = '', kind = '' } = spec?.paramKind ?? {};
  return spec?.paramKind ? `${apiVersion}/${kind}` : '<unset>';
}

function paramOf(reference: ParamRef | undefined): string {
  if (!reference) return '<unset>';
  const { name, namespace, selector } = reference;
  if (name) return namespace ? `${namespace}/${name}` : name;
  return selector ? formatLabelSelector(selector) : '<unset>';
}
