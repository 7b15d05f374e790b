// What is a CSI node to the API server?

import { duplicate, invalidValue, required } from '../../apimachinery/field-error.ts';
import { toldAs } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { labelKey } from '../../apimachinery/validation.ts';
import { ageColumn, integerColumn, nameColumn } from '../columns.ts';
import { validateDriverName } from '../core/volume-sources.ts';
import { defineResource } from '../definition.ts';
import { immutable, named, nonNegative } from '../field-rules.ts';
import { internalForm } from '../internal-form.ts';
import { csiNodes } from '../resources.ts';
import type { CSINode, CSINodeDriver } from './generated/v1.ts';

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

/** Source: pkg/apis/storage/validation ValidateCSINode. */
function validateNode({ spec }: CSINode): StatusCause[] {
  const names = new Set<string>();
  return spec.drivers.flatMap(({ name, nodeID, topologyKeys, allocatable }, index) => {
    const at = `spec.drivers[${index}]`;
    const isTaken = names.has(name);
    names.add(name);
    return [
      ...validateDriverName(name, `${at}.name`),
      ...nodeIdCauses(nodeID, `${at}.nodeID`),
      ...nonNegative(`${at}.allocatable.count`, allocatable?.count),
      ...(isTaken ? [duplicate(`${at}.name`, name)] : []),
      ...topologyCauses(topologyKeys ?? [], at),
    ];
  });
}

function nodeIdCauses(nodeID: string, field: string): StatusCause[] {
  if (!nodeID) return [required(field)];
  return nodeID.length > 256 ? [invalidValue(field, nodeID, 'must be 256 characters or less')] : [];
}

function topologyCauses(keys: readonly string[], field: string): StatusCause[] {
  const seen = new Set<string>();
  return keys.flatMap((key) => {
    const causes = key ? [] : [required(field)];
    if (seen.has(key)) causes.push(duplicate(field, key));
    seen.add(key);
    return [...causes, ...named(field, key, labelKey)];
  });
}

/** A driver may come, go, or report another limit; what else it said stays. */
function validateNodeUpdate({ spec }: CSINode, old: CSINode): StatusCause[] {
  const fixed = ({ allocatable: _allocatable, ...driver }: CSINodeDriver, of: CSINodeDriver): unknown =>
    internalForm('CSINodeDriver', toldAs(of, driver));
  return spec.drivers.flatMap((now) => {
    const before = old.spec.drivers.find(({ name }) => name === now.name);
    return before ? immutable('spec.drivers', fixed(now, now), fixed(before, before)) : [];
  });
}
