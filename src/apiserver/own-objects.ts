// How does the server make sure of objects of its own? Beside other servers over the same state, which do so too.

import type { Draft, KubeObject } from '../apimachinery/meta.ts';
import { isStatus } from '../apimachinery/status-error.ts';
import { ownOperation } from './own-operation.ts';
import type { Operation, RegistryParts } from './registry/context.ts';
import { createObject } from './registry/create.ts';
import { changeObject } from './registry/update.ts';

export interface Wanted<T extends KubeObject> {
  /** Path of the collection. */
  path: string;
  name: string;
  /** The object as it is to be; writes nothing if it is so already. */
  change: (found: T | undefined) => Draft<T>;
}

/** Changes the object, or makes it. */
export async function ensureObject<T extends KubeObject>(
  parts: RegistryParts,
  { path, name, change }: Wanted<T>,
  signal: AbortSignal,
): Promise<void> {
  const existing = ownOperation(parts, { method: 'PUT', path: `${path}/${name}` }, signal);
  const collection = ownOperation(parts, { method: 'POST', path }, signal);
  if (!existing || !collection) return;
  try {
    await changeObject(existing, (current) => change(current as T) as KubeObject);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    await createUnlessThere(collection, change(undefined));
  }
}

/** Does nothing if it exists. */
export async function createUnlessThere(operation: Operation, object: unknown): Promise<void> {
  try {
    await createObject(operation, object);
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}
