// How is a whole store read without holding up others? Page by page; the pages may show different revisions.

import type { Entry, RevisionStore } from './types.ts';

const pageSize = 500;

/** Every entry below `prefix` that is there all the while. */
export async function* allEntries(store: RevisionStore, prefix: string): AsyncGenerator<Entry> {
  let startAfter = '';
  for (;;) {
    const { entries, more } = await store.list({ prefix, startAfter, limit: pageSize });
    yield* entries;
    startAfter = entries.at(-1)?.key ?? '';
    if (!more || entries.length === 0) return;
  }
}
