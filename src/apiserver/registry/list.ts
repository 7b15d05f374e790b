// Which objects does a list show, and as of which revision?

import { StatusError } from '../../apimachinery/status-error.ts';
import { CompactedError } from '../../kvstore/types.ts';
import type { StoredObject } from '../cache/stored-object.ts';
import { scopePrefix } from './catalogue.ts';
import type { Operation } from './context.ts';
import { type Continuation, decodeContinue, encodeContinue } from './continue-token.ts';
import { listOptionsOf, parseRevision } from './list-options.ts';
import { selectionOf } from './selection.ts';
import { asServed, prepareServed } from './served-form.ts';

export interface ObjectList {
  items: StoredObject[];
  revision: number;
  /** Token for the next page; undefined on the last. */
  continueToken: string | undefined;
  /** Objects after this page; undefined if unknown because a selector filters them. */
  remaining: number | undefined;
}

/** Entries that are read from the store at once when a selector may drop most of them. */
const storePage = 500;

/** Lists as the query says. Rejects with BadRequest, Invalid, Expired, or Timeout for a revision that lies ahead. */
export async function listObjects(operation: Operation): Promise<ObjectList> {
  const { info, cache, entry, signal } = operation;
  const { resourceVersion, match, limit: asked, continueToken } = listOptionsOf(info.query);
  // "Any state" comes whole, from the cache. Source: apiserver's delegator for lists.
  const limit = resourceVersion === '0' && continueToken === '' ? Number.POSITIVE_INFINITY : asked;
  const revision = parseRevision(resourceVersion);
  if (continueToken !== '') {
    const from = decodeContinue(continueToken, scopePrefix(entry, info.namespace));
    if (revision > 0)
      throw new StatusError('BadRequest', 'specifying resource version is not allowed when using continue');
    return continueList(operation, from, limit);
  }
  // With a limit, upstream reads a version as an exact one, for clients older than the match parameter.
  const isExact = match === 'Exact' || (match === undefined && revision > 0 && limit !== Number.POSITIVE_INFINITY);
  if (isExact) return listAt(operation, { revision, startAfter: '', remaining: undefined }, limit);

  // An unset version asks for the newest state, a set one for any state at least as new.
  if (resourceVersion !== '') await reachRevision(operation, revision);
  else await cache.caughtUp(signal);
  return listFromCache(operation, '', limit);
}

async function continueList(operation: Operation, from: Continuation, limit: number): Promise<ObjectList> {
  const { cache, signal } = operation;
  if (from.revision !== undefined) return listAt(operation, { ...from, revision: from.revision }, limit);
  await cache.caughtUp(signal);
  return listFromCache(operation, from.startAfter, limit);
}

type ExactContinuation = Continuation & { revision: number };

/** Lists as of one revision: from the cache if it shows just that, from the store otherwise. */
async function listAt(operation: Operation, from: ExactContinuation, limit: number): Promise<ObjectList> {
  await reachRevision(operation, from.revision);
  if (operation.cache.revision === from.revision) return listFromCache(operation, from.startAfter, limit);
  return listFromStore(operation, from, limit);
}

/** Waits until the cache shows `revision`. Rejects with upstream's Timeout if the store has not got there. */
export async function reachRevision({ cache, store, signal }: Operation, revision: number): Promise<void> {
  // Another server may have handed out a revision that this one has not heard of.
  const current = revision > store.currentRevision() ? await store.latestRevision() : revision;
  if (revision > current) {
    throw new StatusError('Timeout', `Timeout: Too large resource version: ${revision}, current: ${current}`, {
      details: {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    });
  }
  await cache.reached(revision, signal);
}

async function listFromCache(operation: Operation, startAfter: string, limit: number): Promise<ObjectList> {
  const { cache, entry, info } = operation;
  const selection = selectionOf(operation);
  const prefix = scopePrefix(entry, info.namespace);
  const collection = cache.collection(entry.prefix);
  await prepareBelow(operation, prefix);
  const items: StoredObject[] = [];
  for (const stored of collection.below(prefix, startAfter)) {
    const object = asServed(entry, stored);
    if (selection && !selection(object.object)) continue;
    if (items.length < limit) {
      items.push(object);
      continue;
    }
    const last = items.at(-1)?.key ?? startAfter;
    const remaining = selection ? undefined : collection.countBelow(prefix, last);
    return nextPage(items, { revision: cache.revision, startAfter: last, remaining }, prefix);
  }
  return lastPage(items, cache.revision);
}

/** Has everything converted that a list needs; the cache may change meanwhile, so that it takes another look. */
export async function prepareBelow(operation: Operation, prefix: string): Promise<void> {
  const { cache, entry } = operation;
  if (!entry.definition.custom?.converter) return;
  let revision: number;
  do {
    ({ revision } = cache);
    await prepareServed(operation, cache.collection(entry.prefix).below(prefix));
  } while (revision !== cache.revision);
}

async function listFromStore(operation: Operation, from: ExactContinuation, limit: number): Promise<ObjectList> {
  const { store, cache, entry, info } = operation;
  const { revision } = from;
  const selection = selectionOf(operation);
  const prefix = scopePrefix(entry, info.namespace);
  const items: StoredObject[] = [];
  let { startAfter } = from;
  for (;;) {
    const limitNow = Math.min(limit + 1, storePage);
    const result = await store
      .list({ prefix, revision, startAfter, limit: limitNow })
      .catch(asExpired(from.startAfter, prefix));
    const decoded = result.entries.map((each) => cache.decode(each));
    await prepareServed(operation, decoded);
    for (const stored of decoded) {
      const object = asServed(entry, stored);
      if (selection && !selection(object.object)) continue;
      items.push(object);
      if (items.length <= limit) continue;
      items.pop();
      const remaining = selection || from.remaining === undefined ? undefined : from.remaining - items.length;
      return nextPage(items, { revision, startAfter: items.at(-1)?.key ?? from.startAfter, remaining }, prefix);
    }
    startAfter = result.entries.at(-1)?.key ?? startAfter;
    if (!result.more) return lastPage(items, revision);
  }
}

function lastPage(items: StoredObject[], revision: number): ObjectList {
  return { items, revision, continueToken: undefined, remaining: undefined };
}

function nextPage(items: StoredObject[], next: ExactContinuation, prefix: string): ObjectList {
  const { revision, remaining } = next;
  return { items, revision, continueToken: encodeContinue(next, prefix), remaining };
}

const tooOldList = 'The resourceVersion for the provided list is too old.';
const tooOldToken =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
  'deleted between the time the first chunk was returned and now may show up in the list.';

/** Turns a compacted revision into Expired; who was in the middle of a list may go on without consistency. */
function asExpired(startAfter: string, prefix: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CompactedError)) throw error;
    if (startAfter === '') throw new StatusError('Expired', tooOldList, { cause: error });
    const continueToken = encodeContinue({ revision: undefined, startAfter, remaining: undefined }, prefix);
    throw new StatusError('Expired', tooOldToken, { cause: error, continueToken });
  };
}
