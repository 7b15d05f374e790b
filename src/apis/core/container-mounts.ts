// Which mounts and devices of a container are refused? Source: pkg/apis/core/validation ValidateVolumeMounts and
// ValidateVolumeDevices.

import { fieldNotFound, forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { listed } from '../field-rules.ts';
import type { Container, Volume, VolumeDevice, VolumeMount } from './generated/v1.ts';
import { validateDescendingPath } from './paths.ts';

/** The pod's volumes by their names; those that are refused themselves are not among them. */
export type Volumes = ReadonlyMap<string, Volume>;

/** Causes against what a container mounts and which devices it uses. */
export function validateMountsAndDevices(container: Container, volumes: Volumes, at: string): StatusCause[] {
  const { volumeMounts = [], volumeDevices = [] } = container;
  const mountPaths = new Map(volumeMounts.map(({ name, mountPath }) => [name, mountPath]));
  const devicePaths = new Map(volumeDevices.map(({ name, devicePath }) => [name, devicePath]));
  return [
    ...mountCauses(container, { volumes, devicePaths, path: `${at}.volumeMounts` }),
    ...deviceCauses(volumeDevices, { volumes, mountPaths, path: `${at}.volumeDevices` }),
  ];
}

interface MountPlace {
  volumes: Volumes;
  devicePaths: ReadonlyMap<string, string>;
  path: string;
}

function mountCauses(container: Container, { volumes, devicePaths, path }: MountPlace): StatusCause[] {
  const seen = new Set<string>();
  const devices = new Set(devicePaths.values());
  return (container.volumeMounts ?? []).flatMap((mount, index) => {
    const at = `${path}[${index}]`;
    const { name, mountPath, subPath, subPathExpr } = mount;
    const causes: StatusCause[] = [];
    if (!name) causes.push(required(`${at}.name`));
    if (!volumes.has(name)) causes.push(fieldNotFound(`${at}.name`, name ?? ''));
    if (!mountPath) causes.push(required(`${at}.mountPath`));
    if (seen.has(mountPath)) causes.push(invalidValue(`${at}.mountPath`, mountPath, 'must be unique'));
    seen.add(mountPath);
    if (devicePaths.has(name)) causes.push(invalidValue(`${at}.name`, name, 'must not already exist in volumeDevices'));
    if (devices.has(mountPath))
      causes.push(invalidValue(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    const isImage = volumes.get(name)?.image !== undefined;
    for (const field of ['subPath', 'subPathExpr'] as const)
      if (isImage && mount[field])
        causes.push(invalidValue(`${at}.${field}`, mount[field], 'not allowed in image volume sources'));
    // What follows is told of the list, as upstream tells it.
    if (subPath) causes.push(...validateDescendingPath(subPath, `${path}.subPath`));
    if (subPathExpr && subPath)
      causes.push(invalidValue(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    if (subPathExpr) causes.push(...validateDescendingPath(subPathExpr, `${path}.subPathExpr`));
    return [...causes, ...propagationCauses(mount, container, path), ...recursiveCauses(mount, path)];
  });
}

function propagationCauses({ mountPropagation }: VolumeMount, container: Container, path: string): StatusCause[] {
  const field = `${path}.mountPropagation`;
  const causes = listed(field, mountPropagation, ['Bidirectional', 'HostToContainer', 'None']);
  if (mountPropagation === 'Bidirectional' && !container.securityContext?.privileged)
    causes.push(forbidden(field, 'Bidirectional mount propagation is available only to privileged containers'));
  return causes;
}

function recursiveCauses({ recursiveReadOnly, readOnly, mountPropagation }: VolumeMount, path: string): StatusCause[] {
  const field = `${path}.recursiveReadOnly`;
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return [];
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible')
    return [notSupported(field, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible'])];
  const causes = readOnly ? [] : [forbidden(field, 'may only be specified when readOnly is true')];
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    causes.push(forbidden(field, 'may only be specified when mountPropagation is None or not specified'));
  return causes;
}

interface DevicePlace {
  volumes: Volumes;
  mountPaths: ReadonlyMap<string, string>;
  path: string;
}

function deviceCauses(devices: VolumeDevice[], { volumes, mountPaths, path }: DevicePlace): StatusCause[] {
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounted = new Set(mountPaths.values());
  return devices.flatMap(({ name, devicePath }, index) => {
    const at = `${path}[${index}]`;
    const causes: StatusCause[] = [];
    const volume = volumes.get(name);
    if (!name) causes.push(required(`${at}.name`));
    if (names.has(name)) causes.push(invalidValue(`${at}.name`, name, 'must be unique'));
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      const why = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      causes.push(invalidValue(`${at}.name`, name, why));
    }
    if (!volume) causes.push(fieldNotFound(`${at}.name`, name ?? ''));
    if (!devicePath) causes.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) causes.push(invalidValue(`${at}.devicePath`, devicePath, 'must be unique'));
    if (devicePath?.split('/').includes('..'))
      causes.push(invalidValue(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mountPaths.has(name)) causes.push(invalidValue(`${at}.name`, name, 'must not already exist in volumeMounts'));
    if (mounted.has(devicePath))
      causes.push(invalidValue(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'));
    if (name) names.add(name);
    return causes;
  });
}
