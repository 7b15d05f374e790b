// What must be said of where a persistent volume's bytes are? Exactly one source, and what each needs.
// Source: pkg/apis/core/validation ValidatePersistentVolumeSpec.

import { forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import type { PersistentVolumeSpec } from './generated/v1.ts';
import { validateNoBacksteps } from './paths.ts';
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

/** The fields of a spec that say what the volume is. */
export const persistentSources = Object.keys(rules) as Source[];

/** Causes against the sources in a spec that stands in the field `at`. */
export function validatePersistentSource(
  spec: PersistentVolumeSpec,
  { at, volumeName }: { at: string; volumeName: string },
): StatusCause[] {
  const given = persistentSources.filter((name) => spec[name]);
  if (given.length === 0) return [required(at, 'must specify a volume type')];
  return given.flatMap((name, index) => {
    // Upstream forgets to ask whether a flexible volume is the only one.
    if (index > 0 && name !== 'flexVolume')
      return [forbidden(`${at}.${name === 'cephfs' ? 'cephFS' : name}`, 'may not specify more than 1 volume type')];
    const rule = rules[name] as (source: unknown, place: SourcePlace) => StatusCause[];
    const inner = `${at}.${name === 'gcePersistentDisk' ? 'persistentDisk' : name}`;
    const causes = rule(spec[name], { at: inner, isPersistent: true, volumeName });
    if (name !== 'local' || spec.nodeAffinity) return causes;
    return [...causes, required(`${at}.nodeAffinity`, 'Local volume requires node affinity')];
  });
}
