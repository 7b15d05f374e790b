// What is a finding to the API server?

import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { findingSchemaName } from './finding-schema.ts';
import { type Finding, findings } from './finding-types.ts';

export const finding = defineResource<Finding>({
  resource: findings,
  listKind: 'FindingList',
  singular: 'finding',
  shortNames: [],
  categories: [],
  subresources: [],
  schemaName: findingSchemaName,
  isBuiltIn: false,
  hasGeneration: true,
  columns: [
    nameColumn(),
    { ...column('Severity', ({ spec }) => spec.severity), jsonPath: '.spec.severity' },
    { ...column('Rule', ({ spec }) => spec.rule), jsonPath: '.spec.rule' },
    { ...column('Kind', ({ spec }) => spec.subject.kind), jsonPath: '.spec.subject.kind' },
    { ...column('Object', ({ spec }) => spec.subject.name), jsonPath: '.spec.subject.name' },
    { ...column('Finding', ({ spec }) => spec.sentence), jsonPath: '.spec.sentence' },
    { ...ageColumn(), type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  selectableFields: {},
});
