// What is a node to the API server?

import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { nodes } from '../resources.ts';
import { warnCidr } from './address-warnings.ts';
import type { Node, NodeSpec } from './generated/v1.ts';
import { validateNode, validateNodeStatus, validateNodeUpdate } from './node-validation.ts';

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
  applyDefaults: ({ spec, status }) => {
    if (spec) settlePodCidrs(spec);
    // What is not reserved can be allocated.
    if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  },
  prepareForCreate: withoutConfig,
  prepareForUpdate: (object, { spec }) => {
    if (!spec?.configSource) withoutConfig(object);
  },
  validateCreate: validateNode,
  validateUpdate: validateNodeUpdate,
  validateStatus: validateNodeStatus,
  warnings: ({ spec = {} }) => nodeWarnings(spec),
});

/** The first range stands in a field of its own too, which wins if the two differ. */
function settlePodCidrs(spec: NodeSpec): void {
  const { podCIDR, podCIDRs: [first] = [] } = spec;
  if (podCIDR && podCIDR !== first) spec.podCIDRs = [podCIDR];
  else if (first) spec.podCIDR = first;
}

/** Source: pkg/registry/core/node nodeWarnings. */
function nodeWarnings({ configSource, externalID, podCIDRs = [] }: NodeSpec): string[] {
  return [
    ...(configSource ? ['spec.configSource: the feature is removed'] : []),
    ...(externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...podCIDRs.flatMap((range, index) => warnCidr(`spec.podCIDRs[${index}]`, range)),
  ];
}

/** Configuration of the node's agent by the API server went with the gate DynamicKubeletConfig. */
function withoutConfig({ spec, status }: Node): void {
  delete spec?.configSource;
  delete status?.config;
}

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
