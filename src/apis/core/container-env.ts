// Which variables of a container are refused? Source: pkg/apis/core/validation ValidateEnv and ValidateEnvFrom, and the
// selectors of fields and resources, which volumes of the downward API use too.

import { fieldNotFound, invalidValue, notSupported, required } from '../../apimachinery/field-error.ts';
import { canonicalQuantity, isQuantity, parseQuantity } from '../../apimachinery/quantity.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label, dns1123Subdomain, labelKey } from '../../apimachinery/validation.ts';
import { named } from '../field-rules.ts';
import { validateDataKey } from './config-map.ts';
import type {
  EnvFromSource,
  EnvVar,
  FileKeySelector,
  ObjectFieldSelector,
  PodSpec,
  ResourceFieldSelector,
} from './generated/v1.ts';
import { validateNoBacksteps } from './paths.ts';
import { containersOf } from './placed-containers.ts';

const variableFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
/** All that a pod says of itself under that name; which of them may be used depends on the place. */
const knownFields = new Set([...variableFields, 'metadata.labels', 'metadata.annotations']);
const resources = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];
const nameMessage = "a valid environment variable name must consist only of printable ASCII characters other than '='";

/** Causes against the variables of a container. */
export function validateEnv(variables: EnvVar[], path: string): StatusCause[] {
  return variables.flatMap((variable, index) => {
    const at = `${path}[${index}]`;
    const { name } = variable;
    return [...(name ? nameCauses(name, `${at}.name`) : [required(`${at}.name`)]), ...valueCauses(variable, at)];
  });
}

/** Causes against the objects whose entries become variables. */
export function validateEnvFrom(sources: EnvFromSource[], path: string): StatusCause[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, index) => {
    const at = `${path}[${index}]`;
    const causes = prefix ? nameCauses(prefix, `${at}.prefix`) : [];
    for (const [field, reference] of Object.entries({ configMapRef, secretRef })) {
      if (!reference) continue;
      const place = `${at}.${field}.name`;
      causes.push(...(reference.name ? named(place, reference.name, dns1123Subdomain) : [required(place)]));
    }
    if (!configMapRef && !secretRef)
      causes.push(invalidValue(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    if (configMapRef && secretRef)
      causes.push(invalidValue(path, '', 'may not have more than one field specified at a time'));
    return causes;
  });
}

function nameCauses(name: string, field: string): StatusCause[] {
  return /^[ -<>-~]+$/.test(name) ? [] : [invalidValue(field, name, nameMessage)];
}

function valueCauses({ value, valueFrom }: EnvVar, at: string): StatusCause[] {
  if (!valueFrom) return [];
  const field = `${at}.valueFrom`;
  const causes: StatusCause[] = [];
  if (valueFrom.fieldRef)
    causes.push(...validateFieldSelector(valueFrom.fieldRef, { field: `${field}.fieldRef`, allowed: variableFields }));
  if (valueFrom.resourceFieldRef)
    causes.push(
      ...validateResourceSelector(valueFrom.resourceFieldRef, {
        field: `${field}.resourceFieldRef`,
        needsContainer: false,
      }),
    );
  for (const name of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const reference = valueFrom[name];
    if (!reference) continue;
    causes.push(...named(`${field}.${name}.name`, reference.name ?? '', dns1123Subdomain));
    if (!reference.key) causes.push(required(`${field}.${name}.key`));
    else causes.push(...validateDataKey(reference.key, `${field}.${name}.key`));
  }
  if (valueFrom.fileKeyRef) causes.push(...fileKeyCauses(valueFrom.fileKeyRef, `${field}.fileKeyRef`));
  const count = Object.values(valueFrom).filter((source) => source !== undefined && source !== null).length;
  if (count === 0)
    causes.push(
      invalidValue(
        field,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
      ),
    );
  else if (value) causes.push(invalidValue(field, '', 'may not be specified when `value` is not empty'));
  else if (count > 1) causes.push(invalidValue(field, '', 'may not have more than one field specified at a time'));
  return causes;
}

