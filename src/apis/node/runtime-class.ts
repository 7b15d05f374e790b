// What is a runtime class to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineBuiltIn } from '../definition.ts';
import type { RuntimeClass } from './generated/v1.ts';

const runtimeClasses: Resource<RuntimeClass> = {
  group: 'node.k8s.io',
  version: 'v1',
  plural: 'runtimeclasses',
  kind: 'RuntimeClass',
  namespaced: false,
};

export const runtimeClass = defineBuiltIn<RuntimeClass>({
  resource: runtimeClasses,
  columns: [nameColumn(), column('Handler', ({ handler }) => handler), ageColumn()],
});
