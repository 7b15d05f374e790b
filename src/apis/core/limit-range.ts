// What is a limit range to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { LimitRange } from './generated/v1.ts';

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
});
