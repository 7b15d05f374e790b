// How does one object get in and out of the store? One compare-and-swap per write, one revision.

import type { KubeObject } from '../../apimachinery/meta.ts';
import { conflict, isStatus, notFound, StatusError } from '../../apimachinery/status-error.ts';
import type { Entry } from '../../kvstore/types.ts';
import { encodeForm, StoredObject, storedForm, wireBytes } from '../cache/stored-object.ts';
import { nameOf, storeKey } from './catalogue.ts';
import type { Operation } from './context.ts';
import { asServed, asStored, loadServed } from './served-form.ts';

export const modifiedMessage =
  'the object has been modified; please apply your changes to the latest version and try again';

/** The newest state of the object that the request names, or undefined. */
export async function loadObject(operation: Operation): Promise<StoredObject | undefined> {
  const { store, cache, entry, info } = operation;
  const key = storeKey(entry, info);
  if (!cache.isCurrent()) return decodeMaybe(operation, await store.get(key));
  const cached = cache.collection(entry.prefix).get(key);
  return cached && loadServed(operation, cached);
}

/** The newest state, if the cache knows that it has it, in the form that is served. Who gets undefined asks `loadObject`. */
export function currentObject({ cache, entry, info }: Operation): StoredObject | undefined {
  if (!cache.isCurrent() || entry.definition.custom?.converter) return undefined;
  const cached = cache.collection(entry.prefix).get(storeKey(entry, info));
  return cached && asServed(entry, cached);
}

/** As `loadObject`; rejects with NotFound if there is none. */
export async function requireObject(operation: Operation): Promise<StoredObject> {
  return (await loadObject(operation)) ?? Promise.reject(notFound(operation.entry.groupResource, operation.info.name));
}

/** Creates `object`. Rejects with AlreadyExists. */
export async function insertObject(operation: Operation, object: KubeObject): Promise<StoredObject> {
  const { store, entry } = operation;
  const key = storeKey(entry, nameOf(object));
  if (operation.isDryRun) {
    const found = await store.get(key);
    if (found) throw await alreadyExists(operation, object.metadata.name, found);
    return unsaved(key, object);
  }
  const form = storedForm(await asStored(operation, object));
  const value = encodeForm(form);
  const result = await store.put(key, value, 0);
  if (!result.ok) throw await alreadyExists(operation, object.metadata.name, result.current);
  return saved(operation, { key, value, form, revision: result.revision });
}

export type Swap = { ok: true; object: StoredObject } | { ok: false; current: StoredObject | undefined };

/** Replaces `current` by `object`, unless someone else was faster. */
export async function replaceObject(operation: Operation, current: StoredObject, object: KubeObject): Promise<Swap> {
  const { key } = current;
  if (operation.isDryRun) return { ok: true, object: unsaved(key, object) };
  const form = storedForm(await asStored(operation, object));
  const value = encodeForm(form);
  const result = await operation.store.put(key, value, current.revision);
  if (!result.ok) return { ok: false, current: await decodeMaybe(operation, result.current) };
  return { ok: true, object: await saved(operation, { key, value, form, revision: result.revision }) };
}

/** Removes `current`, unless someone else was faster. The object of the result is the last state. */
export async function removeObject(operation: Operation, current: StoredObject): Promise<Swap> {
  if (operation.isDryRun) return { ok: true, object: current };
  const result = await operation.store.delete(current.key, current.revision);
  return result.ok
    ? { ok: true, object: current }
    : { ok: false, current: await decodeMaybe(operation, result.current) };
}

const attemptsMax = 64;

/** What came of one attempt. One that wrote nothing holds only for the newest state. */
export type Attempt<T> = { done: T; isWritten: boolean } | { retry: StoredObject | undefined };

/**
 * Runs `attempt` until its compare-and-swap succeeds: first on the state that the cache has, which is nearly always the
 * newest, then on what the store has. Who wants a certain resourceVersion or UID refuses another state in `attempt`.
 * Rejects with NotFound if the object is gone, and with the refusal of the newest state.
 */
