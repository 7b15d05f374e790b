// What did the writes of a log change?

import { CorruptStoreError } from './errors.ts';
import type { Entry, StoreEvent } from './types.ts';
import type { LoggedWrite } from './write-log-records.ts';

/** The events of `writes`, in order, on top of what `newest` gives for each key. Throws CorruptStoreError if they don't fit it. */
export function eventsOf(
  writes: readonly LoggedWrite[],
  { path, newest }: { path: string; newest: (key: string) => Entry | undefined },
): StoreEvent[] {
  const changed = new Map<string, Entry | undefined>();
  return writes.map(({ key, revision, createRevision, value }): StoreEvent => {
    const previous = changed.has(key) ? changed.get(key) : newest(key);
    if (value) {
      const entry: Entry = { key, value, createRevision, modRevision: revision };
      changed.set(key, entry);
      return { type: 'put', entry, previous };
    }
    changed.set(key, undefined);
    if (!previous)
      throw new CorruptStoreError(path, `its log deletes ${key} at revision ${revision}, which is not there`);
    return { type: 'delete', key, revision, previous };
  });
}
