// What is a Binding of which no path names the pod? A kind with a collection that is only written to.

import type { Resource } from '../../apimachinery/meta.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { defineBuiltIn } from '../definition.ts';
import type { Binding } from './generated/v1.ts';

const resource: Resource<Binding> = { group: '', version: 'v1', plural: 'bindings', kind: 'Binding', namespaced: true };

export const binding = defineBuiltIn<Binding>({
  resource,
  verbs: ['create'],
  isVirtual: true,
  columns: [nameColumn(), createdAtColumn()],
});
