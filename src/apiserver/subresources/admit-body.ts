// What do users' webhooks and policies have to say about the body of a subresource: a Binding, an Eviction, a Scale, a
// TokenRequest? They see it instead of the object that it is about.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { assert } from '../../base/assert.ts';
import { admitPart } from '../admission/chain.ts';
import { namespaceLifecycle } from '../admission/namespace-lifecycle.ts';
import { gvkOf } from '../openapi/subresources.ts';
import type { Operation } from '../registry/context.ts';
import { incomingBody } from '../registry/incoming.ts';

/** The body of a request that creates a part of something, once it may come into its namespace. Rejects with a refusal. */
export async function bodyOfCreated(operation: Operation, body: unknown): Promise<KubeObject> {
  const object = incomingBody(operation, body);
  await namespaceLifecycle({ verb: 'CREATE', operation, object, old: undefined });
  return object;
}

/** May change `body`. With `old`, an update; else a creation. Rejects with a refusal. */
export async function admitBody(operation: Operation, body: object, old?: object): Promise<void> {
  const part = gvkOf(operation.info.subresource, operation.entry.kind);
  assert(part, `The subresource ${operation.info.subresource} has no kind of its own`);
  const verb = old ? 'UPDATE' : 'CREATE';
  await admitPart({ verb, operation, object: body as KubeObject, old: old as KubeObject | undefined, part });
}
