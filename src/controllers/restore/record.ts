// What is left of a restore in the store? Its results, its log, the list of what it restored, and its volumes.

import { groupResourceOf } from '../../apimachinery/meta.ts';
import { namespaces } from '../../apis/resources.ts';
import type { DataDownload } from '../../apis/velero/data-types.ts';
import type { Restore, RestoreStatus } from '../../apis/velero/types.ts';
import {
  gzipJson,
  gzipText,
  type LogEntry,
  logText,
  messagesOf,
  type Problem,
  type RestoreVolumeInfo,
} from '../../backup/documents.ts';
import { type BackupItem, resourceList } from '../../backup/items.ts';
import { restoreKeys } from '../../backup/layout.ts';
import { moverName } from '../../backup/movement-object.ts';
import { type ObjectStore, ObjectStoreError } from '../../backup/object-store.ts';
import { downloadOperation } from '../../backup/operations.ts';
import { mappedNamespace } from '../../backup/rewrite.ts';
import { rfc3339 } from '../../base/clock.ts';
import type { AppliedItem } from './execute.ts';

export interface RecordOptions {
  restore: Restore;
  store: ObjectStore;
  applied: AppliedItem[];
  downloads: DataDownload[];
  /** Errors beside those of single items. */
  errors: Problem[];
  nowMs: number;
}

/**
 * Stores the record and returns the restore's final status. A store that takes no record (a read-only one, after a
 * disaster) does not undo the restore: that is a warning.
 */
export async function recordRestore(options: RecordOptions, signal: AbortSignal): Promise<RestoreStatus> {
  const { restore, store, downloads, nowMs } = options;
  const mapping = restore.spec?.namespaceMapping ?? {};
  const applied = options.applied.map((each) => ({ ...each, item: asRestored(each.item, mapping) }));
  const about = ({ namespace }: BackupItem, message: string): Problem =>
    namespace === undefined ? { message } : { namespace, message };
  const errors = [
    ...options.errors.map((problem) => withTarget(problem, mapping)),
    ...applied.flatMap(({ item, error }) => (error ? [about(item, error)] : [])),
  ];
  const warnings = applied.flatMap(({ item, warning }) => (warning ? [about(item, warning)] : []));
  const now = rfc3339(nowMs);
  const phase = errors.length > 0 ? 'PartiallyFailed' : 'Completed';
  const log = logOf({ ...options, applied }, { errors, warnings, phase });
  const files = restoreFiles(restore, { applied, downloads, errors, warnings, log });
  try {
    for (const [key, content] of Object.entries(files)) await store.put(key, await content, signal);
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
    warnings.push({ message: `The record of this restore was not stored: ${error.message}` });
  }
  const restored = applied.filter(({ outcome }) => outcome !== 'failed').length;
  const moved = downloads.filter(({ status }) => status?.phase === 'Completed').length;
  return {
    phase,
    completionTimestamp: now,
    errors: errors.length,
    warnings: warnings.length,
    progress: { totalItems: applied.length, itemsRestored: restored },
    restoreItemOperationsAttempted: downloads.length,
    restoreItemOperationsCompleted: moved,
    restoreItemOperationsFailed: downloads.length - moved,
  };
}

/** Stores why a restore failed. A store that takes no record changes nothing about that. */
export async function recordFailedRestore(
  { restore, store, now, message }: { restore: Restore; store: ObjectStore; now: string; message: string },
  signal: AbortSignal,
): Promise<void> {
  const errors = [{ message }];
  const log: LogEntry[] = [started(restore, now), { time: now, level: 'error', message }];
  const files = restoreFiles(restore, { applied: [], downloads: [], errors, warnings: [], log });
  try {
    for (const [key, content] of Object.entries(files)) await store.put(key, await content, signal);
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
  }
}

interface Told {
  applied: AppliedItem[];
  downloads: DataDownload[];
  errors: Problem[];
  warnings: Problem[];
  log: LogEntry[];
}