function fileKeyCauses({ key, volumeName, path }: Partial<FileKeySelector>, at: string): StatusCause[] {
  return [
    ...(key ? nameCauses(key, `${at}.key`) : [required(`${at}.key`)]),
    ...(volumeName ? named(`${at}.volumeName`, volumeName, dns1123Label) : [required(`${at}.volumeName`)]),
    ...(path ? validateNoBacksteps(path, `${at}.path`) : [required(`${at}.path`)]),
  ];
}

/** Causes against files of variables in a volume that the pod does not have, or that no container could write to. */
export function validateFileVolumes(spec: PodSpec, path: string): StatusCause[] {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  return containersOf(spec, path).flatMap(({ container, at }) =>
    (container.env ?? []).flatMap(({ valueFrom }, index) => {
      if (!valueFrom?.fileKeyRef) return [];
      const { volumeName = '' } = valueFrom.fileKeyRef as Partial<FileKeySelector>;
      const field = `${at}.env[${index}].valueFrom.fileKeyRef.volumeName`;
      const volume = volumes.get(volumeName);
      if (!volume) return [fieldNotFound(field, volumeName)];
      return volume.emptyDir ? [] : [invalidValue(field, volumeName, 'referenced volume must be of type emptyDir')];
    }),
  );
}

/** Causes against a reference to a field of the pod; `allowed` are the fields that may be named without a key. */
export function validateFieldSelector(
  { apiVersion, fieldPath }: ObjectFieldSelector,
  { field, allowed }: { field: string; allowed: readonly string[] },
): StatusCause[] {
  if (!apiVersion) return [required(`${field}.apiVersion`)];
  if (!fieldPath) return [required(`${field}.fieldPath`)];
  const [, path = fieldPath, key] = /^(.*)\['(.*)'\]$/s.exec(fieldPath) ?? [];
  if (apiVersion !== 'v1' || !knownFields.has(path)) {
    const why =
      apiVersion === 'v1' ? `field label not supported: ${fieldPath}` : `unsupported pod version: ${apiVersion}`;
    return [invalidValue(`${field}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`)];
  }
  if (key === undefined)
    return allowed.includes(path) ? [] : [notSupported(`${field}.fieldPath`, path, allowed.toSorted())];
  if (path === 'metadata.annotations') return named(field, key.toLowerCase(), labelKey);
  if (path === 'metadata.labels') return named(field, key, labelKey);
  return [invalidValue(field, path, 'does not support subscript')];
}

/** Causes against a reference to what a container asks for. */
export function validateResourceSelector(
  { containerName, resource, divisor }: Partial<ResourceFieldSelector>,
  { field, needsContainer }: { field: string; needsContainer: boolean },
): StatusCause[] {
  const causes: StatusCause[] = [];
  if (needsContainer && !containerName) causes.push(required(`${field}.containerName`));
  else if (!resource) causes.push(required(`${field}.resource`));
  else if (!resources.includes(resource) && !isHugePages(resource))
    causes.push(notSupported(`${field}.resource`, resource, resources));
  if (!divisor || !isQuantity(divisor) || parseQuantity(divisor).nanos === 0n) return causes;
  const why = divisorProblem(resource ?? '', canonicalQuantity(divisor));
  return why === undefined ? causes : [...causes, invalidValue(`${field}.divisor`, resource, why)];
}

function isHugePages(resource: string): boolean {
  return resource.startsWith('requests.hugepages-') || resource.startsWith('limits.hugepages-');
}

function divisorProblem(resource: string, divisor: string): string | undefined {
  const kind = resource.slice(resource.indexOf('.') + 1);
  if (kind === 'cpu')
    return ['1m', '1'].includes(divisor)
      ? undefined
      : "only divisor's values 1m and 1 are supported with the cpu resource";
  const names: Record<string, string> = { memory: 'memory', 'ephemeral-storage': 'local ephemeral storage' };
  const name = isHugePages(resource) ? 'hugepages' : names[kind];
  if (name === undefined || byteDivisors.includes(divisor)) return undefined;
  return `only divisor's values ${byteDivisors.join(', ')} are supported with the ${name} resource`;
}
