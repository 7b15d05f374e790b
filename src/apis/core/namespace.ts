// What is a namespace to the API server?

import { dns1123Label } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { namespaces } from '../resources.ts';

export const namespace = defineResource({
  resource: namespaces,
  listKind: 'NamespaceList',
  singular: 'namespace',
  shortNames: ['ns'],
  categories: [],
  subresources: ['status', 'finalize'],
  schemaName: 'io.k8s.api.core.v1.Namespace',
  isBuiltIn: true,
  hasGeneration: false,
  nameRule: dns1123Label,
  columns: [
    nameColumn(),
    { ...column('Status', ({ status }) => status?.phase ?? ''), description: 'The status of the namespace' },
    ageColumn(),
  ],
  selectableFields: {
    name: ({ metadata }) => metadata.name,
    'status.phase': ({ status }) => status?.phase ?? '',
  },
  applyDefaults: (object) => {
    object.status ??= {};
    object.status.phase ||= 'Active';
    // A generated name isn't known yet; prepareForCreate runs after it is made.
    if (object.metadata.name) labelWithName(object);
  },
  prepareForCreate: (object) => {
    object.status = { phase: 'Active' };
    object.spec = { finalizers: ['kubernetes'] };
    if (object.metadata.name) labelWithName(object);
  },
});

function labelWithName({ metadata }: { metadata: { name: string; labels?: Record<string, string> } }): void {
  metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
}
