// How does the status of a CustomResourceDefinition get into the store? By one compare-and-swap; of several servers
// that see the same need, the first one writes.

import { isStatus } from '../../apimachinery/status-error.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionStatus,
} from '../../apis/apiextensions/generated/v1.ts';
import { ownOperation } from '../own-operation.ts';
import { cachedObjects } from '../registry/cached-objects.ts';
import type { RegistryParts } from '../registry/context.ts';
import { ownersOfChanged } from '../registry/ownership.ts';
import { changeObject, type OwnersRule } from '../registry/update.ts';
import { nextStatus } from './naming.ts';

const place = { group: 'apiextensions.k8s.io', plural: 'customresourcedefinitions' };

/** Brings names and conditions up to date. Does nothing where they are. */
export async function writeStatus(parts: RegistryParts, name: string, signal: AbortSignal): Promise<void> {
  const decide = (definition: CustomResourceDefinition): CustomResourceDefinitionStatus | undefined =>
    nextStatus(definition, cachedObjects<CustomResourceDefinition>(parts, place), parts.clock.now());
  const cached = cachedObjects<CustomResourceDefinition>(parts, place).find(({ metadata }) => metadata.name === name);
  if (!cached || !decide(cached)) return;
  await changeDefinition(parts, { name, subresource: 'status', signal }, (current) => {
    const status = decide(current);
    return status ? { ...current, status } : current;
  });
}

/** Changes one definition; one that is gone is not missed. */
export async function changeDefinition(
  parts: RegistryParts,
  { name, subresource, signal }: { name: string; subresource: 'status' | ''; signal: AbortSignal },
  change: (current: CustomResourceDefinition) => CustomResourceDefinition,
): Promise<void> {
  const path = `/apis/${place.group}/v1/${place.plural}/${name}${subresource === '' ? '' : `/${subresource}`}`;
  const operation = ownOperation(parts, { method: 'PATCH', path }, signal);
  if (!operation) return;
  try {
    // A status is the server's own; a finalizer that goes is nobody's.
    const ownersOf: OwnersRule | undefined =
      subresource === 'status' ? (live, next) => ownersOfChanged(operation, live, next) : undefined;
    await changeObject(operation, (current) => change(current as CustomResourceDefinition), ownersOf);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
