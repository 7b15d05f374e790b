// What is a persistent volume to the API server?

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { canonicalQuantity } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain } from '../../apimachinery/validation.ts';
import { ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { persistentVolumes } from '../resources.ts';
import { formatAccessModes, validateAccessModes } from './access-modes.ts';
import type { PersistentVolume, PersistentVolumeSpec } from './generated/v1.ts';
import { betaClassAnnotation } from './persistent-volume-claim.ts';
import { validatePositiveAmount } from './resource-list.ts';

/** The fields of a spec that say what the volume is, not how it may be used. */
const sourceFields = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'glusterfs',
  'hostPath',
  'iscsi',
  'local',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
] as const satisfies (keyof PersistentVolumeSpec)[];

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
      ({ metadata, spec }) => metadata.annotations?.[betaClassAnnotation] ?? spec?.storageClassName ?? '',
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
    volume.spec.volumeMode ||= 'Filesystem';
    if (volume.spec.hostPath) volume.spec.hostPath.type ??= '';
  },
  prepareForCreate: (volume) => {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: volume.metadata.creationTimestamp };
    const finalizers = (volume.metadata.finalizers ??= []);
    if (!finalizers.includes('kubernetes.io/pv-protection')) finalizers.push('kubernetes.io/pv-protection');
  },
  prepareForStatus: noteTransition,
  validateCreate: validateVolume,
  validateUpdate: (volume, old) => [...validateVolume(volume), ...validateVolumeUpdate(volume, old)],
});

/** A writer that names a time of its own for the new phase is believed. Kubernetes: persistentVolumeStatusStrategy. */
function noteTransition(volume: PersistentVolume, { status: before = {} }: PersistentVolume, now: string): void {
  const { phase, lastPhaseTransitionTime: said } = volume.status ?? {};
  if (!volume.status || phase === before.phase) return;
  if (said === undefined || said === before.lastPhaseTransitionTime) volume.status.lastPhaseTransitionTime = now;
}

function validateVolume({ spec }: PersistentVolume): StatusCause[] {
  if (!spec) return [required('spec')];
  const causes: StatusCause[] = [];
  if (!spec.accessModes?.length) causes.push(required('spec.accessModes'));
  causes.push(...validateAccessModes(spec.accessModes ?? [], 'spec.accessModes'));
  const capacity = Object.entries(spec.capacity ?? {});
  if (capacity.length === 0) causes.push(required('spec.capacity'));
  else if (!spec.capacity?.storage || capacity.length > 1)
    causes.push(notSupported('spec.capacity', spec.capacity, ['storage']));
  for (const [name, amount] of capacity) causes.push(...validatePositiveAmount(amount, `spec.capacity[${name}]`));
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy && !['Delete', 'Recycle', 'Retain'].includes(policy)) {
    causes.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain']));
  }
  const sources = sourceFields.filter((field) => spec[field]);
  if (sources.length === 0) causes.push(required('spec', 'must specify a volume type'));
  for (const extra of sources.slice(1))
    causes.push(forbidden(`spec.${extra}`, 'may not specify more than 1 volume type'));
  if (spec.csi && !spec.csi.driver) causes.push(required('spec.csi.driver'));
  if (spec.csi && !spec.csi.volumeHandle) causes.push(required('spec.csi.volumeHandle'));
  if (spec.hostPath && !spec.hostPath.path) causes.push(required('spec.hostPath.path'));
  if (spec.local && !spec.local.path) causes.push(required('spec.local.path'));
  if (spec.local && !spec.nodeAffinity)
    causes.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  if (spec.storageClassName) {
    causes.push(
      ...dns1123Subdomain(spec.storageClassName).map((message) =>
        invalidValue('spec.storageClassName', spec.storageClassName, message),
      ),
    );
  }
  if (spec.volumeMode && !['Block', 'Filesystem'].includes(spec.volumeMode)) {
    causes.push(notSupported('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']));
  }
  return causes;
}

function validateVolumeUpdate({ spec }: PersistentVolume, { spec: old }: PersistentVolume): StatusCause[] {
  if (!spec || !old) return [];
  const causes: StatusCause[] = [];
  const source = (each: PersistentVolumeSpec) => {
    const fields = Object.fromEntries(sourceFields.map((field) => [field, each[field]]));
    // The secret for growing may be given later.
    return !old.csi?.controllerExpandSecretRef && each.csi
      ? { ...fields, csi: { ...each.csi, controllerExpandSecretRef: undefined } }
      : fields;
  };
  if (!semanticallyEqual(source(spec), source(old))) {
    causes.push(forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'));
  }
  if ((spec.volumeMode ?? '') !== (old.volumeMode ?? ''))
    causes.push(invalidValue('volumeMode', spec.volumeMode, 'field is immutable'));
  if (old.nodeAffinity && !semanticallyEqual(spec.nodeAffinity, old.nodeAffinity)) {
    causes.push(
      invalidValue('nodeAffinity', spec.nodeAffinity, 'field is immutable, except for updating from beta label to GA'),
    );
  }
  return causes;
}
