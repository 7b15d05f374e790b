// What are the kinds of metrics.k8s.io to the API server? Computed from what the agents report, never stored.

import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import { column, createdAtColumn, nameColumn } from '../columns.ts';
import { defineBuiltIn, type JsonSchema, type ResourceDefinition, type SchemaComponents } from '../definition.ts';

/** Amounts in use, as quantities. */
export interface Usage {
  cpu: string;
  memory: string;
}

export interface NodeMetrics extends KubeObject {
  /** RFC 3339; the end of the window. */
  timestamp: string;
  /** A duration: `10s`. */
  window: string;
  usage: Usage;
}

export interface PodMetrics extends KubeObject {
  timestamp: string;
  window: string;
  containers: { name: string; usage: Usage }[];
}

const metrics = { group: 'metrics.k8s.io', version: 'v1beta1' } as const;
const nodeMetrics: Resource<NodeMetrics> = { ...metrics, plural: 'nodes', kind: 'NodeMetrics', namespaced: false };
const podMetrics: Resource<PodMetrics> = { ...metrics, plural: 'pods', kind: 'PodMetrics', namespaced: true };
const prefix = 'io.k8s.metrics.pkg.apis.metrics.v1beta1';
const common = { verbs: ['get', 'list'] as const, isVirtual: true };

/** NodeMetrics and PodMetrics. */
export const metricsResources: ResourceDefinition[] = [
  defineBuiltIn<NodeMetrics>({
    ...common,
    resource: nodeMetrics,
    schemaName: `${prefix}.NodeMetrics`,
    columns: [
      nameColumn(),
      column('cpu', ({ usage }) => usage.cpu),
      column('memory', ({ usage }) => usage.memory),
      column('Window', ({ window }) => window),
    ],
  }),
  defineBuiltIn<PodMetrics>({
    ...common,
    resource: podMetrics,
    schemaName: `${prefix}.PodMetrics`,
    columns: [nameColumn(), column('Window', ({ window }) => window), createdAtColumn()],
  }),
];

const meta = 'io.k8s.apimachinery.pkg';
const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const usage: JsonSchema = {
  type: 'object',
  description: 'Amounts in use by name of the resource.',
  additionalProperties: refTo(`${meta}.api.resource.Quantity`),
};

function kind(name: string, description: string, own: Record<string, JsonSchema>): JsonSchema {
  return {
    type: 'object',
    description,
    required: ['timestamp', 'window', ...Object.keys(own)],
    properties: {
      apiVersion: { type: 'string', description: 'The versioned schema of this object.' },
      kind: { type: 'string', description: 'The REST resource that this object represents.' },
      metadata: refTo(`${meta}.apis.meta.v1.ObjectMeta`),
      timestamp: { ...refTo(`${meta}.apis.meta.v1.Time`), description: 'The end of the time that was measured.' },
      window: { ...refTo(`${meta}.apis.meta.v1.Duration`), description: 'The length of the time that was measured.' },
      ...own,
    },
    'x-kubernetes-group-version-kind': [{ group: metrics.group, version: metrics.version, kind: name }],
  };
}

/** Components of the two kinds, by schema name. */
export const metricsSchemas: SchemaComponents = {
  [`${meta}.apis.meta.v1.Duration`]: { type: 'string', description: 'A duration as Go writes it: 1m30s.' },
  [`${prefix}.NodeMetrics`]: kind('NodeMetrics', 'What is in use on a node.', { usage }),
  [`${prefix}.PodMetrics`]: kind('PodMetrics', 'What the containers of a pod use.', {
    containers: {
      type: 'array',
      description: 'What each container uses.',
      items: refTo(`${prefix}.ContainerMetrics`),
      'x-kubernetes-list-type': 'atomic',
    },
  }),
  [`${prefix}.ContainerMetrics`]: {
    type: 'object',
    description: 'What a container uses.',
    required: ['name', 'usage'],
    properties: { name: { type: 'string', description: 'Name of the container.' }, usage },
  },
};
