// What is a fence proof to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { invalidValue } from '../../apimachinery/field-error.ts';
import { ageColumn, column, integerColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { fenceProofSchemaName } from './schema.ts';
import { type FenceProof, fenceProofs } from './types.ts';

export const fenceProof = defineResource<FenceProof>({
  resource: fenceProofs,
  listKind: 'FenceProofList',
  singular: 'fenceproof',
  shortNames: [],
  categories: [],
  subresources: [],
  schemaName: fenceProofSchemaName,
  isBuiltIn: false,
  hasGeneration: true,
  columns: [
    nameColumn(),
    { ...column('Class', ({ spec }) => spec.class), jsonPath: '.spec.class' },
    { ...column('Volume', ({ spec }) => spec.volumeName), jsonPath: '.spec.volumeName' },
    { ...column('Node', ({ spec }) => spec.nodeName), jsonPath: '.spec.nodeName' },
    { ...integerColumn('Epoch', ({ spec }) => spec.epoch), jsonPath: '.spec.epoch' },
    { ...ageColumn(), type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  selectableFields: {},
  validateUpdate: ({ spec }, old) =>
    semanticallyEqual(spec, old.spec) ? [] : [invalidValue('spec', spec, 'field is immutable')],
});
