// Which persistent volumes, and which changes of them, are refused? Source: pkg/apis/core/validation
// ValidatePersistentVolumeSpec and ValidatePersistentVolumeUpdate.

import { semanticallyEqual } from '../../apimachinery/equality.ts';
import { forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain } from '../../apimachinery/validation.ts';
import { named, oneOf } from '../field-rules.ts';
import { validateAccessModes } from './access-modes.ts';
import type {
  NodeSelectorRequirement,
  PersistentVolume,
  PersistentVolumeSpec,
  VolumeNodeAffinity,
} from './generated/v1.ts';
import { validateNoBacksteps } from './paths.ts';
import { validateNodeSelector } from './placement-validation.ts';
import { validatePositiveAmount } from './resource-list.ts';
import {
  needed,
  type SourcePlace,
  sharedSources,
  validateDriverName,
  validateSecretReference,
} from './volume-sources.ts';

type Source = keyof typeof sharedSources | 'glusterfs' | 'azureFile' | 'local' | 'csi';
type Rules = {
  [Name in Source]: (source: NonNullable<PersistentVolumeSpec[Name]>, place: SourcePlace) => StatusCause[];
};

const csiSecrets = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

/** Each source's rule. Of several sources in a volume, the first in this order is looked at. */
const rules: Rules = {
  hostPath: sharedSources.hostPath,
  gcePersistentDisk: sharedSources.gcePersistentDisk,
  awsElasticBlockStore: sharedSources.awsElasticBlockStore,
  glusterfs: ({ endpoints, path, endpointsNamespace: namespace }, { at }) => {
    const causes = needed(at, { endpoints, path });
    const field = `${at}.endpointsNamespace`;
    if (namespace === undefined) return causes;
    const why = 'if the endpointnamespace is set, it must be a valid namespace name';
    if (namespace === '') return [...causes, invalidValue(field, namespace, why)];
    return [...causes, ...named(field, namespace, dns1123Label)];
  },
  flocker: sharedSources.flocker,
  nfs: sharedSources.nfs,
  rbd: sharedSources.rbd,
  quobyte: sharedSources.quobyte,
  cephfs: sharedSources.cephfs,
  iscsi: sharedSources.iscsi,
  cinder: sharedSources.cinder,
  fc: sharedSources.fc,
  flexVolume: sharedSources.flexVolume,
  azureFile: ({ secretName, shareName, secretNamespace }, { at }) => [
    ...needed(at, { secretName, shareName }),
    ...(secretNamespace === '' ? [required(`${at}.secretNamespace`)] : []),
  ],
  vsphereVolume: sharedSources.vsphereVolume,
  photonPersistentDisk: sharedSources.photonPersistentDisk,
  portworxVolume: sharedSources.portworxVolume,
  azureDisk: sharedSources.azureDisk,
  scaleIO: sharedSources.scaleIO,
  local: ({ path }, { at }) => (path ? validateNoBacksteps(path, `${at}.path`) : [required(`${at}.path`)]),
  storageos: sharedSources.storageos,
  csi: (source, { at }) => [
    ...validateDriverName(source.driver, `${at}.driver`),
    ...needed(at, { volumeHandle: source.volumeHandle }),
    ...csiSecrets.flatMap((field) => {
      const reference = source[field];
      return reference ? validateSecretReference(reference, `${at}.${field}`) : [];
    }),
  ],
};
/** The fields of a spec that say what the volume is, not how it may be used. */
const sources = Object.keys(rules) as Source[];

/** Causes against a volume. */
export function validateVolume({ metadata, spec }: PersistentVolume): StatusCause[] {
  if (!spec) return [required('spec')];
  const causes: StatusCause[] = [];
  if (!spec.accessModes?.length) causes.push(required('spec.accessModes'));
  causes.push(...validateAccessModes(spec.accessModes ?? [], 'spec.accessModes'));
  causes.push(...capacityCauses(spec.capacity ?? {}));
  const policy = spec.persistentVolumeReclaimPolicy;
  causes.push(...oneOf('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain']));
  if (spec.nodeAffinity) causes.push(...affinityCauses(spec.nodeAffinity, 'spec.nodeAffinity'));
  causes.push(...sourceCauses(spec, metadata.name));
  if (spec.hostPath && /^\/[/.]*$/.test(spec.hostPath.path ?? '') && policy === 'Recycle')
    causes.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
  if (spec.storageClassName) causes.push(...named('spec.storageClassName', spec.storageClassName, dns1123Subdomain));
  causes.push(...oneOf('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']));
  return [...causes, ...attributesClassCauses(spec)];
}

function capacityCauses(capacity: Record<string, string>): StatusCause[] {
  const amounts = Object.entries(capacity);
  const causes: StatusCause[] = [];
  if (amounts.length === 0) causes.push(required('spec.capacity'));
  if (capacity['storage'] === undefined || amounts.length > 1)
    causes.push(notSupported('spec.capacity', amounts.length === 0 ? null : capacity, ['storage']));
  return [...causes, ...amounts.flatMap(([name, amount]) => validatePositiveAmount(amount, `spec.capacity[${name}]`))];
}

function affinityCauses({ required: wanted }: VolumeNodeAffinity, at: string): StatusCause[] {
  if (!wanted) return [required(`${at}.required`, 'must specify required node constraints')];
  return validateNodeSelector(wanted, `${at}.required`);
}

function sourceCauses(spec: PersistentVolumeSpec, volumeName: string): StatusCause[] {
  const [first, ...more] = sources.filter((name) => spec[name]);
  if (!first) return [required('spec', 'must specify a volume type')];
  const at = `spec.${first === 'gcePersistentDisk' ? 'persistentDisk' : first}`;
  const rule = rules[first] as (source: unknown, place: SourcePlace) => StatusCause[];
  const causes = rule(spec[first], { at, isPersistent: true, volumeName });
  if (first === 'local' && !spec.nodeAffinity)
    causes.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  return [
    ...causes,
    ...more.map((name) =>
      forbidden(`spec.${name === 'cephfs' ? 'cephFS' : name}`, 'may not specify more than 1 volume type'),
    ),
  ];
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
export function validateVolumeUpdate(volume: PersistentVolume, { spec: old }: PersistentVolume): StatusCause[] {
  const causes = validateVolume(volume);
  const { spec } = volume;
  if (!spec || !old) return causes;
  const source = (each: PersistentVolumeSpec) => {
    const fields = Object.fromEntries(sources.map((field) => [field, each[field]]));
    // The secret for growing may be given later.
    return !old.csi?.controllerExpandSecretRef && each.csi
      ? { ...fields, csi: { ...each.csi, controllerExpandSecretRef: undefined } }
      : fields;
  };
  if (!semanticallyEqual(source(spec), source(old)))
    causes.push(forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'));
  if ((spec.volumeMode ?? '') !== (old.volumeMode ?? ''))
    causes.push(invalidValue('volumeMode', spec.volumeMode, 'field is immutable'));
  if (old.nodeAffinity && !semanticallyEqual(spec.nodeAffinity, renamed(old.nodeAffinity, spec.nodeAffinity)))
    causes.push(
      invalidValue('nodeAffinity', spec.nodeAffinity, 'field is immutable, except for updating from beta label to GA'),
    );
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
    causes.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  return causes;
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
        next?.[i] && newNames[each.key] === next[i].key ? { ...each, key: next[i].key } : each,
    );
    return { ...term, ...(matchExpressions && { matchExpressions }) };
  });
  return { ...old, required: { nodeSelectorTerms } };
}
