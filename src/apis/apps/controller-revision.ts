// What is a controller revision to the API server?

import { required } from '../../apimachinery/field-error.ts';
import { controllerOf } from '../../apimachinery/meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { immutable, nonNegative } from '../field-rules.ts';
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
  validateCreate: ({ data, revision }) => [...validateData(data), ...nonNegative('revision', revision)],
  validateUpdate: ({ data, revision }, old) => [
    ...nonNegative('revision', revision),
    ...immutable('data', data, old.data),
  ],
});

function validateData(data: unknown): StatusCause[] {
  if (data === undefined) return [required('data', 'data is mandatory')];
  const isObject = typeof data === 'object' && !Array.isArray(data);
  return isObject ? [] : [required('data', 'data must be a valid JSON object')];
}

function controllerName(object: ControllerRevision): string {
  const owner = controllerOf(object);
  if (!owner) return '<none>';
  const [group = ''] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : [];
  return `${[owner.kind, group].filter(Boolean).join('.').toLowerCase()}/${owner.name}`;
}
