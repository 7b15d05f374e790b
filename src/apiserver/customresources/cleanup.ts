// What happens to the objects of a custom resource whose definition is deleted? They go first, then the definition.
// Source: apiextensions-apiserver/pkg/controller/finalizer.

import { isStatus } from '../../apimachinery/status-error.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
} from '../../apis/apiextensions/generated/v1.ts';
import { ownOperation } from '../own-operation.ts';
import { cachedObject, cachedObjects } from '../registry/cached-objects.ts';
import type { RegistryParts } from '../registry/context.ts';
import { deleteObject } from '../registry/delete.ts';
import { cleanupFinalizer, isServed, withCondition } from './naming.ts';
import { changeDefinition } from './status-writer.ts';

type Terminating = Pick<CustomResourceDefinitionCondition, 'status' | 'reason' | 'message'>;

const inProgress: Terminating = {
  status: 'True',
  reason: 'InstanceDeletionInProgress',
  message: 'CustomResource deletion is in progress',
};
const completed: Terminating = {
  status: 'False',
  reason: 'InstanceDeletionCompleted',
  message: 'removed all instances',
};
const neverEstablished: Terminating = {
  status: 'False',
  reason: 'NeverEstablished',
  message: 'resource was never established',
};

/** One pass: deletes what there is, and lets the definition go once nothing is left. Call it again until then. */
export async function cleanUp(parts: RegistryParts, name: string, signal: AbortSignal): Promise<void> {
  const definition = cachedObject<CustomResourceDefinition>(parts, {
    group: 'apiextensions.k8s.io',
    plural: 'customresourcedefinitions',
    key: name,
  });
  if (!definition?.metadata.finalizers?.includes(cleanupFinalizer)) return;
  if (isServed(definition)) {
    await say(parts, name, { terminating: inProgress, signal });
    await deleteInstances(parts, definition, signal);
    await parts.cache.caughtUp(signal);
    if (instancesOf(parts, definition).length > 0) return;
  }
  await say(parts, name, { terminating: isServed(definition) ? completed : neverEstablished, signal });
  await changeDefinition(parts, { name, subresource: '', signal }, (current) => ({
    ...current,
    metadata: {
      ...current.metadata,
      finalizers: (current.metadata.finalizers ?? []).filter((each) => each !== cleanupFinalizer),
    },
  }));
}

function instancesOf(parts: RegistryParts, { spec }: CustomResourceDefinition) {
  return cachedObjects(parts, { group: spec.group, plural: spec.names.plural });
}

async function say(
  parts: RegistryParts,
  name: string,
  { terminating, signal }: { terminating: Terminating; signal: AbortSignal },
): Promise<void> {
  await changeDefinition(parts, { name, subresource: 'status', signal }, (current) => {
    const conditions = current.status?.conditions ?? [];
    const has = conditions.some(({ type, reason }) => type === 'Terminating' && reason === terminating.reason);
    if (has) return current;
    const next = withCondition(conditions, { type: 'Terminating', ...terminating }, parts.clock.now());
    return { ...current, status: { ...current.status, conditions: next } };
  });
}

async function deleteInstances(
  parts: RegistryParts,
  { spec }: CustomResourceDefinition,
  signal: AbortSignal,
): Promise<void> {
  const { group, names, versions } = spec;
  const served = versions.filter(({ served: isOn }) => isOn);
  const version = (served.find(({ storage }) => storage) ?? served[0])?.name;
  for (const { metadata } of cachedObjects(parts, { group, plural: names.plural })) {
    if (metadata.deletionTimestamp !== undefined) continue;
    const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
    const path = `/apis/${group}/${version}${scope}/${names.plural}/${metadata.name}`;
    const operation = ownOperation(parts, { method: 'DELETE', path }, signal);
    try {
      if (operation) await deleteObject(operation, {});
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }
}
