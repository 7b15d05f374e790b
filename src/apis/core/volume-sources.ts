// Which sources of volumes are refused, wherever they stand? Those that pods and persistent volumes share.
// Source: pkg/apis/core/validation validate…VolumeSource and validate…PersistentVolumeSource.

import { invalidValue, notSupported, required, tooLong } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain } from '../../apimachinery/validation.ts';
import { listed, named } from '../field-rules.ts';
import type {
  AzureDiskVolumeSource,
  FCVolumeSource,
  HostPathVolumeSource,
  ISCSIPersistentVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  PersistentVolumeSpec,
  QuobyteVolumeSource,
  SecretReference,
  StorageOSPersistentVolumeSource,
  StorageOSVolumeSource,
  Volume,
} from './generated/v1.ts';
import { validateNoBacksteps } from './paths.ts';

/** Where a source stands: in a pod's volume, or in a persistent volume, which refer to secrets of other namespaces. */
export interface SourcePlace {
  at: string;
  isPersistent: boolean;
  /** Name of the volume. */
  volumeName: string;
}

type Sources = Volume & PersistentVolumeSpec;
type Rule<T> = (source: NonNullable<T>, place: SourcePlace) => StatusCause[];

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** Each by its field's name. */
export const sharedSources = {
  hostPath: hostPathCauses,
  gcePersistentDisk: ({ pdName, partition }, { at }) => diskCauses({ pdName }, partition, at),
  awsElasticBlockStore: ({ volumeID, partition }, { at }) => diskCauses({ volumeID }, partition, at),
  nfs: nfsCauses,
  iscsi: iscsiCauses,
  flocker: ({ datasetName = '', datasetUUID = '' }, { at }) => [
    ...(datasetName || datasetUUID ? [] : [required(at, 'one of datasetName and datasetUUID is required')]),
    ...(datasetName && datasetUUID
      ? [invalidValue(at, 'resource', 'datasetName and datasetUUID can not be specified simultaneously')]
      : []),
    ...(datasetName.includes('/') ? [invalidValue(`${at}.datasetName`, datasetName, "must not contain '/'")] : []),
  ],
  rbd: ({ monitors, image }, { at }) => needed(at, { monitors: monitors?.length, image }),
  cinder: ({ volumeID, secretRef }, place) => [...needed(place.at, { volumeID }), ...secretCauses(secretRef, place)],
  cephfs: ({ monitors }, { at }) => needed(at, { monitors: monitors?.length }),
  quobyte: quobyteCauses,
  fc: fcCauses,
  flexVolume: ({ driver, options = {} }, { at }) => [...needed(at, { driver }), ...optionCauses(options, at)],
  vsphereVolume: ({ volumePath }, { at }) => needed(at, { volumePath }),
  photonPersistentDisk: ({ pdID }, { at }) => needed(at, { pdID }),
  portworxVolume: ({ volumeID }, { at }) => needed(at, { volumeID }),
  azureDisk: azureDiskCauses,
  storageos: storageOsCauses,
  scaleIO: ({ gateway, system, volumeName }, { at }) => needed(at, { gateway, system, volumeName }),
} satisfies { [Name in keyof Sources]?: Rule<Sources[Name]> };

/** Causes against fields that are missing or empty. */
export function needed(at: string, fields: Record<string, unknown>): StatusCause[] {
  return Object.entries(fields).flatMap(([field, value]) => (value ? [] : [required(`${at}.${field}`)]));
}

/** Causes against the name of a CSI driver. */
export function validateDriverName(driver: string | undefined, field: string): StatusCause[] {
  if (!driver) return [required(field)];
  const wrong = dns1123Subdomain(driver.toLowerCase()).map((message) => invalidValue(field, driver, message));
  return driver.length > 63 ? [tooLong(field, 63), ...wrong] : wrong;
}

/** Causes against a secret that a persistent volume of a CSI driver names. */
export function validateSecretReference({ name, namespace }: SecretReference, at: string): StatusCause[] {
  return [
    ...(name ? named(`${at}.name`, name, dns1123Subdomain) : [required(`${at}.name`)]),
    ...(namespace ? named(`${at}.namespace`, namespace, dns1123Label) : [required(`${at}.namespace`)]),
  ];
}

function secretCauses(
  secretRef: { name?: string; namespace?: string } | undefined,
  { at, isPersistent }: SourcePlace,
): StatusCause[] {
  if (!secretRef) return [];
  const { name, namespace } = secretRef;
  return needed(`${at}.secretRef`, isPersistent ? { name, namespace } : { name });
}

function hostPathCauses({ path, type }: HostPathVolumeSource, { at }: SourcePlace): StatusCause[] {
  if (!path) return [required(`${at}.path`)];
  const causes = validateNoBacksteps(path, `${at}.path`);
  if (type !== undefined && !hostPathTypes.includes(type)) causes.push(notSupported(`${at}.type`, type, hostPathTypes));
  return causes;
}

function diskCauses(name: Record<string, string>, partition: number | undefined, at: string): StatusCause[] {
  return [...needed(at, name), ...byteRange(partition || undefined, { field: `${at}.partition`, min: 1 })];
}

function byteRange(value: number | undefined, { field, min = 0 }: { field: string; min?: 0 | 1 }): StatusCause[] {
  if (value === undefined || (value >= min && value <= 255)) return [];
  return [invalidValue(field, value, `must be between ${min} and 255, inclusive`)];
}

