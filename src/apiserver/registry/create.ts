// How does an object come to be?

import type { DraftMeta, KubeObject } from '../../apimachinery/meta.ts';
import { isStatus, StatusError } from '../../apimachinery/status-error.ts';
import { rfc3339 } from '../../base/clock.ts';
import { randomSuffix } from '../../base/random.ts';
import { admit } from '../admission/chain.ts';
import { forbiddenBy } from '../admission/forbidden.ts';
import { lazyCauses } from '../admission/lazy-causes.ts';
import { attributesOf } from '../auth/attributes.ts';
import { forbiddenError } from '../auth/authorizer.ts';
import { cloneJson, type StoredObject } from '../cache/stored-object.ts';
import { methodNotAllowed } from './catalogue.ts';
import type { Operation } from './context.ts';
import { incomingObject, invalidObject, otherNamespace } from './incoming.ts';
import { causesOfNew } from './metadata-rules.ts';
import { keepReadableOwners, type Owners, ownersOfCreated, putOwners } from './ownership.ts';
import { insertObject } from './storage.ts';
import { afterMutation, dropRepeatedOwners, warnOf } from './warnings.ts';

/** Generated names longer than this are cut, so that the suffix fits. Source: apiserver/pkg/storage/names. */
const generatedBaseMax = 58;
const generatedNamesMax = 8;

/** Creates the object in `body`; its fields are the request's, unless it is given their `owners`, of whom there may be none. Rejects with BadRequest, Invalid, Forbidden, NotFound (namespace) or AlreadyExists. */
export async function createObject(
  operation: Operation,
  body: unknown,
  given?: { owners: Owners },
): Promise<StoredObject> {
  const { info, entry } = operation;
  if (entry.definition.resource.namespaced && info.namespace === '') throw methodNotAllowed();
  const draft = incomingObject(operation, body, { isApplied: given !== undefined });
  dropRepeatedOwners(operation, draft);
  if (entry.definition.custom?.isTerminating) {
    throw forbiddenBy(operation, draft.metadata.name ?? '', {
      why: 'create not allowed while custom resource definition is terminating',
    });
  }
  const { object, owners } = await mutated(operation, draft, given);
  if (object.metadata.name || !object.metadata.generateName) return completed(operation, { object, owners });

  // A generated name may be taken; upstream too tries again with another.
  const base = object.metadata.generateName.slice(0, generatedBaseMax);
  for (let attempt = 1; ; attempt++) {
    const named = cloneJson(object);
    named.metadata.name = `${base}${randomSuffix(operation.random)}`;
    try {
      return await completed(operation, { object: named, owners, isNameGenerated: true });
    } catch (error) {
      if (attempt >= generatedNamesMax || !isStatus(error, 'AlreadyExists')) throw error;
    }
  }
}

interface Draft {
  object: KubeObject;
  owners: Owners;
  isNameGenerated?: boolean;
}

/** What plugins make of what was sent. As upstream has it, it has no UID and no time yet, nor a name that is to be generated. */
async function mutated(operation: Operation, draft: KubeObject, given?: { owners: Owners }): Promise<Draft> {
  const object: KubeObject = { ...draft, metadata: sentMeta(operation, draft.metadata) };
  operation.entry.definition.applyDefaults?.(object);
  const owners = given ? given.owners : ownersOfCreated(operation, object);
  putOwners(object, owners);
  await admit({ verb: 'CREATE', operation, object, old: undefined }, 'mutate');
  dropRepeatedOwners(operation, object, afterMutation);
  return { object, owners };
}

async function completed(operation: Operation, { object, owners, isNameGenerated }: Draft): Promise<StoredObject> {
  const { entry } = operation;
  const { definition } = entry;
  object.metadata = initialMeta(operation, object.metadata);
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
  await admit(
    { verb: 'CREATE', operation, object, old: undefined, ...(isNameGenerated && { isNameGenerated }) },
    'validate',
  );
  return insertObject(operation, object);
}

/** Throws Forbidden if who changes what is not there may not create it. Source: apiserver's withAuthorization. */
function requireCreate({ info, access, user }: Operation): void {
  if (info.verb !== 'update' && info.verb !== 'patch') return;
  const asked = { ...attributesOf(info), verb: 'create' };
  const { isAllowed, reason } = access.authorizer.decide(user, asked);
  if (!isAllowed) throw forbiddenError(user, asked, { why: reason });
}

/** Metadata as it was sent, of this namespace. */
function sentMeta(
  operation: Operation,
  { managedFields: _managedFields, ...draft }: DraftMeta,
): KubeObject['metadata'] {
  // Zero and what is no number say nothing: clients send both.
  if (/^0*[1-9]\d*$/.test(draft.resourceVersion ?? '')) {
    throw new StatusError('BadRequest', 'resourceVersion should not be set on objects to be created');
  }
  const { name, ...rest } = { ...draft, ...namespaceOf(operation, draft) };
  return { ...(name && { name }), ...rest } as KubeObject['metadata'];
}

/** The namespace of the request, which what was sent, or became of it, may not contradict. */
function namespaceOf({ info, entry }: Operation, { namespace }: DraftMeta): { namespace?: string } {
  if (!entry.definition.resource.namespaced) return namespace === undefined ? {} : { namespace };
  if (!namespace || namespace === info.namespace) return { namespace: info.namespace };
  throw otherNamespace();
}

/** Metadata with what the server decides put in and what clients may not decide taken out. */
function initialMeta(operation: Operation, draft: DraftMeta): KubeObject['metadata'] {
  const { entry, random, clock } = operation;
  const {
    selfLink: _selfLink,
    resourceVersion: _resourceVersion,
    deletionTimestamp: _deletionTimestamp,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    ...kept
  } = draft;
  return {
    ...kept,
    name: draft.name ?? '',
    ...namespaceOf(operation, draft),
    uid: random.uuid(),
    creationTimestamp: rfc3339(clock.now()),
    ...(entry.definition.hasGeneration && { generation: 1 }),
  } as KubeObject['metadata'];
}
