// What is a persistent volume to the API server?

import { canonicalQuantity } from '../../apimachinery/quantity.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { annotations } from '../storage/names.ts';
import { persistentVolumes } from '../resources.ts';
import { formatAccessModes } from './access-modes.ts';
import type { PersistentVolume } from './generated/v1.ts';
import { validateVolume, validateVolumeUpdate } from './persistent-volume-validation.ts';
import { defaultPersistentSource } from './pod-defaults.ts';

export const persistentVolume = defineResource<PersistentVolume>({
  resource: persistentVolumes,
  listKind: 'PersistentVolumeList',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  categories: [],
  subresources: ['status'],
  schemaName: 'io.k8s.api.core.v1.PersistentVolume',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: false,
  columns: [
    nameColumn(),
    column('Capacity', ({ spec }) => canonicalQuantity(spec?.capacity?.storage ?? '0')),
    column('Access Modes', ({ spec }) => formatAccessModes(spec?.accessModes)),
    column('Reclaim Policy', ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? ''),
    column('Status', ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''))),
    column('Claim', ({ spec }) =>
      spec?.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
    ),
    column(
      'StorageClass',
      ({ metadata, spec }) => metadata.annotations?.[annotations.storageClassBeta] ?? spec?.storageClassName ?? '',
    ),
    column('VolumeAttributesClass', ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>'),
    column('Reason', ({ status }) => status?.reason ?? ''),
    ageColumn(),
    wideColumn('VolumeMode', ({ spec }) => spec?.volumeMode ?? '<unset>'),
  ],
  selectableFields: {},
  applyDefaults: (volume) => {
    volume.status ??= {};
    volume.status.phase ||= 'Pending';
    if (!volume.spec) return;
    volume.spec.persistentVolumeReclaimPolicy ||= 'Retain';
    volume.spec.volumeMode ??= 'Filesystem';
    defaultPersistentSource(volume.spec);
  },
  prepareForCreate: (volume) => {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: volume.metadata.creationTimestamp };
    const finalizers = (volume.metadata.finalizers ??= []);
    if (!finalizers.includes('kubernetes.io/pv-protection')) finalizers.push('kubernetes.io/pv-protection');
  },
  prepareForStatus: noteTransition,
  validateCreate: validateVolume,
  validateUpdate: validateVolumeUpdate,
});

/** A writer that names a time of its own for the new phase is believed. Kubernetes: persistentVolumeStatusStrategy. */
function noteTransition(volume: PersistentVolume, { status: before = {} }: PersistentVolume, now: string): void {
  const { phase, lastPhaseTransitionTime: said } = volume.status ?? {};
  if (!volume.status || phase === before.phase) return;
  if (said === undefined || said === before.lastPhaseTransitionTime) volume.status.lastPhaseTransitionTime = now;
}
