// What is a limit range to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { LimitRange, LimitRangeItem } from './generated/v1.ts';
import { validateLimitRange } from './limit-range-validation.ts';

const limitRanges: Resource<LimitRange> = {
  group: '',
  version: 'v1',
  plural: 'limitranges',
  kind: 'LimitRange',
  namespaced: true,
};

export const limitRange = defineResource<LimitRange>({
  resource: limitRanges,
  listKind: 'LimitRangeList',
  singular: 'limitrange',
  shortNames: ['limits'],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.core.v1.LimitRange',
  isBuiltIn: true,
  hasGeneration: false,
  columns: [nameColumn(), createdAtColumn()],
  selectableFields: {},
  applyDefaults: ({ spec }) => {
    for (const item of spec?.limits ?? []) if (item.type === 'Container') defaultItem(item);
  },
  // One that nobody named gets a name that nobody else has.
  prepareForCreate: ({ metadata }) => {
    metadata.name ||= metadata.uid;
  },
  validateCreate: validateLimitRange,
  validateUpdate: validateLimitRange,
});

/** A bound implies the default, and the default limit the default request. Source: pkg/apis/core/v1/defaults.go. */
function defaultItem(item: LimitRangeItem): void {
  const { min, max } = item;
  if (max || item.default) item.default = { ...max, ...item.default };
  if (min || item.default || item.defaultRequest)
    item.defaultRequest = { ...min, ...item.default, ...item.defaultRequest };
}
