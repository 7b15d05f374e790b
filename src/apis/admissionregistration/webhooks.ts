// What are the configurations of admission webhooks to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, integerColumn, nameColumn } from '../columns.ts';
import type { ResourceDefinition } from '../definition.ts';
import { defineBuiltIn } from '../definition.ts';
import { defaultMutatingWebhooks, defaultValidatingWebhooks } from './defaults.ts';
import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from './generated/v1.ts';
import { warnReservedName } from './reserved-name.ts';
import { validateWebhooks } from './webhook-validation.ts';

const registration = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false } as const;
const validatingWebhookConfigurations: Resource<ValidatingWebhookConfiguration> = {
  ...registration,
  plural: 'validatingwebhookconfigurations',
  kind: 'ValidatingWebhookConfiguration',
};
const mutatingWebhookConfigurations: Resource<MutatingWebhookConfiguration> = {
  ...registration,
  plural: 'mutatingwebhookconfigurations',
  kind: 'MutatingWebhookConfiguration',
};

const common = { categories: ['api-extensions'], hasGeneration: true, warnings: warnReservedName };

/** ValidatingWebhookConfiguration and MutatingWebhookConfiguration. */
export const webhookResources: ResourceDefinition[] = [
  defineBuiltIn<ValidatingWebhookConfiguration>({
    ...common,
    resource: validatingWebhookConfigurations,
    applyDefaults: defaultValidatingWebhooks,
    validateCreate: ({ webhooks }) => validateWebhooks(webhooks ?? []),
    validateUpdate: ({ webhooks }) => validateWebhooks(webhooks ?? []),
    columns: [nameColumn(), integerColumn('Webhooks', ({ webhooks }) => webhooks?.length ?? 0), ageColumn()],
  }),
  defineBuiltIn<MutatingWebhookConfiguration>({
    ...common,
    resource: mutatingWebhookConfigurations,
    applyDefaults: defaultMutatingWebhooks,
    validateCreate: ({ webhooks }) => validateWebhooks(webhooks ?? []),
    validateUpdate: ({ webhooks }) => validateWebhooks(webhooks ?? []),
    columns: [nameColumn(), integerColumn('Webhooks', ({ webhooks }) => webhooks?.length ?? 0), ageColumn()],
  }),
];
