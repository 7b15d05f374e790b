// What is a custom resource definition to the API server? Its names, defaults and first status; whether its schemas
// are sound is the server's to say, which loads those rules on first use.

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { customResourceDefinitions } from '../resources.ts';
import { definitionWarnings } from './formats.ts';
import type { CustomResourceDefinition, ServiceReference } from './generated/v1.ts';

/** Versions in which objects may be stored: all that ever were, and the one of now. */
function storedVersionsOf({ spec, status }: Partial<CustomResourceDefinition>): string[] {
  const stored = status?.storedVersions ?? [];
  // Only the first: that there are more is a mistake, and will be told.
  const now = spec?.versions?.find(({ storage }) => storage)?.name;
  return now === undefined || stored.includes(now) ? stored : [...stored, now];
}

function servicesOf({ spec }: CustomResourceDefinition): { port: number; service: ServiceReference }[] {
  const service = spec.conversion?.webhook?.clientConfig?.service;
  return service ? [{ port: 443, service }] : [];
}

export const customResourceDefinition = defineResource<CustomResourceDefinition>({
  resource: customResourceDefinitions,
  listKind: 'CustomResourceDefinitionList',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  subresources: ['status'],
  schemaName: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  isBuiltIn: true,
  hasGeneration: true,
  columns: [nameColumn(), createdAtColumn()],
  selectableFields: {},
  applyDefaults: (definition) => {
    const { spec } = definition;
    if (!spec) return;
    if (spec.names?.kind) {
      spec.names.singular ||= spec.names.kind.toLowerCase();
      spec.names.listKind ||= `${spec.names.kind}List`;
    }
    spec.conversion ??= { strategy: 'None' };
    const { webhook } = spec.conversion;
    // A webhook that says nothing is none: its parts are what upstream keeps.
    if (webhook && !webhook.clientConfig && !webhook.conversionReviewVersions?.length) delete spec.conversion.webhook;
    for (const { port, service } of servicesOf(definition)) service.port ??= port;
    // The status of an update is the stored one's: it is not changed in place.
    if (definition.status) definition.status = { ...definition.status, storedVersions: storedVersionsOf(definition) };
  },
  prepareForCreate: (definition) => {
    definition.status = { acceptedNames: { kind: '', plural: '' }, conditions: [] };
    definition.status.storedVersions = storedVersionsOf(definition);
  },
  warnings: definitionWarnings,
  // All else is asked on admission, with rules that are loaded when the first definition comes.
  validateCreate: ({ metadata: { name, generateName }, spec }) => {
    const wanted = `${spec?.names?.plural ?? ''}.${spec?.group ?? ''}`;
    const misnamed = (field: string, value: string): StatusCause[] =>
      value === wanted ? [] : [invalidValue(field, value, 'must be spec.names.plural+"."+spec.group')];
    return [
      ...(generateName ? misnamed('metadata.generateName', generateName) : []),
      ...(name ? misnamed('metadata.name', name) : []),
    ];
  },
});