function restoreFiles(restore: Restore, told: Told): Record<string, Promise<Uint8Array>> {
  const keys = restoreKeys(restore.metadata.name);
  const list = resourceList(told.applied.map(({ item, outcome }) => ({ item, suffix: outcome })));
  return {
    [keys.logs]: gzipText(logText(told.log)),
    [keys.results]: gzipJson({ errors: messagesOf(told.errors), warnings: messagesOf(told.warnings) }),
    [keys.resourceList]: gzipJson(list),
    [keys.itemOperations]: gzipJson(told.downloads.map((download) => downloadOperation(restore, download))),
    [keys.volumeInfo]: gzipJson(told.downloads.map(volumeInfo)),
  };
}

/** The item where it was restored to. */
function asRestored(item: BackupItem, mapping: Record<string, string>): BackupItem {
  if (item.namespace !== undefined) return { ...item, namespace: mappedNamespace(item.namespace, mapping) };
  const isNamespace = item.groupResource === groupResourceOf(namespaces);
  return isNamespace ? { ...item, name: mappedNamespace(item.name, mapping) } : item;
}

function withTarget({ namespace, message }: Problem, mapping: Record<string, string>): Problem {
  return namespace === undefined ? { message } : { namespace: mappedNamespace(namespace, mapping), message };
}

function volumeInfo({ metadata, spec, status }: DataDownload): RestoreVolumeInfo {
  return {
    pvcName: spec?.targetVolume.pvc ?? '',
    pvcNamespace: spec?.targetVolume.namespace ?? '',
    restoreMethod: 'CSISnapshot',
    snapshotDataMoved: true,
    snapshotDataMovementInfo: {
      dataMover: moverName,
      uploaderType: 'restic',
      snapshotHandle: spec?.snapshotID ?? '',
      operationID: metadata.name,
      size: status?.progress?.totalBytes ?? spec?.snapshotSize ?? 0,
      Phase: status?.phase ?? '',
    },
  };
}

function started({ metadata, spec, status }: Restore, now: string): LogEntry {
  const message = `Restore ${metadata.name} of backup ${spec?.backupName} started`;
  return { time: status?.startTimestamp ?? now, level: 'info', message };
}

function logOf(
  { restore, applied, downloads, nowMs }: RecordOptions,
  { errors, warnings, phase }: { errors: Problem[]; warnings: Problem[]; phase: string },
): LogEntry[] {
  const now = rfc3339(nowMs);
  const place = ({ namespace, name }: BackupItem): string => (namespace === undefined ? name : `${namespace}/${name}`);
  return [
    started(restore, now),
    ...downloads.flatMap((download) => downloadEntries(download, now)),
    ...applied.map(
      ({ item, outcome }): LogEntry => ({
        time: now,
        level: 'info',
        message: `${item.object.kind} ${place(item)}: ${outcome}`,
      }),
    ),
    ...warnings.map(({ message }): LogEntry => ({ time: now, level: 'warning', message })),
    ...errors.map(({ message }): LogEntry => ({ time: now, level: 'error', message })),
    {
      time: now,
      level: 'info',
      message: `Restore ${restore.metadata.name} ended ${phase} with ${applied.length} items`,
    },
  ];
}

function downloadEntries({ metadata, spec, status }: DataDownload, now: string): LogEntry[] {
  const claim = `claim ${spec?.targetVolume.namespace}/${spec?.targetVolume.pvc}`;
  const { startTimestamp, completionTimestamp, node, progress } = status ?? {};
  const begun = `Restoring the data of ${claim} on node ${node} (DataDownload ${metadata.name})`;
  const ended = `Restored ${progress?.totalBytes ?? 0} bytes of ${claim} from restic snapshot ${spec?.snapshotID}`;
  return [
    ...(startTimestamp ? [{ time: startTimestamp, level: 'info' as const, message: begun }] : []),
    ...(status?.phase === 'Completed'
      ? [{ time: completionTimestamp ?? now, level: 'info' as const, message: ended }]
      : []),
  ];
}
