// What is written down when a backup starts? Where it goes, how long it is kept, and what Velero's defaults are. Pure.

import {
  type Backup,
  type BackupSpec,
  type BackupStatus,
  type BackupStorageLocation,
  backupFormatVersion,
  veleroKeys,
} from '../../apis/velero/types.ts';
import { goDurationOr } from '../../backup/duration.ts';
import { moverName } from '../../backup/movement-object.ts';
import { backupFinalizer } from '../../backup/progress.ts';
import { labelValueOf } from '../../backup/rewrite.ts';
import { rfc3339 } from '../../base/clock.ts';
import { type Changes, withFinalizer } from '../../client/write-seen.ts';

/** Source: the defaults of Velero's server. */
const defaultDurations = { ttl: '720h0m0s', csiSnapshotTimeout: '10m0s', itemOperationTimeout: '4h0m0s' };

/** The changes that make a Backup one that runs. */
export function startOf(backup: Backup, location: BackupStorageLocation | undefined, nowMs: number): Changes {
  const storageLocation = location?.metadata.name ?? '';
  const durations = withDefaults(backup.spec ?? {});
  const status: BackupStatus = {
    phase: 'InProgress',
    version: 1,
    formatVersion: backupFormatVersion,
    startTimestamp: rfc3339(nowMs),
    expiration: rfc3339(nowMs + goDurationOr(durations.ttl, 0)),
  };
  const metadata = {
    labels: { [veleroKeys.storageLocation]: labelValueOf(storageLocation) },
    finalizers: withFinalizer(backup, backupFinalizer),
  };
  const movesData = backup.spec?.snapshotVolumes !== false;
  const spec = { storageLocation, ...durations, ...(movesData && { snapshotMoveData: true, datamover: moverName }) };
  return { metadata, spec, status: { ...status } };
}

/** What is missing or not positive is Velero's default: its command sends `0s` for what nobody asked for. */
function withDefaults(spec: BackupSpec): typeof defaultDurations {
  const of = (field: keyof typeof defaultDurations): string =>
    goDurationOr(spec[field], 0) > 0 ? (spec[field] ?? '') : defaultDurations[field];
  return {
    ttl: of('ttl'),
    csiSnapshotTimeout: of('csiSnapshotTimeout'),
    itemOperationTimeout: of('itemOperationTimeout'),
  };
}
