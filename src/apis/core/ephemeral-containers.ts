// Which ephemeral containers are refused? Source: pkg/apis/core/validation validateEphemeralContainers.

import { duplicate, fieldNotFound, forbidden, invalidValue, required } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { dns1123Label } from '../../apimachinery/validation.ts';
import { validateContainer, validateMounts } from './container-validation.ts';
import type { EphemeralContainer, PodSpec } from './generated/v1.ts';

/** What a container for a look at a pod may have: nothing that its service could come to depend on. */
const allowedFields = new Set([
  'name',
  'image',
  'command',
  'args',
  'workingDir',
  'envFrom',
  'env',
  'volumeMounts',
  'volumeDevices',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'imagePullPolicy',
  'securityContext',
  'stdin',
  'stdinOnce',
  'tty',
  'targetContainerName',
]);
const refused = 'cannot be set for an Ephemeral Container';

/** Causes against the ephemeral containers of a pod; `volumes` are the names of its volumes. */
export function validateEphemeralContainers(spec: PodSpec, volumes: Set<string>, path: string): StatusCause[] {
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const names = new Set(others);
  return (spec.ephemeralContainers ?? []).flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const { name, targetContainerName: target } = container;
    const causes = nameCauses(name, `${at}.name`);
    causes.push(...validateContainer(container, at));
    causes.push(...validateMounts(container.volumeMounts ?? [], volumes, `${at}.volumeMounts`));
    if (names.has(name)) causes.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (target && !others.has(target)) causes.push(fieldNotFound(`${at}.targetContainerName`, target));
    return [...causes, ...refusedFields(container, at)];
  });
}

function nameCauses(name: string, field: string): StatusCause[] {
  return name ? dns1123Label(name).map((message) => invalidValue(field, name, message)) : [required(field)];
}

function refusedFields(container: EphemeralContainer, at: string): StatusCause[] {
  const fields = Object.entries(container).filter(([field, value]) => !allowedFields.has(field) && !isZero(value));
  const causes = fields.map(([field]) => forbidden(`${at}.${field}`, refused));
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    for (const field of ['subPath', 'subPathExpr'] as const)
      if (mount[field]) causes.push(forbidden(`${at}.volumeMounts[${index}].${field}`, refused));
  }
  return causes;
}

/** Is it what upstream's decoder leaves of an absent field? */
function isZero(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}
