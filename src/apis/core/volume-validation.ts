// Which volumes of a pod spec are refused? Names, exactly one source each, and what each source needs:
// upstream's ValidateVolumes.

import { duplicate, forbidden, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { isQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label } from '../../apimachinery/validation.ts';
import { validateClaimSpec } from './claim-validation.ts';
import type {
  DownwardAPIVolumeFile,
  EphemeralVolumeSource,
  KeyToPath,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  Volume,
} from './generated/v1.ts';

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
const modeMax = 0o777;
const modeMessage = 'must be a number between 0 and 0777 (octal), both inclusive';
const tokenSecondsMin = 600;

/** Causes against the list `spec.volumes`. */
export function validateVolumes(volumes: Volume[], path: string): StatusCause[] {
  const names = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const at = `${path}[${index}]`;
    const causes: StatusCause[] = [];
    if (!volume.name) causes.push(required(`${at}.name`));
    else causes.push(...dns1123Label(volume.name).map((message) => invalidValue(`${at}.name`, volume.name, message)));
    if (volume.name && names.has(volume.name)) causes.push(duplicate(`${at}.name`, volume.name));
    names.add(volume.name);
    return [...causes, ...validateSource(volume, at)];
  });
}

function validateSource(volume: Volume, at: string): StatusCause[] {
  const { emptyDir, hostPath, nfs, secret, configMap, downwardAPI, projected, csi, ephemeral } = volume;
  const sources = Object.entries(volume).filter(
    ([key, value]) => key !== 'name' && value !== undefined && value !== null,
  );
  const causes: StatusCause[] = [];
  if (sources.length === 0) causes.push(required(at, 'must specify a volume type'));
  for (const [extra] of sources.slice(1))
    causes.push(forbidden(`${at}.${extra}`, 'may not specify more than 1 volume type'));
  if (emptyDir?.sizeLimit && isQuantity(emptyDir.sizeLimit) && parseQuantity(emptyDir.sizeLimit).nanos < 0n) {
    causes.push(forbidden(`${at}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
  }
  if (hostPath) causes.push(...validateHostPath(hostPath, `${at}.hostPath`));
  if (nfs) causes.push(...validateNfs(nfs, `${at}.nfs`));
  if (secret) {
    if (!secret.secretName) causes.push(required(`${at}.secret.secretName`));
    causes.push(...validateMode(secret.defaultMode, `${at}.secret.defaultMode`));
    causes.push(...validateItems(secret.items ?? [], `${at}.secret.items`));
  }
  if (volume.persistentVolumeClaim && !volume.persistentVolumeClaim.claimName) {
    causes.push(required(`${at}.persistentVolumeClaim.claimName`));
  }
  if (configMap) {
    if (!configMap.name) causes.push(required(`${at}.configMap.name`));
    causes.push(...validateMode(configMap.defaultMode, `${at}.configMap.defaultMode`));
    causes.push(...validateItems(configMap.items ?? [], `${at}.configMap.items`));
  }
  if (downwardAPI) {
    causes.push(...validateMode(downwardAPI.defaultMode, `${at}.downwardAPI.defaultMode`));
    causes.push(
      ...(downwardAPI.items ?? []).flatMap((item, i) => validateDownward(item, `${at}.downwardAPI.items[${i}]`)),
    );
  }
  if (projected) causes.push(...validateProjected(projected, `${at}.projected`));
  if (csi && !csi.driver) causes.push(required(`${at}.csi.driver`));
  if (csi?.nodePublishSecretRef && !csi.nodePublishSecretRef.name) {
    causes.push(required(`${at}.csi.nodePublishSecretRef.name`));
  }
  if (ephemeral) causes.push(...validateEphemeral(ephemeral, `${at}.ephemeral`));
  return causes;
}

function validateHostPath({ path, type }: { path: string; type?: string }, at: string): StatusCause[] {
  if (!path) return [required(`${at}.path`)];
  const causes = path.split('/').includes('..') ? [invalidValue(`${at}.path`, path, "must not contain '..'")] : [];
  if (type !== undefined && !hostPathTypes.includes(type)) causes.push(notSupported(`${at}.type`, type, hostPathTypes));
  return causes;
}

function validateNfs({ server, path }: { server: string; path: string }, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (!server) causes.push(required(`${at}.server`));
  if (!path) causes.push(required(`${at}.path`));
  else if (!path.startsWith('/')) causes.push(invalidValue(`${at}.path`, path, 'must be an absolute path'));
  return causes;
}

function validateMode(mode: number | undefined, field: string): StatusCause[] {
  return mode === undefined || (mode >= 0 && mode <= modeMax) ? [] : [invalidValue(field, mode, modeMessage)];
}

/** A path within a volume that the kubelet writes: relative, downward, and none of the kubelet's own names. */
function validateRelative(path: string, field: string): StatusCause[] {
  if (!path) return [required(field)];
  const causes: StatusCause[] = [];
  if (path.startsWith('/')) causes.push(invalidValue(field, path, 'must be a relative path'));
  const parts = path.split('/');
  if (parts.includes('..')) causes.push(invalidValue(field, path, "must not contain '..'"));
  if (path.startsWith('..') && parts[0] !== '..') causes.push(invalidValue(field, path, "must not start with '..'"));
  return causes;
}

function validateItems(items: KeyToPath[], path: string): StatusCause[] {
  return items.flatMap(({ key, path: target, mode }, index) => [
    ...(key ? [] : [required(`${path}[${index}].key`)]),
    ...validateRelative(target, `${path}[${index}].path`),
    ...validateMode(mode, `${path}[${index}].mode`),
  ]);
}

function validateDownward(
  { path, fieldRef, resourceFieldRef, mode }: DownwardAPIVolumeFile,
  at: string,
): StatusCause[] {
  const causes = validateRelative(path, `${at}.path`);
  if (fieldRef && resourceFieldRef) {
    causes.push(invalidValue(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  }
  if (!fieldRef && !resourceFieldRef) {
    causes.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
  }
  return [...causes, ...validateMode(mode, `${at}.mode`)];
}

function validateProjected({ sources, defaultMode }: ProjectedVolumeSource, at: string): StatusCause[] {
  const causes = validateMode(defaultMode, `${at}.defaultMode`);
  for (const [index, source] of (sources ?? []).entries()) {
    const place = `${at}.sources[${index}]`;
    const { secret, configMap, downwardAPI, serviceAccountToken } = source;
    for (const [extra] of Object.entries(source).slice(1)) {
      causes.push(forbidden(`${place}.${extra}`, 'may not specify more than 1 volume type'));
    }
    if (secret && !secret.name) causes.push(required(`${place}.secret.name`));
    causes.push(...validateItems(secret?.items ?? [], `${place}.secret.items`));
    if (configMap && !configMap.name) causes.push(required(`${place}.configMap.name`));
    causes.push(...validateItems(configMap?.items ?? [], `${place}.configMap.items`));
    for (const [item, file] of (downwardAPI?.items ?? []).entries()) {
      causes.push(...validateDownward(file, `${place}.downwardAPI.items[${item}]`));
    }
    if (serviceAccountToken) causes.push(...validateToken(serviceAccountToken, `${place}.serviceAccountToken`));
  }
  return causes;
}

function validateToken({ expirationSeconds, path }: ServiceAccountTokenProjection, at: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const field = `${at}.expirationSeconds`;
  if (expirationSeconds !== undefined && expirationSeconds < tokenSecondsMin) {
    causes.push(invalidValue(field, expirationSeconds, 'may not specify a duration less than 10 minutes'));
  }
  if (expirationSeconds !== undefined && expirationSeconds > 2 ** 32) {
    causes.push(invalidValue(field, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  return [...causes, ...validateRelative(path, `${at}.path`)];
}

function validateEphemeral({ volumeClaimTemplate: template }: EphemeralVolumeSource, at: string): StatusCause[] {
  if (!template) return [required(`${at}.volumeClaimTemplate`)];
  return validateClaimSpec(template.spec, `${at}.volumeClaimTemplate.spec`);
}
