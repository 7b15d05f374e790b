// What do users' webhooks and policies have to say about the body of a subresource: a Binding, an Eviction, a Scale, a
// TokenRequest? They see it instead of the object that it is about.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { assert } from '../../base/assert.ts';
import { type AdmissionRequest, mutatePart } from '../admission/chain.ts';
import { userValidations } from '../admission/dynamic/plugins.ts';
import { namespaceLifecycle } from '../admission/namespace-lifecycle.ts';
import { gvkOf, schemaNameOf } from '../openapi/subresources.ts';
import type { Operation } from '../registry/context.ts';
import { incomingBody } from '../registry/incoming.ts';
import { ownersOfBody, putOwners } from '../registry/ownership.ts';

/** The body of a request that creates a part of something, once it may come into its namespace. Rejects with a refusal. */
export async function bodyOfCreated(operation: Operation, body: unknown): Promise<KubeObject> {
  const object = incomingBody(operation, body);
  await namespaceLifecycle({ verb: 'CREATE', operation, object, old: undefined });
  return object;
}

/**
 * A body that is created, in the namespace of the request and with owners. May change `body`. What `complete` makes of it is
 * seen by those who only judge. Rejects with a refusal.
 */
export async function admitNewBody<T = void>(
  operation: Operation,
  body: object,
  complete: () => T | Promise<T>,
): Promise<T> {
  const object = body as KubeObject;
  const { subresource, namespace } = operation.info;
  const schemaName = schemaNameOf(subresource);
  assert(schemaName, `The subresource ${subresource} has no schema of its own`);
  object.metadata.namespace ??= namespace;
  putOwners(object, ownersOfBody(operation, object, schemaName));
  const request = requestOf(operation, object);
  await mutatePart(request);
  const completed = await complete();
  await userValidations(request);
  return completed;
}

/** A body that changes something. May change `body`. Rejects with a refusal. */
export async function admitBody(operation: Operation, body: object, old: object): Promise<void> {
  await mutatePart(requestOf(operation, body, old));
}

/** Rejects with a refusal of what becomes of a body. */
export async function validateBody(operation: Operation, body: object, old: object): Promise<void> {
  await userValidations(requestOf(operation, body, old));
}

function requestOf(operation: Operation, body: object, old?: object): AdmissionRequest {
  const part = gvkOf(operation.info.subresource, operation.entry.kind);
  assert(part, `The subresource ${operation.info.subresource} has no kind of its own`);
  const verb = old ? 'UPDATE' : 'CREATE';
  return { verb, operation, object: body as KubeObject, old: old as KubeObject | undefined, part };
}
