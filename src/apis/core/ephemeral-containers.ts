// Which ephemeral containers are refused? Source: pkg/apis/core/validation validateEphemeralContainers.

import { duplicate, fieldNotFound, forbidden } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';
import { type ContainersContext, validateContainer } from './container-validation.ts';
import type { EphemeralContainer } from './generated/v1.ts';
import { validateImage } from './pod-annotations.ts';

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

/** Causes against the ephemeral containers of a pod. */
export function validateEphemeralContainers(context: ContainersContext, path: string): StatusCause[] {
  const { spec } = context;
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const names = new Set(others);
  return (spec.ephemeralContainers ?? []).flatMap((container, index) => {
    const at = `${path}[${index}]`;
    const { name, targetContainerName: target } = container;
    const causes = [...validateContainer(container, at, context), ...validateImage(container, at)];
    if (names.has(name)) causes.push(duplicate(`${at}.name`, name));
    names.add(name);
    if (target && !others.has(target)) causes.push(fieldNotFound(`${at}.targetContainerName`, target));
    return [...causes, ...refusedFields(container, at)];
  });
}

function refusedFields(container: EphemeralContainer, at: string): StatusCause[] {
  const fields = Object.entries(container).filter(
    ([field, value]) => !allowedFields.has(field) && !isZero(field, value),
  );
  const causes = fields.map(([field]) => forbidden(`${at}.${field}`, refused));
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    for (const field of ['subPath', 'subPathExpr'] as const)
      if (mount[field]) causes.push(forbidden(`${at}.volumeMounts[${index}].${field}`, refused));
  }
  return causes;
}

/** Is it what upstream's decoder leaves of an absent field? To a pointer nothing is. */
function isZero(field: string, value: unknown): boolean {
  if (value === undefined || field === 'lifecycle' || field === 'restartPolicy') return value === undefined;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}
