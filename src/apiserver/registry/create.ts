// How does an object come to be?

import type { DraftMeta, KubeObject, ManagedFieldsEntry } from '../../apimachinery/meta.ts';
import { isStatus, StatusError } from '../../apimachinery/status-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import { randomSuffix } from '../../base/random.ts';
import { admit } from '../admission/chain.ts';
import { forbiddenBy } from '../admission/forbidden.ts';
import { lazyCauses } from '../admission/lazy-causes.ts';
import { attributesOf } from '../auth/attributes.ts';
import { forbiddenError } from '../auth/authorizer.ts';
import type { StoredObject } from '../cache/stored-object.ts';
import type { Operation } from './context.ts';
import { incomingObject, invalidObject, otherNamespace } from './incoming.ts';
import { causesOfNew } from './metadata-rules.ts';
import { keepReadableOwners, ownersOfCreated, putOwners } from './ownership.ts';
import { insertObject } from './storage.ts';
import { afterMutation, dropRepeatedOwners, warnOf } from './warnings.ts';

/** Generated names longer than this are cut, so that the suffix fits. Source: apiserver/pkg/storage/names. */
const generatedBaseMax = 58;
const generatedNamesMax = 8;

/** Creates the object in `body`; its fields are the request's, unless it is given their `owners`, of whom there may be none. Rejects with BadRequest, Invalid, Forbidden, NotFound (namespace) or AlreadyExists. */
export async function createObject(
  operation: Operation,
  body: unknown,
  given?: { owners: ManagedFieldsEntry[] | undefined },
): Promise<StoredObject> {
  const { info, entry } = operation;
  if (entry.definition.resource.namespaced && info.namespace === '') {
    throw new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource', {
      details: {},
    });
  }
  const draft = incomingObject(operation, body);
  dropRepeatedOwners(operation, draft);
  if (entry.definition.custom?.isTerminating) {
    throw forbiddenBy(operation, draft.metadata.name ?? '', {
      why: 'create not allowed while custom resource definition is terminating',
    });
  }
  const { generateName } = draft.metadata;
  const ownersOf = (object: KubeObject): Owners => (given ? given.owners : ownersOfCreated(operation, object));
  if (draft.metadata.name || !generateName) return createNamed(operation, draft, ownersOf);

  // A generated name may be taken; upstream too tries again with another.
  for (let attempt = 1; ; attempt++) {
    const name = `${generateName.slice(0, generatedBaseMax)}${randomSuffix(operation.random)}`;
    const named = { ...draft, metadata: { ...draft.metadata, name } };
    try {
      return await createNamed(operation, named, ownersOf);
    } catch (error) {
      if (attempt >= generatedNamesMax || !isStatus(error, 'AlreadyExists')) throw error;
    }
  }
}

type Owners = ManagedFieldsEntry[] | undefined;

async function createNamed(
  operation: Operation,
  draft: KubeObject,
  ownersOf: (object: KubeObject) => Owners,
): Promise<StoredObject> {
  const { entry } = operation;
  const { definition } = entry;
  const object: KubeObject = { ...draft, metadata: initialMeta(operation, draft.metadata) };
  definition.applyDefaults?.(object);
  const owners = ownersOf(object);
  putOwners(object, owners);
  await admit({ verb: 'CREATE', operation, object, old: undefined }, 'mutate');
  dropRepeatedOwners(operation, object, afterMutation);
  keepReadableOwners(operation, object, owners);
  // A custom resource with a status subresource has no say about its status in any other way.
  if (!definition.isBuiltIn && definition.subresources.includes('status'))
    delete (object as { status?: unknown }).status;
  definition.dropClosedFields?.(object);
  definition.prepareForCreate?.(object, (text) => operation.warnings.push(text));

  const causes = causesOfNew(definition, object);
  if (causes.length > 0) {
    causes.push(...(await lazyCauses(operation, object)));
    throw invalidObject(operation, object.metadata.name, causes);
  }
  await warnOf(operation, object);
  requireCreate(operation);
  await admit({ verb: 'CREATE', operation, object, old: undefined }, 'validate');
  return insertObject(operation, object);
}

/** Throws Forbidden if who changes what is not there may not create it. Source: apiserver's withAuthorization. */
function requireCreate({ info, access, user }: Operation): void {
  if (info.verb !== 'update' && info.verb !== 'patch') return;
  const asked = { ...attributesOf(info), verb: 'create' };
  const { isAllowed, reason } = access.authorizer.decide(user, asked);
  if (!isAllowed) throw forbiddenError(user, asked, { why: reason });
}

/** Metadata with what the server decides put in and what clients may not decide taken out. */
function initialMeta(operation: Operation, draft: DraftMeta): KubeObject['metadata'] {
  const { info, entry, random, clock } = operation;
  // Zero and what is no number say nothing: clients send both.
  if (/^0*[1-9]\d*$/.test(draft.resourceVersion ?? '')) {
    throw new StatusError('BadRequest', 'resourceVersion should not be set on objects to be created');
  }
  if (draft.namespace && draft.namespace !== info.namespace && entry.definition.resource.namespaced) {
    throw otherNamespace();
  }
  const {
    selfLink: _selfLink,
    resourceVersion: _resourceVersion,
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _grace,
    managedFields: _managedFields,
    generation: _generation,
    ...kept
  } = draft;
  return {
    ...kept,
    name: draft.name ?? '',
    ...(entry.definition.resource.namespaced && { namespace: info.namespace }),
    uid: random.uuid(),
    creationTimestamp: rfc3339(clock.now()),
    ...(entry.definition.hasGeneration && { generation: 1 }),
  } as KubeObject['metadata'];
}
