// Who writes the default roles and bindings? The server itself, before it says that it is ready.

import { apiVersionOf, type Draft, type KubeObject } from '../../../../apimachinery/meta.ts';
import { isStatus } from '../../../../apimachinery/status-error.ts';
import { rfc3339 } from '../../../../base/clock.ts';
import { ownOperation } from '../../../own-operation.ts';
import { cachedObject } from '../../../registry/cached-objects.ts';
import type { Operation, RegistryParts } from '../../../registry/context.ts';
import { insertObject } from '../../../registry/storage.ts';
import { changeObject } from '../../../registry/update.ts';
import { bootstrapPolicy } from './policy.ts';
import { reconcileDefault } from './reconcile.ts';

const groupPath = '/apis/rbac.authorization.k8s.io/v1';

/** Brings the cluster to have its default policy. Writes nothing if it does. */
export async function applyBootstrapPolicy(parts: RegistryParts, signal: AbortSignal): Promise<void> {
  const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy();
  // At once, so that the store makes them durable together: a server is ready only after this.
  await Promise.all([
    ...clusterRoles.map((each) => ensure(parts, { plural: 'clusterroles', wanted: each }, signal)),
    ...clusterRoleBindings.map((each) => ensure(parts, { plural: 'clusterrolebindings', wanted: each }, signal)),
    ...roles.map((each) => ensure(parts, { plural: 'roles', wanted: each }, signal)),
    ...roleBindings.map((each) => ensure(parts, { plural: 'rolebindings', wanted: each }, signal)),
  ]);
}

async function ensure(
  parts: RegistryParts,
  { plural, wanted }: { plural: string; wanted: Draft<KubeObject> },
  signal: AbortSignal,
): Promise<void> {
  const { name = '', namespace } = wanted.metadata;
  const key = namespace === undefined ? name : `${namespace}/${name}`;
  const found = cachedObject<KubeObject>(parts, { group: 'rbac.authorization.k8s.io', plural, key });
  const step = reconcileDefault(wanted, found);
  if (step.type === 'Settled') return;
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`;
  const path = `${groupPath}${scope}/${plural}/${encodeURIComponent(name)}`;
  const operation = ownOperation(parts, { method: 'PUT', path }, signal);
  if (!operation) return;
  try {
    if (step.type === 'Create') await insertObject(operation, newObject(operation, step.object));
    else await changeObject(operation, () => step.object);
  } catch (error) {
    // Another server over the same state was faster.
    if (!isStatus(error, 'AlreadyExists', 'Conflict')) throw error;
  }
}

/** As `createObject` makes it, without the admission that data of our own needs none of. */
function newObject({ entry, random, clock }: Operation, draft: Draft<KubeObject>): KubeObject {
  const { resource } = entry.definition;
  const metadata = { ...draft.metadata, uid: random.uuid(), creationTimestamp: rfc3339(clock.now()) };
  return { ...draft, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata } as KubeObject;
}
