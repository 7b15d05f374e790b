// How is a pod asked to leave? policy/v1 Eviction: a deletion. There are no disruption budgets to ask first.

import type { DeleteOptions } from '../../apimachinery/meta.ts';
import { StatusError } from '../../apimachinery/status-error.ts';
import { isObject } from '../patch/merge-patch.ts';
import type { Operation } from '../registry/context.ts';
import { deleteObject } from '../registry/delete.ts';

/** Deletes the pod with the Eviction's options. */
export async function evictPod(operation: Operation, body: unknown): Promise<void> {
  const eviction = isObject(body) ? (body as { metadata?: { name?: string }; deleteOptions?: DeleteOptions }) : {};
  const name = eviction.metadata?.name;
  if (name && name !== operation.info.name) {
    throw new StatusError('BadRequest', `name in URL does not match name in Eviction object`);
  }
  const options = eviction.deleteOptions ?? {};
  const isDryRun = operation.isDryRun || (options.dryRun?.includes('All') ?? false);
  await deleteObject({ ...operation, isDryRun }, options);
}
