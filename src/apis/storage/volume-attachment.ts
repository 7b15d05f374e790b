// What is a volume attachment to the API server?

import { ageColumn, booleanColumn, column, nameColumn } from '../columns.ts';
import { defaultPersistentSource } from '../core/pod-defaults.ts';
import { defineResource } from '../definition.ts';
import { volumeAttachments } from '../resources.ts';
import type { VolumeAttachment } from './generated/v1.ts';
import {
  validateAttachment,
  validateAttachmentStatus,
  validateAttachmentUpdate,
} from './volume-attachment-validation.ts';

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
    const { inlineVolumeSpec } = object.spec.source;
    if (inlineVolumeSpec) defaultPersistentSource(inlineVolumeSpec);
  },
  prepareForCreate: (object) => {
    object.status = { attached: false };
  },
  validateCreate: validateAttachment,
  validateUpdate: validateAttachmentUpdate,
  validateStatus: validateAttachmentStatus,
});
