// What is a volume attachment to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { ageColumn, booleanColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { volumeAttachments } from '../resources.ts';
import type { VolumeAttachment } from './generated/v1.ts';

export const volumeAttachment = defineResource<VolumeAttachment>({
  resource: volumeAttachments,
  listKind: 'VolumeAttachmentList',
  singular: 'volumeattachment',
  shortNames: [],
  categories: [],
  subresources: ['status'],
  statusKeepsMetadata: true,
  schemaName: 'io.k8s.api.storage.v1.VolumeAttachment',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: false,
  columns: [
    nameColumn(),
    { ...column<VolumeAttachment>('Attacher', ({ spec }) => spec.attacher), format: 'name' },
    column('PV', ({ spec }) => spec.source.persistentVolumeName ?? ''),
    column('Node', ({ spec }) => spec.nodeName),
    booleanColumn('Attached', ({ status }) => status?.attached ?? false),
    ageColumn(),
  ],
  // Not upstream's: so that a node can follow its own attachments and need not see the others.
  selectableFields: { 'spec.nodeName': ({ spec }) => spec.nodeName },
  applyDefaults: (object) => {
    object.status ??= { attached: false };
    object.status.attached ??= false;
  },
  prepareForCreate: (object) => {
    object.status = { attached: false };
  },
  validateCreate: validateAttachment,
  validateUpdate: (object, old) => {
    const causes = validateAttachment(object);
    return semanticallyEqual(object.spec, old.spec)
      ? causes
      : [...causes, invalidValue('spec', object.spec, 'field is immutable')];
  },
});

function validateAttachment({ spec }: VolumeAttachment): StatusCause[] {
  if (!spec) return [required('spec')];
  const causes: StatusCause[] = [];
  if (!spec.attacher) causes.push(required('spec.attacher'));
  if (!spec.nodeName) causes.push(required('spec.nodeName'));
  const { persistentVolumeName, inlineVolumeSpec } = spec.source ?? {};
  if (!persistentVolumeName && !inlineVolumeSpec) {
    causes.push(required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  }
  if (persistentVolumeName && inlineVolumeSpec) {
    causes.push(
      invalidValue('spec.source', spec.source, 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'),
    );
  }
  return causes;
}
