// What is a runtime class to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, validateLabels } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { validateOverhead } from '../core/container-resources.ts';
import { validateTolerations } from '../core/pod-validation.ts';
import { defineBuiltIn } from '../definition.ts';
import { immutable, named } from '../field-rules.ts';
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
  validateCreate: validateRuntimeClass,
  validateUpdate: ({ handler }, old) => immutable('handler', handler, old.handler),
  columns: [nameColumn(), column('Handler', ({ handler }) => handler), ageColumn()],
});

function validateRuntimeClass({ handler, overhead, scheduling }: RuntimeClass): StatusCause[] {
  return [
    ...named('handler', handler, dns1123Label),
    ...validateOverhead(overhead?.podFixed ?? {}, 'overhead'),
    ...validateLabels(scheduling?.nodeSelector ?? {}, 'scheduling.nodeSelector'),
    ...validateTolerations(scheduling?.tolerations ?? [], 'scheduling.tolerations'),
  ];
}
