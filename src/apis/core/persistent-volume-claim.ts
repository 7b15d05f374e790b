// What is a claim to the API server?

import { canonicalQuantity } from '../../apimachinery/quantity.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { persistentVolumeClaims } from '../resources.ts';
import { annotations } from '../storage/names.ts';
import { formatAccessModes } from './access-modes.ts';
import { settleSources } from './claim-sources.ts';
import { validateClaim, validateClaimStatus, validateClaimUpdate } from './claim-validation.ts';
import { claimWarnings } from './claim-warnings.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from './generated/v1.ts';

export const persistentVolumeClaim = defineResource<PersistentVolumeClaim>({
  resource: persistentVolumeClaims,
  listKind: 'PersistentVolumeClaimList',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  categories: [],
  subresources: ['status'],
  schemaName: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  isBuiltIn: true,
  answersDeleted: true,
  hasGeneration: false,
  columns: [
    nameColumn(),
    column('Status', ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''))),
    column('Volume', ({ spec }) => spec?.volumeName ?? ''),
    column('Capacity', ({ spec, status }) =>
      spec?.volumeName ? canonicalQuantity(status?.capacity?.storage ?? '0') : '',
    ),
    column('Access Modes', ({ spec, status }) => (spec?.volumeName ? formatAccessModes(status?.accessModes) : '')),
    column(
      'StorageClass',
      ({ metadata, spec }) => metadata.annotations?.[annotations.storageClassBeta] ?? spec?.storageClassName ?? '',
    ),
    column('VolumeAttributesClass', ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>'),
    ageColumn(),
    wideColumn('VolumeMode', ({ spec }) => spec?.volumeMode ?? '<unset>'),
  ],
  selectableFields: {},
  applyDefaults: (claim) => {
    claim.status ??= {};
    claim.status.phase ||= 'Pending';
    if (claim.spec) defaultClaimSpec(claim.spec);
  },
  prepareForCreate: (claim) => {
    claim.status = { phase: 'Pending' };
    if (claim.spec) settleSources(claim.spec);
    const finalizers = (claim.metadata.finalizers ??= []);
    if (!finalizers.includes('kubernetes.io/pvc-protection')) finalizers.push('kubernetes.io/pvc-protection');
  },
  prepareForUpdate: ({ spec }, old) => {
    if (spec) settleSources(spec, old.spec);
  },
  validateCreate: validateClaim,
  validateUpdate: validateClaimUpdate,
  validateStatus: validateClaimStatus,
  warnings: (claim) => claimWarnings(claim),
});

/** Defaults of a claim's spec, wherever it stands. */
export function defaultClaimSpec(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem';
}
