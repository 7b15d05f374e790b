// What is a CSI storage capacity to the API server?

import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain, validateLabelSelector } from '../../apimachinery/validation.ts';
import { createdAtColumn, nameColumn } from '../columns.ts';
import { warnNodeSelector } from '../core/node-label-warnings.ts';
import { validateAmount } from '../core/resource-list.ts';
import { defineResource } from '../definition.ts';
import { immutable, named } from '../field-rules.ts';
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
  validateCreate: validateCapacity,
  warnings: ({ nodeTopology }) => warnNodeSelector(nodeTopology, 'nodeTopology'),
  validateUpdate: (object, old) => [
    ...validateCapacity(object),
    ...immutable('nodeTopology', object.nodeTopology, old.nodeTopology),
    ...immutable('storageClassName', object.storageClassName, old.storageClassName),
  ],
});

/** Source: pkg/apis/storage/validation ValidateCSIStorageCapacity. */
function validateCapacity({ storageClassName, nodeTopology, capacity }: CSIStorageCapacity): StatusCause[] {
  return [
    ...named('storageClassName', storageClassName, dns1123Subdomain),
    ...(nodeTopology ? validateLabelSelector(nodeTopology, 'nodeTopology') : []),
    ...(capacity === undefined ? [] : validateAmount(capacity, 'capacity')),
  ];
}
