// Which persistent volumes, and which changes of them, are refused? Source: pkg/apis/core/validation
// ValidatePersistentVolumeSpec and ValidatePersistentVolumeUpdate.

import { semanticallyEqualStructs } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { emptiesOf } from '../../apimachinery/sent-empty.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Subdomain } from '../../apimachinery/validation.ts';
import { listed, named } from '../field-rules.ts';
import { internalDiff, internalForm } from '../internal-form.ts';
import { validateAccessModes } from './access-modes.ts';
import type {
  NodeSelectorRequirement,
  PersistentVolume,
  PersistentVolumeSpec,
  VolumeNodeAffinity,
} from './generated/v1.ts';
import { persistentSources, validatePersistentSource } from './persistent-volume-sources.ts';
import { validateNodeSelector } from './placement-validation.ts';
import { validateBasicAmount, validatePositiveAmount } from './resource-list.ts';

/** Causes against a volume. */
export function validateVolume(volume: PersistentVolume): StatusCause[] {
  return [...volumeCauses(volume), ...mountOptionCauses(volume)];
}

function volumeCauses({ metadata, spec = {} }: PersistentVolume): StatusCause[] {
  const policy = spec.persistentVolumeReclaimPolicy;
  return [
    ...accessModeCauses(spec, 'spec'),
    ...capacityCauses(spec.capacity, emptiesOf(spec)['capacity']),
    ...listed('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain']),
    ...(spec.nodeAffinity ? affinityCauses(spec.nodeAffinity, 'spec.nodeAffinity') : []),
    ...validatePersistentSource(spec, { at: 'spec', volumeName: metadata.name }),
    ...recycledRoot(spec, 'spec'),
    ...(spec.storageClassName ? named('spec.storageClassName', spec.storageClassName, dns1123Subdomain) : []),
    ...listed('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']),
    ...attributesClassCauses(spec),
  ];
}

const mountOptions = 'volume.beta.kubernetes.io/mount-options';
const takesMountOptions = [
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'nfs',
  'rbd',
  'quobyte',
  'iscsi',
  'cinder',
  'cephfs',
  'azureFile',
  'vsphereVolume',
  'azureDisk',
  'photonPersistentDisk',
] as const;

/** Options in an annotation, as older clients have them. Source: pkg/volume/validation. */
function mountOptionCauses({ metadata, spec = {} }: PersistentVolume): StatusCause[] {
  if (metadata.annotations?.[mountOptions] === undefined || takesMountOptions.some((source) => spec[source])) return [];
  return [forbidden(`metadata.annotations.${mountOptions}`, 'may not specify mount options for this volume type')];
}

/** Causes against the spec of a volume that stands in an attachment: nothing there may tell of a volume of its own. */
export function validateInlineVolume(spec: PersistentVolumeSpec, at: string): StatusCause[] {
  const context = 'in the context of inline volumes';
  const causes: StatusCause[] = [];
  const refuse = (field: string, why: string): number => causes.push(forbidden(`${at}.${field}`, `${why} ${context}`));
  const { capacity, persistentVolumeReclaimPolicy: policy, volumeMode: mode } = spec;
  if (spec.claimRef) refuse('claimRef', 'may not be specified');
  if (Object.keys(capacity ?? {}).length > 0) refuse('capacity', 'may not be specified');
  if (!spec.csi) causes.push(required(`${at}.csi`, `has to be specified ${context}`));
  causes.push(...accessModeCauses(spec, at));
  if (policy && policy !== 'Retain') refuse('persistentVolumeReclaimPolicy', 'may only be Retain');
  if (spec.nodeAffinity) refuse('nodeAffinity', 'may not be specified');
  causes.push(...validatePersistentSource(spec, { at, volumeName: '' }), ...recycledRoot(spec, at));
  if (spec.storageClassName) refuse('storageClassName', 'may not be specified');
  if (mode !== undefined && mode !== 'Filesystem')
    refuse('volumeMode', 'may not specify volumeMode other than Filesystem');
  return causes;
}

function accessModeCauses({ accessModes = [] }: PersistentVolumeSpec, at: string): StatusCause[] {
  const field = `${at}.accessModes`;
  return [...(accessModes.length > 0 ? [] : [required(field)]), ...validateAccessModes(accessModes, field)];
}