export async function untilSwapped<T>(
  operation: Operation,
  attempt: (current: StoredObject) => Promise<Attempt<T>>,
): Promise<T> {
  const { turns, entry, info } = operation;
  const key = storeKey(entry, info);
  let endTurn = turns.isTaken(key) ? await turns.take(key, operation.signal) : undefined;
  // Who has lost once is in a crowd, and waits for its turn.
  const queueUp = async (retry: StoredObject | undefined): Promise<StoredObject | undefined> => {
    if (endTurn) return retry;
    endTurn = await turns.take(key, operation.signal);
    return loadObject(operation);
  };
  try {
    return await swapInTurn(operation, cachedState(operation, key), { attempt, queueUp });
  } finally {
    endTurn?.();
  }
}

interface Swapping<T> {
  attempt: (current: StoredObject) => Promise<Attempt<T>>;
  queueUp: (retry: StoredObject | undefined) => Promise<StoredObject | undefined>;
}

async function swapInTurn<T>(
  operation: Operation,
  cached: StoredObject | undefined,
  { attempt, queueUp }: Swapping<T>,
): Promise<T> {
  let isNewest = !cached || operation.cache.isCurrent();
  let current = cached ? await loadServed(operation, cached) : await loadObject(operation);
  for (let attempts = 0; attempts < attemptsMax; attempts++) {
    if (attempts > 0) operation.signal.throwIfAborted();
    if (!current) throw notFound(operation.entry.groupResource, operation.info.name);
    const outcome = await outcomeOf(attempt(current));
    if ('retry' in outcome) {
      isNewest = true;
      current = await queueUp(outcome.retry);
      continue;
    }
    if (!isNewest && !outcome.isWritten) {
      const newest = await loadObject(operation);
      isNewest = true;
      if (newest?.revision !== current.revision) {
        current = newest;
        continue;
      }
    }
    if ('refusal' in outcome) throw outcome.refusal;
    return outcome.done;
  }
  throw conflict(operation.entry.groupResource, operation.info.name, modifiedMessage);
}

/** Errors that are no refusals are passed on: the store may have written before it failed. */
async function outcomeOf<T>(
  attempted: Promise<Attempt<T>>,
): Promise<Attempt<T> | { refusal: StatusError; isWritten: false }> {
  try {
    return await attempted;
  } catch (error) {
    if (!isStatus(error)) throw error;
    return { refusal: error, isWritten: false };
  }
}

/** What the cache has. A dry run writes nothing that would tell whether it is old, so it asks the store. */
function cachedState({ cache, entry, isDryRun }: Operation, key: string): StoredObject | undefined {
  return isDryRun ? undefined : cache.existing(entry.prefix)?.get(key);
}

async function decodeMaybe(operation: Operation, found: Entry | undefined): Promise<StoredObject | undefined> {
  return found && loadServed(operation, operation.cache.decode(found));
}

interface Written {
  key: string;
  value: Uint8Array;
  /** Nobody else has it, so that it becomes the object as it is read. */
  form: KubeObject;
  revision: number;
}

async function saved(operation: Operation, { key, value, form, revision }: Written): Promise<StoredObject> {
  form.metadata.resourceVersion = String(revision);
  const stored = new StoredObject({ key, revision, bytes: wireBytes(value, revision), object: form });
  operation.cache.remember(stored);
  return loadServed(operation, stored);
}

/** What a dry run answers: the object as it would be, with no revision of its own. */
function unsaved(key: string, object: KubeObject): StoredObject {
  return new StoredObject({ key, revision: 0, bytes: Buffer.from(JSON.stringify(object)), object });
}

/** Upstream says so if the one that is there is on its way out. */
async function alreadyExists(operation: Operation, name: string, found: Entry | undefined): Promise<StatusError> {
  const { plural, group } = operation.entry.definition.resource;
  const isLeaving = (await decodeMaybe(operation, found))?.object.metadata.deletionTimestamp !== undefined;
  const text = `${operation.entry.groupResource} "${name}" already exists`;
  return new StatusError('AlreadyExists', isLeaving ? `object is being deleted: ${text}` : text, {
    details: { name, ...(group !== '' && { group }), kind: plural },
  });
}
