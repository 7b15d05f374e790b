// How is a list given out in pages that stay right while entries come and go? Pure.

import { RpcError } from '../../rpc-error.ts';

export interface PageRequest<T> {
  /** 0 = everything. */
  maxEntries: number;
  startingToken: string;
  idOf: (item: T) => string;
}

const tokenPattern = /^after\/(.+)$/;

/**
 * One page of `items`, which are sorted by ID. The token names the last item given out, which may be gone when it
 * comes back. Throws ABORTED for a token that is not ours (CSI: ListVolumes Errors).
 */
export function pageOf<T>(
  items: T[],
  { maxEntries, startingToken, idOf }: PageRequest<T>,
): { items: T[]; nextToken: string } {
  if (maxEntries < 0) throw new RpcError('INVALID_ARGUMENT', `max_entries must not be negative, found ${maxEntries}`);
  const [, after] = tokenPattern.exec(startingToken) ?? [];
  if (startingToken !== '' && after === undefined)
    throw new RpcError('ABORTED', `starting_token "${startingToken}" is not one of this driver`);

  const rest = after === undefined ? items : items.filter((item) => idOf(item) > after);
  if (maxEntries === 0 || rest.length <= maxEntries) return { items: rest, nextToken: '' };
  const page = rest.slice(0, maxEntries);
  const last = page.at(-1);
  return { items: page, nextToken: last === undefined ? '' : `after/${idOf(last)}` };
}
