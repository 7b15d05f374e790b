// What is a node to the API server?

import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { nodes } from '../resources.ts';
import type { Node } from './generated/v1.ts';
import { validateNode, validateNodeUpdate } from './node-validation.ts';

const rolePrefix = 'node-role.kubernetes.io/';

export const node = defineResource<Node>({
  resource: nodes,
  listKind: 'NodeList',
  singular: 'node',
  shortNames: ['no'],
  categories: [],
  subresources: ['status', 'proxy'],
  schemaName: 'io.k8s.api.core.v1.Node',
  isBuiltIn: true,
  hasGeneration: false,
  columns: [
    nameColumn(),
    { ...column('Status', statusText), description: 'The status of the node' },
    { ...column('Roles', ({ metadata }) => roles(metadata.labels ?? {})), description: 'The roles of the node' },
    ageColumn(),
    column('Version', ({ status }) => status?.nodeInfo?.kubeletVersion ?? ''),
    wideColumn('Internal-IP', (object) => address(object, 'InternalIP')),
    wideColumn('External-IP', (object) => address(object, 'ExternalIP')),
    wideColumn('OS-Image', ({ status }) => status?.nodeInfo?.osImage || '<unknown>'),
    wideColumn('Kernel-Version', ({ status }) => status?.nodeInfo?.kernelVersion || '<unknown>'),
    wideColumn('Container-Runtime', ({ status }) => status?.nodeInfo?.containerRuntimeVersion || '<unknown>'),
  ],
  selectableFields: { 'spec.unschedulable': ({ spec }) => String(spec?.unschedulable ?? false) },
  applyDefaults: ({ status }) => {
    // What is not reserved can be allocated.
    if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  },
  validateCreate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatus: validateNodeUpdate,
});

function statusText({ status, spec }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const state = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec?.unschedulable ? `${state},SchedulingDisabled` : state;
}

function roles(labels: Record<string, string>): string {
  const found = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix)) return key.slice(rolePrefix.length) || [];
    return key === 'kubernetes.io/role' && value ? value : [];
  });
  return [...new Set(found)].sort().join(',') || '<none>';
}

function address({ status }: Node, kind: string): string {
  return status?.addresses?.find(({ type }) => type === kind)?.address ?? '<none>';
}
