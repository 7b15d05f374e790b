// What is a CSI node to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { duplicate, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { ageColumn, integerColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { csiNodes } from '../resources.ts';
import type { CSINode } from './generated/v1.ts';

export const csiNode = defineResource<CSINode>({
  resource: csiNodes,
  listKind: 'CSINodeList',
  singular: 'csinode',
  shortNames: [],
  categories: [],
  subresources: [],
  schemaName: 'io.k8s.api.storage.v1.CSINode',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: false,
  columns: [
    nameColumn(),
    {
      ...integerColumn<CSINode>('Drivers', ({ spec }) => spec.drivers?.length ?? 0),
      description: 'Drivers indicates the number of CSI drivers registered on the node',
    },
    ageColumn(),
  ],
  selectableFields: {},
  validateCreate: validateNode,
  validateUpdate: (object, old) => [...validateNode(object), ...validateNodeUpdate(object, old)],
});

function validateNode({ spec }: CSINode): StatusCause[] {
  const names = new Set<string>();
  return (spec.drivers ?? []).flatMap(({ name, nodeID, topologyKeys, allocatable }, index) => {
    const at = `spec.drivers[${index}]`;
    const causes: StatusCause[] = [];
    if (!name) causes.push(required(`${at}.name`));
    if (!nodeID) causes.push(required(`${at}.nodeID`));
    if (names.has(name)) causes.push(duplicate(`${at}.name`, name));
    names.add(name);
    for (const key of topologyKeys ?? []) if (!key) causes.push(required(`${at}.topologyKeys`));
    const count = allocatable?.count;
    if (count !== undefined && count < 0) {
      causes.push(invalidValue(`${at}.allocatable.count`, count, 'must be greater than or equal to 0'));
    }
    return causes;
  });
}

/** A driver may come, go, or report another limit; what else it said stays. */
function validateNodeUpdate({ spec }: CSINode, old: CSINode): StatusCause[] {
  return (old.spec.drivers ?? []).flatMap((before) => {
    const now = spec.drivers.find(({ name }) => name === before.name);
    if (!now || semanticallyEqual({ ...now, allocatable: undefined }, { ...before, allocatable: undefined })) return [];
    return [invalidValue('spec.drivers', now, 'field is immutable')];
  });
}
