// Which objects does a list show, and as of which revision?

import { StatusError } from '../../apimachinery/status-error.ts';
import { CompactedError } from '../../kvstore/types.ts';
import type { StoredObject } from '../cache/stored-object.ts';
import { scopePrefix } from './catalogue.ts';
import type { Operation } from './context.ts';
import { selectionOf } from './selection.ts';
import { asServed } from './served-form.ts';

export interface ObjectList {
  items: StoredObject[];
  revision: number;
  /** Token for the next page; undefined on the last. */
  continueToken: string | undefined;
  /** Objects after this page; undefined if unknown because a selector filters them. */
  remaining: number | undefined;
}

interface ContinueToken {
  /** Revision of the first page. */
  rv: number;
  /** Last key of the page before. */
  start: string;
}

/** Entries that are read from the store at once when a selector may drop most of them. */
const storePage = 500;

/** Lists as the query says. Rejects with BadRequest, Expired, or Timeout for a revision that lies ahead. */
export async function listObjects(operation: Operation): Promise<ObjectList> {
  const { info, cache, signal } = operation;
  const limit = Number(info.query.get('limit') ?? 0) || Number.POSITIVE_INFINITY;
  const token = info.query.get('continue');
  const { revision, match } = versionOf(info.query);
  if (token) {
    if (revision > 0)
      throw new StatusError('BadRequest', 'specifying resource version is not allowed when using continue');
    const { rv, start } = decodeToken(token);
    return listFromStore(operation, { revision: rv, startAfter: start, limit });
  }
  if (match === 'Exact') return listFromStore(operation, { revision, startAfter: '', limit });

  // An unset version asks for the newest state, a set one for any state at least as new.
  if (info.query.get('resourceVersion')) await reachRevision(operation, revision);
  else await cache.caughtUp(signal);
  return listFromCache(operation, limit);
}

/** Waits until the cache shows `revision`. Rejects with upstream's Timeout if the store has not got there. */
export async function reachRevision({ cache, store, signal }: Operation, revision: number): Promise<void> {
  const current = store.currentRevision();
  if (revision > current) {
    throw new StatusError('Timeout', `Too large resource version: ${revision}, current: ${current}`, {
      details: {
        causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
        retryAfterSeconds: 1,
      },
    });
  }
  await cache.reached(revision, signal);
}

function listFromCache(operation: Operation, limit: number): ObjectList {
  const { cache, entry, info } = operation;
  const selection = selectionOf(entry, info.query);
  const items: StoredObject[] = [];
  let beyond = 0;
  for (const stored of cache.collection(entry.prefix).below(scopePrefix(entry, info.namespace))) {
    const object = asServed(entry, stored);
    if (selection && !selection(object.object)) continue;
    if (items.length < limit) {
      items.push(object);
      continue;
    }
    beyond += 1;
    if (selection) break;
  }
  return page(items, { revision: cache.revision, beyond, isFiltered: selection !== undefined });
}

interface StoreList {
  revision: number;
  startAfter: string;
  limit: number;
}

async function listFromStore(operation: Operation, { revision, startAfter, limit }: StoreList): Promise<ObjectList> {
  const { store, cache, entry, info } = operation;
  const selection = selectionOf(entry, info.query);
  const prefix = scopePrefix(entry, info.namespace);
  const items: StoredObject[] = [];
  let from = startAfter;
  for (;;) {
    const limitNow = Math.min(limit + 1, storePage);
    const result = await store
      .list({ prefix, revision, startAfter: from, limit: limitNow })
      .catch(asExpired(startAfter !== ''));
    for (const each of result.entries) {
      const object = asServed(entry, cache.decode(each));
      if (!selection || selection(object.object)) items.push(object);
      if (items.length > limit) return page(items.slice(0, limit), { revision, beyond: 1, isFiltered: true });
      from = each.key;
    }
    if (!result.more) return page(items, { revision, beyond: 0, isFiltered: false });
  }
}

function page(
  items: StoredObject[],
  { revision, beyond, isFiltered }: { revision: number; beyond: number; isFiltered: boolean },
): ObjectList {
  const last = items.at(-1);
  if (beyond === 0 || !last) return { items, revision, continueToken: undefined, remaining: undefined };
  const token: ContinueToken = { rv: revision, start: last.key };
  const continueToken = Buffer.from(JSON.stringify(token)).toString('base64url');
  return { items, revision, continueToken, remaining: isFiltered ? undefined : beyond };
}

function decodeToken(token: string): ContinueToken {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Partial<ContinueToken>;
    if (typeof rv === 'number' && typeof start === 'string') return { rv, start };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new StatusError('BadRequest', 'continue key is not valid');
}

/** Turns a compacted revision into Expired, in the words that upstream has for the two cases. */
function asExpired(isContinued: boolean): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CompactedError)) throw error;
    const text = isContinued
      ? 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.'
      : 'The resourceVersion for the provided list is too old.';
    throw new StatusError('Expired', text, { cause: error });
  };
}

type Match = 'Exact' | 'NotOlderThan' | undefined;

/** `resourceVersion` and `resourceVersionMatch`, checked against each other. */
export function versionOf(query: URLSearchParams): { revision: number; match: Match } {
  const text = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const revision = parseRevision(text);
  if (match === '') {
    // With a limit, upstream reads an exact version for compatibility with the time before the match parameter.
    const isLegacyExact = revision > 0 && Number(query.get('limit') ?? 0) > 0;
    return { revision, match: isLegacyExact ? 'Exact' : undefined };
  }
  if (match !== 'Exact' && match !== 'NotOlderThan') {
    throw listOptionInvalid(
      'resourceVersionMatch',
      `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
    );
  }
  if (text === '' && query.get('sendInitialEvents') === null) {
    throw listOptionInvalid(
      'resourceVersionMatch',
      'Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
  }
  if (match === 'Exact' && revision === 0) {
    throw listOptionInvalid(
      'resourceVersionMatch',
      'Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    );
  }
  return { revision, match };
}

/** The revision that a resourceVersion stands for; 0 if empty. Throws BadRequest. */
export function parseRevision(text: string): number {
  if (text === '') return 0;
  if (!/^\d+$/.test(text)) {
    throw new StatusError(
      'BadRequest',
      `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

/** Upstream's refusal of a contradictory list option. */
export function listOptionInvalid(field: string, message: string): StatusError {
  return new StatusError('Invalid', `ListOptions.meta.k8s.io "" is invalid: ${field}: ${message}`, {
    details: { group: 'meta.k8s.io', kind: 'ListOptions', causes: [{ reason: 'FieldValueForbidden', message, field }] },
  });
}
