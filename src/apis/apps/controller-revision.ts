// What is a controller revision to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { invalidValue } from '../../apimachinery/field-error.ts';
import { controllerOf } from '../../apimachinery/meta.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { controllerRevisions } from '../resources.ts';
import type { ControllerRevision } from './generated/v1.ts';

export const controllerRevision = defineResource<ControllerRevision>({
  resource: controllerRevisions,
  listKind: 'ControllerRevisionList',
  singular: 'controllerrevision',
  shortNames: [],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.apps.v1.ControllerRevision',
  isBuiltIn: true,
  hasGeneration: false,
  columns: [
    nameColumn(),
    { ...column('Controller', controllerName), description: 'Controller of the object' },
    column('Revision', ({ revision }) => revision),
    ageColumn(),
  ],
  selectableFields: {},
  validateCreate: ({ revision }) =>
    revision < 0 ? [invalidValue('revision', revision, 'must be greater than or equal to 0')] : [],
  validateUpdate: ({ data }, old) =>
    semanticallyEqual(data, old.data) ? [] : [invalidValue('data', data, 'field is immutable')],
});

function controllerName(object: ControllerRevision): string {
  const owner = controllerOf(object);
  if (!owner) return '<none>';
  const [group = ''] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : [];
  return `${[owner.kind, group].filter(Boolean).join('.').toLowerCase()}/${owner.name}`;
}