function capacityCauses(capacity: Record<string, string> | undefined, empty: unknown): StatusCause[] {
  const amounts = Object.entries(capacity ?? {});
  const causes: StatusCause[] = [];
  if (amounts.length === 0) causes.push(required('spec.capacity'));
  if (capacity?.['storage'] === undefined || amounts.length > 1)
    causes.push(notSupported('spec.capacity', capacity ?? empty ?? null, ['storage']));
  const ofAmounts = amounts.flatMap(([name, amount]) => {
    const field = `spec.capacity[${name}]`;
    return [...validateBasicAmount(amount, field), ...validatePositiveAmount(amount, field)];
  });
  return [...causes, ...ofAmounts];
}

function affinityCauses({ required: wanted }: VolumeNodeAffinity, at: string): StatusCause[] {
  if (!wanted) return [required(`${at}.required`, 'must specify required node constraints')];
  return validateNodeSelector(wanted, `${at}.required`);
}

function recycledRoot(
  { hostPath, persistentVolumeReclaimPolicy: policy }: PersistentVolumeSpec,
  at: string,
): StatusCause[] {
  if (!hostPath || policy !== 'Recycle' || !/^\/[/.]*$/.test(hostPath.path ?? '')) return [];
  const why = "may not be 'recycle' for a hostPath mount of '/'";
  return [forbidden(`${at}.persistentVolumeReclaimPolicy`, why)];
}

function attributesClassCauses({ volumeAttributesClassName: name, csi }: PersistentVolumeSpec): StatusCause[] {
  const field = 'spec.volumeAttributesClassName';
  if (name === undefined) return [];
  const causes =
    name === '' ? [required(field, 'an empty string is disallowed')] : named(field, name, dns1123Subdomain);
  if (!csi) causes.push(required('spec.csi', 'has to be specified when using volumeAttributesClassName'));
  return causes;
}

/** Causes against an update of a volume. */
export function validateVolumeUpdate(volume: PersistentVolume, { spec: old = {} }: PersistentVolume): StatusCause[] {
  const ofVolume = volumeCauses(volume);
  const { spec = {} } = volume;
  // Its strategy and the rules of its updates both look at the whole.
  const causes = [...ofVolume, ...mountOptionCauses(volume), ...ofVolume];
  // The secret for growing may be given later.
  const isSecretNew = old.csi && !old.csi.controllerExpandSecretRef && spec.csi?.controllerExpandSecretRef;
  const { controllerExpandSecretRef: _given, ...ownCsi } = spec.csi ?? {};
  const next = sourceOf(isSecretNew ? { ...spec, csi: ownCsi as NonNullable<typeof spec.csi> } : spec);
  if (!semanticallyEqualStructs(next, sourceOf(old))) {
    const diff = internalDiff('PersistentVolumeSource', sourceOf(old), next);
    const why = `spec.persistentvolumesource is immutable after creation${diff}`;
    causes.push(forbidden('spec.persistentvolumesource', why));
  }
  if (spec.volumeMode !== old.volumeMode)
    causes.push(invalidValue('volumeMode', spec.volumeMode, 'field is immutable'));
  if (old.nodeAffinity && !semanticallyEqualStructs(spec.nodeAffinity, renamed(old.nodeAffinity, spec.nodeAffinity)))
    causes.push(
      invalidValue(
        'nodeAffinity',
        internalForm('VolumeNodeAffinity', spec.nodeAffinity),
        'field is immutable, except for updating from beta label to GA',
      ),
    );
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
    causes.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  return causes;
}

/** What the volume is, not how it may be used. */
function sourceOf(spec: PersistentVolumeSpec): Partial<PersistentVolumeSpec> {
  return Object.fromEntries(persistentSources.map((name) => [name, spec[name]]));
}

/** Labels of nodes that have been given another name. */
const newNames: Record<string, string> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

/** `old` with the new names of labels where `now` has them. */
function renamed(old: VolumeNodeAffinity, now: VolumeNodeAffinity | undefined): VolumeNodeAffinity {
  const terms = old.required?.nodeSelectorTerms;
  if (!terms) return old;
  const nodeSelectorTerms = terms.map((term, index) => {
    const next = now?.required?.nodeSelectorTerms?.[index]?.matchExpressions;
    const matchExpressions = term.matchExpressions?.map(
      (each, i): NodeSelectorRequirement =>
        // A key without another name may become none: upstream's look-up says so.
        next?.[i] && (newNames[each.key] ?? '') === next[i].key ? { ...each, key: next[i].key } : each,
    );
    return { ...term, ...(matchExpressions && { matchExpressions }) };
  });
  return { ...old, required: { nodeSelectorTerms } };
}
