// Which files may a pod have written into a volume? Items of config maps and secrets, fields of the pod, and tokens.
// Source: pkg/apis/core/validation validateProjectionSources and its kin.

import { forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { validateFieldSelector, validateResourceSelector } from './container-env.ts';
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from './generated/v1.ts';
import { validateWrittenPath } from './paths.ts';

const modeMax = 0o777;
const modeMessage = 'must be a number between 0 and 0777 (octal), both inclusive';
const tokenSecondsMin = 600;
const downwardFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

/** Causes against the mode of files; an absent one passes. */
export function validateMode(mode: number | undefined, field: string): StatusCause[] {
  return mode === undefined || (mode >= 0 && mode <= modeMax) ? [] : [invalidValue(field, mode, modeMessage)];
}

/** Causes against keys and the paths that they go to. */
export function validateItems(items: KeyToPath[], path: string): StatusCause[] {
  return items.flatMap((item, index) => itemCauses(item, `${path}[${index}]`));
}

function itemCauses({ key, path = '', mode }: Partial<KeyToPath>, at: string): StatusCause[] {
  return [
    ...(key ? [] : [required(`${at}.key`)]),
    ...(path ? [] : [required(`${at}.path`)]),
    ...validateWrittenPath(path, `${at}.path`),
    ...validateMode(mode, `${at}.mode`),
  ];
}

/** Causes against a file of the downward API. */
export function validateDownwardFile(
  { path = '', fieldRef, resourceFieldRef, mode }: Partial<DownwardAPIVolumeFile>,
  at: string,
): StatusCause[] {
  const causes = path ? [] : [required(`${at}.path`)];
  causes.push(...validateWrittenPath(path, `${at}.path`));
  if (fieldRef) causes.push(...validateFieldSelector(fieldRef, { field: `${at}.fieldRef`, allowed: downwardFields }));
  if (fieldRef && resourceFieldRef)
    causes.push(invalidValue(at, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  else if (resourceFieldRef)
    causes.push(
      ...validateResourceSelector(resourceFieldRef, { field: `${at}.resourceFieldRef`, needsContainer: true }),
    );
  else if (!fieldRef) causes.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
  return [...causes, ...validateMode(mode, `${at}.mode`)];
}

/** Causes against a volume of several sources, no two of which may write the same file. */
export function validateProjected({ sources, defaultMode }: ProjectedVolumeSource, at: string): StatusCause[] {
  const seen = new Set<string>();
  return [
    ...validateMode(defaultMode, `${at}.defaultMode`),
    ...(sources ?? []).flatMap((source, index) => projectionCauses(source, { at, index, seen })),
  ];
}

interface Projection {
  at: string;
  index: number;
  /** Paths of the sources before. */
  seen: Set<string>;
}

function projectionCauses(source: VolumeProjection, { at, index, seen }: Projection): StatusCause[] {
  const place = `${at}.sources[${index}]`;
  const { downwardAPI, serviceAccountToken: token } = source;
  const causes: StatusCause[] = [];
  const takePath = (path: string | undefined, value: string | undefined): void => {
    if (!path) return;
    if (seen.has(path)) causes.push(invalidValue(at, value ?? '', 'conflicting duplicate paths'));
    seen.add(path);
  };
  for (const kind of ['secret', 'configMap'] as const) {
    const projection = source[kind];
    if (!projection) continue;
    if (!projection.name) causes.push(required(`${place}.${kind}.name`));
    for (const [item, each] of (projection.items ?? []).entries()) {
      causes.push(...itemCauses(each, `${place}.${kind}.items[${item}]`));
      takePath(each.path, projection.name);
    }
  }
  for (const file of downwardAPI?.items ?? []) {
    causes.push(...validateDownwardFile(file, `${place}.downwardAPI`));
    takePath(file.path, file.path);
  }
  if (token) causes.push(...tokenCauses(token, { at, place: `${place}.serviceAccountToken` }));
  const count = Object.values(source).filter((each) => each !== undefined && each !== null).length;
  return count > 1 ? [...causes, forbidden(place, 'may not specify more than 1 volume type per source')] : causes;
}

function tokenCauses(
  { expirationSeconds: seconds, path }: ServiceAccountTokenProjection,
  { at, place }: { at: string; place: string },
): StatusCause[] {
  const causes: StatusCause[] = [];
  const field = `${place}.expirationSeconds`;
  if (seconds !== undefined && seconds < tokenSecondsMin)
    causes.push(invalidValue(field, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds !== undefined && seconds > 2 ** 32)
    causes.push(invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
  // Told of the whole volume, as upstream tells it.
  return [...causes, ...(path ? validateWrittenPath(path, `${at}.path`) : [required(`${at}.path`)])];
}
