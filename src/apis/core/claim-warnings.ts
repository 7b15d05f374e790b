// What is said of a claim that is taken, and of a volume? Source: pkg/api/persistentvolumeclaim and pkg/api/persistentvolume.

import { canonicalQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import { annotations } from '../storage/names.ts';
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec } from './generated/v1.ts';
import { warnTerm } from './node-label-warnings.ts';
import type { ResourceList } from './resource-list.ts';

/** Most amounts: whole numbers of bytes, whatever the unit. */
const wholeAmount = /^\d+(?:[kMGTPE]|[KMGTPE]i)?$/;

/** A warning of the amount of `resource` if it is no whole number of bytes. */
export function warnFraction(list: ResourceList | undefined, resource: string, path: string): string[] {
  const amount = list?.[resource];
  if (amount === undefined || wholeAmount.test(String(amount))) return [];
  const quantity = parseQuantity(amount);
  const nanos = quantity.nanos < 0n ? -quantity.nanos : quantity.nanos;
  const millis = (nanos + 999_999n) / 1_000_000n;
  // Upstream counts thousandths in 64 bits, and has none left where they do not fit.
  if (millis >= 2n ** 63n || millis % 1000n === 0n) return [];
  const text = JSON.stringify(canonicalQuantity(amount));
  return [`${path}[${resource}]: fractional byte value ${text} is invalid, must be an integer`];
}

/** Warnings of what a claim asks for, wherever its spec stands. */
export function warnClaimSpec(spec: PersistentVolumeClaimSpec | undefined, path: string): string[] {
  return [
    ...warnFraction(spec?.resources?.requests, 'storage', `${path}.resources.requests`),
    ...warnFraction(spec?.resources?.limits, 'storage', `${path}.resources.limits`),
  ];
}

const sinceStorageClass = 'deprecated since v1.8; use "storageClassName" attribute instead';

export function claimWarnings({ metadata, spec }: PersistentVolumeClaim): string[] {
  const isBeta = metadata.annotations?.[annotations.storageClassBeta] !== undefined;
  return [
    ...(isBeta ? [`metadata.annotations[${annotations.storageClassBeta}]: ${sinceStorageClass}`] : []),
    ...warnClaimSpec(spec, 'spec'),
  ];
}

const outdatedAnnotations: [name: string, why: string][] = [
  [annotations.storageClassBeta, sinceStorageClass],
  ['volume.beta.kubernetes.io/mount-options', 'deprecated since v1.31; use "mountOptions" attribute instead'],
];

/** Kinds of storage that pods and volumes may name, and that nothing serves any more. */
export const goneSources = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
} as const;

const goneInVolumes = ['cephfs', 'photonPersistentDisk', 'scaleIO', 'storageos', 'glusterfs', 'rbd'] as const;
const recycling =
  'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';

/** The name by which Go knows a field, where messages tell that one. */
export const inWarnings = (source: string): string => (source === 'storageos' ? 'storageOS' : source);

export function volumeWarnings({ metadata, spec = {} }: PersistentVolume): string[] {
  const warnings = outdatedAnnotations
    .filter(([name]) => metadata.annotations?.[name] !== undefined)
    .map(([name, why]) => `metadata.annotations[${name}]: ${why}`);
  if (spec.persistentVolumeReclaimPolicy === 'Recycle')
    warnings.push(`spec.persistentVolumeReclaimPolicy: ${recycling}`);
  for (const [index, term] of (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries())
    warnings.push(...warnTerm(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`));
  for (const source of goneInVolumes)
    if (spec[source]) warnings.push(`spec.${inWarnings(source)}: ${goneSources[source]}`);
  return warnings;
}
