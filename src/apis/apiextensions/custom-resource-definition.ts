// What is a custom resource definition to the API server? Data, so far: it can be stored and listed.

import { invalidValue, required } from '../../apimachinery/field-error.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { customResourceDefinitions } from '../resources.ts';
import type { CustomResourceDefinition } from './generated/v1.ts';

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
  applyDefaults: ({ spec }) => {
    if (!spec?.names) return;
    spec.names.singular ||= spec.names.kind?.toLowerCase();
    spec.names.listKind ||= `${spec.names.kind}List`;
    spec.conversion ??= { strategy: 'None' };
  },
  validateCreate: ({ metadata, spec }) => {
    if (!spec) return [required('spec')];
    const wanted = `${spec.names?.plural}.${spec.group}`;
    const isNamed = metadata.name === wanted;
    return [
      ...(isNamed ? [] : [invalidValue('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group')]),
      ...(spec.versions?.length ? [] : [required('spec.versions', 'must have at least one version')]),
    ];
  },
});
