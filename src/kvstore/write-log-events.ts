// What did the writes of a log change?

import type { Entry, StoreEvent } from './types.ts';
import type { LoggedWrite } from './write-log-records.ts';

/** The events of `writes`, in order, on top of what `newest` gives for each key. */
export function eventsOf(writes: readonly LoggedWrite[], newest: (key: string) => Entry | undefined): StoreEvent[] {
  const changed = new Map<string, Entry | undefined>();
  return writes.map(({ key, revision, createRevision, value }): StoreEvent => {
    const previous = changed.has(key) ? changed.get(key) : newest(key);
    if (value) {
      const entry: Entry = { key, value, createRevision, modRevision: revision };
      changed.set(key, entry);
      return { type: 'put', entry, previous };
    }
    changed.set(key, undefined);
    if (!previous) throw new Error(`The log deletes ${key} at revision ${revision}, which is not there`);
    return { type: 'delete', key, revision, previous };
  });
}
