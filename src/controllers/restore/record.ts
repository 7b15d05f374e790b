// What is left of a restore in the store? Its results, its log and the list of what it restored.

import type { Restore, RestoreStatus } from '../../apis/velero/types.ts';
import { gzipJson, gzipText, logLine, messagesOf, type Problem } from '../../backup/documents.ts';
import { resourceList } from '../../backup/items.ts';
import { restoreKeys } from '../../backup/layout.ts';
import { type ObjectStore, ObjectStoreError } from '../../backup/object-store.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { AppliedItem } from './execute.ts';

export interface RecordOptions {
  restore: Restore;
  store: ObjectStore;
  applied: AppliedItem[];
  /** Errors beside those of single items. */
  errors: Problem[];
  nowMs: number;
}

/**
 * Stores the record and returns the restore's final status. A store that takes no record (a read-only one, after a
 * disaster) does not undo the restore: that is a warning.
 */
export async function recordRestore(options: RecordOptions, signal: AbortSignal): Promise<RestoreStatus> {
  const { restore, store, applied, nowMs } = options;
  const about = (item: AppliedItem['item'], message: string): Problem =>
    item.namespace === undefined ? { message } : { namespace: item.namespace, message };
  const errors = [...options.errors, ...applied.flatMap(({ item, error }) => (error ? [about(item, error)] : []))];
  const warnings = applied.flatMap(({ item, warning }) => (warning ? [about(item, warning)] : []));
  const now = rfc3339(nowMs);
  const keys = restoreKeys(restore.metadata.name);
  try {
    const log = [
      ...applied.map(({ item, outcome }) =>
        logLine(now, 'info', `${item.object.kind} ${item.namespace ?? ''}/${item.name}: ${outcome}`),
      ),
      ...warnings.map(({ message }) => logLine(now, 'warning', message)),
      ...errors.map(({ message }) => logLine(now, 'error', message)),
    ];
    await store.put(keys.logs, await gzipText(log.join('')), signal);
    await store.put(
      keys.results,
      await gzipJson({ errors: messagesOf(errors), warnings: messagesOf(warnings) }),
      signal,
    );
    const list = resourceList(applied.map(({ item, outcome }) => ({ item, suffix: outcome })));
    await store.put(keys.resourceList, await gzipJson(list), signal);
    await store.put(keys.itemOperations, await gzipJson([]), signal);
    await store.put(keys.volumeInfo, await gzipJson([]), signal);
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    warnings.push({ message: `The record of this restore was not stored: ${error.message}` });
  }
  const restored = applied.filter(({ outcome }) => outcome !== 'failed').length;
  return {
    phase: errors.length > 0 ? 'PartiallyFailed' : 'Completed',
    completionTimestamp: now,
    errors: errors.length,
    warnings: warnings.length,
    progress: { totalItems: applied.length, itemsRestored: restored },
  };
}
