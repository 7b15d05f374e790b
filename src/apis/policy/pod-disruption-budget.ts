// What is a pod disruption budget to the API server?

import type { Resource } from '../../apimachinery/meta.ts';
import { ageColumn, column, integerColumn, nameColumn } from '../columns.ts';
import { defineBuiltIn } from '../definition.ts';
import type { PodDisruptionBudget } from './generated/v1.ts';
import { validateBudget, validateBudgetStatus } from './validation.ts';

const podDisruptionBudgets: Resource<PodDisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  plural: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
};

export const podDisruptionBudget = defineBuiltIn<PodDisruptionBudget>({
  resource: podDisruptionBudgets,
  shortNames: ['pdb'],
  subresources: ['status'],
  hasGeneration: true,
  prepareForCreate: (object) => {
    object.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  validateCreate: validateBudget,
  validateUpdate: validateBudget,
  validateStatus: validateBudgetStatus,
  columns: [
    nameColumn(),
    column('Min Available', ({ spec }) => String(spec?.minAvailable ?? 'N/A')),
    column('Max Unavailable', ({ spec }) => String(spec?.maxUnavailable ?? 'N/A')),
    integerColumn('Allowed Disruptions', ({ status }) => status?.disruptionsAllowed ?? 0),
    ageColumn(),
  ],
});
