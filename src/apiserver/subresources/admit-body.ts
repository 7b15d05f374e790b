// What do users' webhooks and policies have to say about the body of a subresource: a Binding, an Eviction, a Scale, a
// TokenRequest? They see it instead of the object that it is about.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { assert } from '../../base/assert.ts';
import { admitPart } from '../admission/chain.ts';
import { gvkOf } from '../openapi/subresources.ts';
import type { Operation } from '../registry/context.ts';

/** May change `body`. With `old`, an update; else a creation. Rejects with a refusal. */
export async function admitBody(operation: Operation, body: object, old?: object): Promise<void> {
  const part = gvkOf(operation.info.subresource, operation.entry.kind);
  assert(part, `The subresource ${operation.info.subresource} has no kind of its own`);
  const verb = old ? 'UPDATE' : 'CREATE';
  await admitPart({ verb, operation, object: body as KubeObject, old: old as KubeObject | undefined, part });
}
