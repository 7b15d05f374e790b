// What is a namespace to the API server?

import { invalidValue } from '../../apimachinery/field-error.ts';
import { unqualifiedFinalizers } from '../../apimachinery/object-meta.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, labelKey } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource, resourceVerbs } from '../definition.ts';
import { namespaces } from '../resources.ts';
import type { Namespace } from './generated/v1.ts';

/** The namespace controller's, who empties the namespace. */
const ownFinalizer = 'kubernetes';

export const namespace = defineResource<Namespace>({
  resource: namespaces,
  listKind: 'NamespaceList',
  singular: 'namespace',
  shortNames: ['ns'],
  categories: [],
  subresources: ['status', 'finalize'],
  schemaName: 'io.k8s.api.core.v1.Namespace',
  isBuiltIn: true,
  // A namespace is emptied before it goes, so that they go one by one.
  verbs: resourceVerbs.filter((verb) => verb !== 'deletecollection'),
  hasGeneration: false,
  nameRule: dns1123Label,
  columns: [
    nameColumn(),
    { ...column('Status', ({ status }) => status?.phase ?? ''), description: 'The status of the namespace' },
    ageColumn(),
  ],
  selectableFields: {
    'status.phase': ({ status }) => status?.phase ?? '',
  },
  applyDefaults: (object) => {
    object.status ??= {};
    object.status.phase ||= 'Active';
    labelWithName(object);
  },
  prepareForCreate: (object) => {
    labelWithName(object);
    object.status = { phase: 'Active' };
    const { finalizers = [] } = object.spec ?? {};
    object.spec = { finalizers: finalizers.includes(ownFinalizer) ? finalizers : [...finalizers, ownFinalizer] };
  },
  // Only its subresource `finalize` takes finalizers away.
  prepareForUpdate: (object, { spec }, { subresource }) => {
    if (spec && subresource !== 'finalize') object.spec = spec;
  },
  validateCreate: ({ spec }) => validateFinalizers(spec?.finalizers ?? [], 'spec.finalizers'),
  validateStatus: ({ metadata, status }) => {
    const wanted = metadata.deletionTimestamp ? 'Terminating' : 'Active';
    if (status?.phase === wanted) return [];
    const when = metadata.deletionTimestamp ? 'is not empty' : 'is empty';
    const why = `may only be '${wanted}' if \`deletionTimestamp\` ${when}`;
    return [invalidValue('status.Phase', status?.phase ?? '', why)];
  },
});

function validateFinalizers(names: readonly string[], field: string): StatusCause[] {
  return names.flatMap((name) => [
    ...labelKey(name).map((message) => invalidValue(field, name, message)),
    ...unqualifiedFinalizers([name], field).map((cause) => ({ ...cause, field })),
  ]);
}

/** What has no name yet gets the label when it has one. */
function labelWithName({ metadata }: Namespace): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
}
