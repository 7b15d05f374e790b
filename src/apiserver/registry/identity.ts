// Is a write meant for the object that is there? For its name, its namespace, its UID and its revision.

import { invalidValue } from '../../apimachinery/field-error.ts';
import type { KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';
import { conflict, type StatusCause } from '../../apimachinery/status-error.ts';
import type { Operation } from './context.ts';
import { invalidObject, otherNamespace, requireName } from './incoming.ts';
import { failedPrecondition, missingVersion } from './put-rules.ts';
import { modifiedMessage } from './storage.ts';

/** Refuses what was meant for an object of another name or namespace. */
export function checkPlace(operation: Operation, next: KubeObject, current: KubeObject): void {
  requireName(operation, next);
  requireNamespace(next, current);
}

function requireNamespace({ metadata }: KubeObject, current: KubeObject): void {
  const { namespace } = metadata;
  if (!namespace || namespace === (current.metadata.namespace ?? '')) return;
  throw otherNamespace();
}

/** Refuses what was meant for another object or another revision of it, and what a webhook has made another object of. */
export function checkIdentity(
  operation: Operation,
  next: KubeObject,
  { current, sentUid }: { current: KubeObject; sentUid: string | undefined },
): void {
  const { entry, info } = operation;
  const { name, uid, resourceVersion } = next.metadata as Partial<ObjectMeta>;
  requireNamespace(next, current);
  const isOther = uid !== undefined && uid !== '' && uid !== current.metadata.uid;
  if (isOther && uid === sentUid && info.method !== 'PATCH')
    throw failedPrecondition(operation, { what: 'UID', wanted: uid, found: current.metadata.uid });
  const isVersioned = resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== '0';
  const refusal = isVersioned ? undefined : missingVersion(entry, current.metadata.name);
  if (refusal) throw refusal;
  if (isVersioned && resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(entry.groupResource, current.metadata.name, modifiedMessage);
  }
  const immutable = (field: string, value: string | undefined): StatusCause =>
    invalidValue(field, value, 'field is immutable');
  const causes = [
    ...(name === current.metadata.name ? [] : [immutable('metadata.name', name)]),
    ...(isOther ? [immutable('metadata.uid', uid)] : []),
  ];
  // The rules of all objects and those of most kinds both say it.
  if (causes.length > 0) throw invalidObject(operation, name, [...causes, ...causes]);
}
