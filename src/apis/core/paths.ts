// Which paths may a pod name? Source: pkg/apis/core/validation validateLocalDescendingPath and its kin.

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { StatusCause } from '../../apimachinery/status-error.ts';

/** No step upward; where it begins does not matter. */
export function validateNoBacksteps(path: string, field: string): StatusCause[] {
  return path.split('/').includes('..') ? [invalidValue(field, path, "must not contain '..'")] : [];
}

/** A relative path without a step upward. */
export function validateDescendingPath(path: string, field: string): StatusCause[] {
  const causes = path.startsWith('/') ? [invalidValue(field, path, 'must be a relative path')] : [];
  return [...causes, ...validateNoBacksteps(path, field)];
}

/** As validateDescendingPath, and none of the names that the kubelet uses for itself in a volume that it writes. */
export function validateWrittenPath(path: string, field: string): StatusCause[] {
  const causes = validateDescendingPath(path, field);
  if (path.startsWith('..') && !path.startsWith('../'))
    causes.push(invalidValue(field, path, "must not start with '..'"));
  return causes;
}
