// What is a persistent volume to the API server?

import { canonicalQuantity } from '../../apimachinery/quantity.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { persistentVolumes } from '../resources.ts';
import { annotations } from '../storage/names.ts';
import { formatAccessModes } from './access-modes.ts';
import { volumeWarnings } from './claim-warnings.ts';
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
  prepareForUpdate: (volume, old, { now }) => noteTransition(volume, old, now),
  validateCreate: validateVolume,
  validateUpdate: validateVolumeUpdate,
  warnings: (volume) => volumeWarnings(volume),
});

/**
 * A writer that names a time of its own for the new phase is believed; one that names none leaves that of the same phase.
 * Kubernetes: persistentVolumeStatusStrategy.
 */
function noteTransition({ status }: PersistentVolume, { status: before = {} }: PersistentVolume, now: string): void {
  if (!status) return;
  const { phase, lastPhaseTransitionTime: said } = status;
  const { lastPhaseTransitionTime: then } = before;
  if (phase !== before.phase) {
    if (said === undefined || said === then) status.lastPhaseTransitionTime = now;
  } else if (then !== undefined) status.lastPhaseTransitionTime = said ?? then;
}
