// How does the state move from one kind of store to another? Every entry of one revision, into an empty store that
// goes on where the old one was.

import type { RevisionStore } from './types.ts';

const pageEntries = 500;

export interface CopyReport {
  entries: number;
  /** Of the target after the copy: greater than any revision that the source handed out. */
  revision: number;
}

/**
 * Copies what is below `prefix` while nobody writes to either store. Resource versions of objects become greater, none
 * comes again; watchers of the past are told that it is gone. Rejects if the target holds something there already.
 */
export async function copyState(
  source: RevisionStore,
  target: RevisionStore,
  { prefix }: { prefix: string },
): Promise<CopyReport> {
  const [found] = (await target.list({ prefix, limit: 1 })).entries;
  if (found)
    throw new Error(
      `Cannot copy the state: the target holds objects already, such as ${found.key}. Use one that is empty.`,
    );
  const revision = await source.latestRevision();
  await target.advanceTo(revision);
  let entries = 0;
  let startAfter: string | undefined;
  for (;;) {
    const page = await source.list({ prefix, revision, limit: pageEntries, ...(startAfter && { startAfter }) });
    const results = await Promise.all(page.entries.map(({ key, value }) => target.put(key, value, 0)));
    const refused = results.findIndex(({ ok }) => !ok);
    if (refused >= 0)
      throw new Error(`Cannot copy the state: somebody else writes to the target, to ${page.entries[refused]?.key}`);
    entries += results.length;
    startAfter = page.entries.at(-1)?.key;
    if (!page.more || !startAfter) break;
  }
  const newest = await target.latestRevision();
  await target.compact(newest);
  return { entries, revision: newest };
}
