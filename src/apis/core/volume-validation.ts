// Which volumes of a pod spec are refused? Names, and exactly one source each.

import { duplicate, forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label } from '../../apimachinery/validation.ts';
import type { Volume } from './generated/v1.ts';

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
  const sources = Object.entries(volume).filter(
    ([key, value]) => key !== 'name' && value !== undefined && value !== null,
  );
  const causes: StatusCause[] = [];
  if (sources.length === 0) causes.push(required(at, 'must specify a volume type'));
  for (const [extra] of sources.slice(1))
    causes.push(forbidden(`${at}.${extra}`, 'may not specify more than 1 volume type'));
  if (volume.persistentVolumeClaim && !volume.persistentVolumeClaim.claimName) {
    causes.push(required(`${at}.persistentVolumeClaim.claimName`));
  }
  if (volume.secret && !volume.secret.secretName) causes.push(required(`${at}.secret.secretName`));
  if (volume.configMap && !volume.configMap.name) causes.push(required(`${at}.configMap.name`));
  if (volume.hostPath && !volume.hostPath.path) causes.push(required(`${at}.hostPath.path`));
  if (volume.csi && !volume.csi.driver) causes.push(required(`${at}.csi.driver`));
  return causes;
}
