// What is a CSI storage capacity to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { invalidValue, required } from '../../apimachinery/field-error.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { validateAmount } from '../core/resource-list.ts';
import { defineResource } from '../definition.ts';
import { csiStorageCapacities } from '../resources.ts';
import type { CSIStorageCapacity } from './generated/v1.ts';

export const csiStorageCapacity = defineResource<CSIStorageCapacity>({
  resource: csiStorageCapacities,
  listKind: 'CSIStorageCapacityList',
  singular: 'csistoragecapacity',
  shortNames: [],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  isBuiltIn: true,
  hasGeneration: false,
  columns: [nameColumn(), createdAtColumn()],
  selectableFields: {},
  validateCreate: ({ storageClassName, capacity, maximumVolumeSize }) => [
    ...(storageClassName ? [] : [required('storageClassName')]),
    ...(capacity === undefined ? [] : validateAmount(capacity, 'capacity')),
    ...(maximumVolumeSize === undefined ? [] : validateAmount(maximumVolumeSize, 'maximumVolumeSize')),
  ],
  validateUpdate: ({ storageClassName, nodeTopology }, old) => [
    ...(semanticallyEqual(nodeTopology, old.nodeTopology)
      ? []
      : [invalidValue('nodeTopology', nodeTopology, 'field is immutable')]),
    ...(storageClassName === old.storageClassName
      ? []
      : [invalidValue('storageClassName', storageClassName, 'field is immutable')]),
  ],
});
