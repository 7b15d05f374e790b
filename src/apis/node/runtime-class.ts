// What is a runtime class to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { duplicate, required } from '../../apimachinery/field-error.ts';
import type { Resource } from '../../apimachinery/meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, validateLabels } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { validateOverhead } from '../core/container-resources.ts';
import type { Toleration } from '../core/generated/v1.ts';
import { warnLabels } from '../core/node-label-warnings.ts';
import { validateTolerations } from '../core/pod-validation.ts';
import { defineBuiltIn } from '../definition.ts';
import { immutable, named } from '../field-rules.ts';
import { internalForm } from '../internal-form.ts';
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
  validateUpdate: (object, old) => [
    ...validateRuntimeClass(object),
    ...immutable('handler', object.handler, old.handler),
  ],
  warnings: ({ scheduling }) =>
    warnLabels(scheduling?.nodeSelector, (_label, why) => `scheduling.nodeSelector: ${why}`),
  columns: [nameColumn(), column('Handler', ({ handler }) => handler), ageColumn()],
});

/** Source: pkg/apis/node/validation ValidateRuntimeClass. */
function validateRuntimeClass({ handler, overhead, scheduling }: RuntimeClass): StatusCause[] {
  return [
    ...(handler ? named('handler', handler, dns1123Label) : [required('handler')]),
    ...validateOverhead(overhead?.podFixed ?? {}, 'overhead'),
    ...validateLabels(scheduling?.nodeSelector ?? {}, 'scheduling.nodeSelector'),
    ...tolerationCauses(scheduling?.tolerations ?? [], 'scheduling.tolerations'),
  ];
}

function tolerationCauses(tolerations: Toleration[], at: string): StatusCause[] {
  const causes = validateTolerations(tolerations, at);
  tolerations.forEach((toleration, index) => {
    const first = tolerations.findIndex((each) => semanticallyEqual(each, toleration));
    if (first < index) causes.push(duplicate(`${at}[${index}]`, internalForm('Toleration', toleration)));
  });
  return causes;
}