function nfsCauses({ server, path }: NFSVolumeSource, { at }: SourcePlace): StatusCause[] {
  const causes = needed(at, { server, path });
  if (!path?.startsWith('/')) causes.push(invalidValue(`${at}.path`, path ?? '', 'must be an absolute path'));
  return causes;
}

const iscsiNames: Record<string, RegExp> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

function iscsiCauses(
  source: ISCSIVolumeSource | ISCSIPersistentVolumeSource,
  { at, isPersistent, volumeName }: SourcePlace,
): StatusCause[] {
  const { targetPortal, iqn, lun, initiatorName, secretRef } = source;
  const causes = needed(at, { targetPortal });
  const isTooLong = initiatorName !== undefined && `${volumeName}:${targetPortal}`.length > 64;
  const tooLong =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
  if (isTooLong && isPersistent) causes.push(invalidValue(`${at}.targetportal`, targetPortal, tooLong));
  const starting = 'must be valid format starting with iqn, eui, or naa';
  if (iqn)
    causes.push(...iscsiNameCauses(iqn, { field: `${at}.iqn`, why: isPersistent ? 'must be valid format' : starting }));
  else causes.push(required(`${at}.iqn`));
  causes.push(...byteRange(lun, { field: `${at}.lun` }));
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !secretRef) causes.push(required(`${at}.secretRef`));
  if (isPersistent && secretRef) causes.push(...needed(`${at}.secretRef`, { name: secretRef.name }));
  if (initiatorName !== undefined) {
    const why = isPersistent ? 'must be valid format' : starting;
    causes.push(...iscsiNameCauses(initiatorName, { field: `${at}.initiatorname`, why }));
  }
  if (isTooLong && !isPersistent)
    causes.push(invalidValue(`${at.slice(0, at.lastIndexOf('.'))}.name`, volumeName, tooLong));
  return causes;
}

/** `why` is said of a name that begins with none of the three kinds. */
function iscsiNameCauses(name: string, { field, why }: { field: string; why: string }): StatusCause[] {
  const pattern = Object.entries(iscsiNames).find(([kind]) => name.startsWith(kind))?.[1];
  if (!pattern) return [invalidValue(field, name, why)];
  return pattern.test(name) ? [] : [invalidValue(field, name, 'must be valid format')];
}

function quobyteCauses({ registry, tenant, volume }: QuobyteVolumeSource, { at }: SourcePlace): StatusCause[] {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  const causes: StatusCause[] = [];
  if (!registry) causes.push(required(`${at}.registry`, pairs));
  else if ((tenant ?? '').length >= 65)
    causes.push(required(`${at}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  else
    for (const pair of registry.split(','))
      if (!/^(?:[^:[\]]*|\[[^[\]]*\]):[^:]*$/.test(pair)) causes.push(invalidValue(`${at}.registry`, registry, pairs));
  return [...causes, ...needed(at, { volume })];
}

function fcCauses({ targetWWNs = [], wwids = [], lun }: FCVolumeSource, { at }: SourcePlace): StatusCause[] {
  const field = `${at}.targetWWNs`;
  const causes: StatusCause[] = [];
  if (targetWWNs.length === 0 && wwids.length === 0)
    causes.push(required(field, 'must specify either targetWWNs or wwids, but not both'));
  if (targetWWNs.length > 0 && wwids.length > 0)
    causes.push(invalidValue(field, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  if (targetWWNs.length === 0) return causes;
  if (lun === undefined) return [...causes, required(`${at}.lun`, 'lun is required if targetWWNs is specified')];
  return [...causes, ...byteRange(lun, { field: `${at}.lun` })];
}

function optionCauses(options: Record<string, string>, at: string): StatusCause[] {
  const isReserved = (key: string): boolean => {
    const space = `.${(key.split('/')[0] ?? '').toLowerCase()}`;
    return space.endsWith('.kubernetes.io') || space.endsWith('.k8s.io');
  };
  return Object.keys(options)
    .filter(isReserved)
    .map((key) => invalidValue(`${at}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved'));
}

function azureDiskCauses(
  { diskName, diskURI, cachingMode, kind }: AzureDiskVolumeSource,
  { at }: SourcePlace,
): StatusCause[] {
  const causes = needed(at, { diskName, diskURI });
  causes.push(...listed(`${at}.cachingMode`, cachingMode, ['None', 'ReadOnly', 'ReadWrite']));
  causes.push(...listed(`${at}.kind`, kind, ['Dedicated', 'Managed', 'Shared']));
  const managed = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
  const blob = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  if (kind === 'Managed' && !diskURI?.startsWith('/subscriptions/'))
    causes.push(notSupported(`${at}.diskURI`, diskURI ?? '', [managed]));
  if (kind !== undefined && kind !== 'Managed' && !diskURI?.startsWith('https://'))
    causes.push(notSupported(`${at}.diskURI`, diskURI ?? '', [blob]));
  return causes;
}

function storageOsCauses(
  { volumeName, volumeNamespace, secretRef }: StorageOSVolumeSource | StorageOSPersistentVolumeSource,
  place: SourcePlace,
): StatusCause[] {
  const { at } = place;
  return [
    ...(volumeName ? named(`${at}.volumeName`, volumeName, dns1123Label) : [required(`${at}.volumeName`)]),
    ...(volumeNamespace ? named(`${at}.volumeNamespace`, volumeNamespace, dns1123Label) : []),
    ...secretCauses(secretRef, place),
  ];
}
