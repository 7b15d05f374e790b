// How is a whole store read without holding up others, or in more memory than it takes? Page by page.

import type { Entry, ListOptions, RevisionStore } from './types.ts';

const pageEntries = 500;

export interface EntryPage {
  entries: Entry[];
  /** The revision that the page shows. */
  revision: number;
}

/** Every entry below `prefix` that is there all the while; with `isSnapshot`, all pages show one revision. */
export async function* entryPages(
  store: RevisionStore,
  { prefix, isSnapshot = false }: { prefix: string; isSnapshot?: boolean },
): AsyncGenerator<EntryPage> {
  let options: ListOptions = { prefix, limit: pageEntries };
  for (;;) {
    const { entries, more, revision } = await store.list(options);
    yield { entries, revision };
    const last = entries.at(-1);
    if (!more || !last) return;
    options = { ...options, startAfter: last.key, ...(isSnapshot && { revision }) };
  }
}
