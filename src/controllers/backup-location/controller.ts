// Which change wakes which location? Watches over backup storage locations, and over the backups in them.

import { keyOf } from '../../apimachinery/meta.ts';
import { backupStorageLocations, backups } from '../../apis/velero/resources.ts';
import type { Backup, BackupStorageLocation } from '../../apis/velero/types.ts';
import { msOfDuration } from '../../backup/duration.ts';
import { filesystemProvider, type OpenStore } from '../../backup/location.ts';
import { type Clock, epochMsOf } from '../../base/clock.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import { executeStep, type LocationEdge } from './execute.ts';
import { type LocationView, reconcileLocation } from './reconcile.ts';

/** Velero's defaults. */
const defaultPeriodMs = 60_000;

export interface BackupLocationOptions {
  openStore: OpenStore;
  /** PEM of the authority by which downloads from a location can be trusted; locations that name none get it. */
  authority?: string;
}

/** Serves BackupStorageLocations of provider `amarre.io/filesystem`; others become Unavailable. */
export function backupLocationController(
  deps: ControllerDeps,
  { openStore, authority }: BackupLocationOptions,
): Controller {
  const locations = deps.informers.of(backupStorageLocations);
  const known = deps.informers.of(backups);
  // Generations that were looked at: a changed spec is looked at again at once.
  const validated = new Map<string, string>();
  const edge: LocationEdge = {
    ...deps,
    openStore,
    authority,
    recorder: deps.recorder('backup-location'),
    backupsOf: ({ metadata }) =>
      known.list(metadata.namespace).filter((backup: Backup) => backup.spec?.storageLocation === metadata.name),
  };
  return keyedController(
    {
      name: 'backup-location',
      watch: (enqueue) => locations.onChange(({ object }) => enqueue(keyOf(object))),
      reconcileKey: async (key, signal) => {
        const location = locations.get(key);
        if (!location) return { requeue: 'never' };
        const spec = JSON.stringify(location.spec);
        const step = reconcileLocation(
          locationView(location, {
            clock: deps.clock,
            isChanged: validated.get(key) !== spec,
            givesAuthority: authority !== undefined,
          }),
        );
        const outcome = await executeStep(step, { location, edge }, signal);
        if (step.type === 'Validate') validated.set(key, spec);
        return outcome;
      },
    },
    deps,
  );
}

function locationView(
  { metadata, spec, status }: BackupStorageLocation,
  { clock, isChanged, givesAuthority }: { clock: Clock; isChanged: boolean; givesAuthority: boolean },
): LocationView {
  const { caCert, caCertRef } = spec?.objectStorage ?? {};
  const since = (time: string | null | undefined): number | undefined =>
    time ? clock.now() - epochMsOf(time) : undefined;
  return {
    isDeleting: metadata.deletionTimestamp !== undefined,
    phase: status?.phase,
    // A restarted controller looks at once: the folder may have changed while nobody looked.
    sinceValidationMs: isChanged ? undefined : since(status?.lastValidationTime),
    sinceSyncMs: since(status?.lastSyncedTime),
    validationFrequencyMs: periodOf(spec?.validationFrequency),
    syncPeriodMs: periodOf(spec?.backupSyncPeriod),
    lacksAuthority: givesAuthority && spec?.provider === filesystemProvider && !caCert && !caCertRef,
  };
}

/** 0 switches off; what is no duration counts as not given. */
function periodOf(text: string | null | undefined): number {
  const parsed = text ? msOfDuration(text) : undefined;
  return parsed !== undefined && parsed >= 0 ? parsed : defaultPeriodMs;
}
