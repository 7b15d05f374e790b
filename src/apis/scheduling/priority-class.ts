// What is a priority class to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, booleanColumn, column, integerColumn, nameColumn } from '../columns.ts';
import { defineBuiltIn } from '../definition.ts';
import type { PriorityClass } from './generated/v1.ts';
import { validatePriorityClass, validatePriorityClassUpdate } from './validation.ts';

const priorityClasses: Resource<PriorityClass> = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  plural: 'priorityclasses',
  kind: 'PriorityClass',
  namespaced: false,
};

export const priorityClass = defineBuiltIn<PriorityClass>({
  resource: priorityClasses,
  shortNames: ['pc'],
  applyDefaults: (object) => {
    object.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  // What it says of pods never changes, and so the generation does not either.
  prepareForCreate: ({ metadata }) => {
    metadata.generation = 1;
  },
  validateCreate: validatePriorityClass,
  validateUpdate: validatePriorityClassUpdate,
  columns: [
    nameColumn(),
    integerColumn('Value', ({ value }) => value ?? 0),
    booleanColumn('Global-Default', ({ globalDefault }) => globalDefault ?? false),
    ageColumn(),
    column('PreemptionPolicy', ({ preemptionPolicy }) => preemptionPolicy ?? ''),
  ],
});
