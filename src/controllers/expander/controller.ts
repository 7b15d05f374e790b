// Which change wakes which claim? Grows volumes in the storage, as external-resizer.

import { keyOf } from '../../apimachinery/meta.ts';
import { claimKeyOf } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../apis/resources.ts';
import type { Controller, ControllerDeps } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { CsiDriver } from '../../csi/client.ts';
import { type Edge, execute } from './execute.ts';
import { reconcile } from './reconcile.ts';

export interface ExpanderOptions {
  csi: CsiDriver;
  /** Name of the driver. */
  driver: string;
  concurrency?: number;
  timeoutMs?: number;
}

/** Grows each bound volume of the driver to what its claim asks for. */
export function expanderController(
  deps: ControllerDeps,
  { csi, driver, concurrency = 4, timeoutMs = 10_000 }: ExpanderOptions,
): Controller {
  const claims = deps.informers.of(persistentVolumeClaims);
  const volumes = deps.informers.of(persistentVolumes);
  const edge: Edge = {
    client: deps.client,
    recorder: deps.recorder(`external-resizer ${driver}`),
    clock: deps.clock,
    csi,
    timeoutMs,
  };
  return keyedController(
    {
      name: 'expander',
      concurrency,
      watch: (enqueue) => {
        claims.onChange(({ object, previous }) => {
          // Our own report of a failure must not defeat the backoff.
          if (!previous || relevant(object) !== relevant(previous)) enqueue(keyOf(object));
        });
        volumes.onChange(({ object }) => {
          const claimKey = claimKeyOf(object);
          if (claimKey !== undefined) enqueue(claimKey);
        });
      },
      reconcileKey: async (key, signal) => {
        const claim = claims.get(key);
        if (!claim) return { requeue: 'never' };
        const volume = volumes.get(claim.spec?.volumeName ?? '');
        return execute(reconcile({ driver, claim, volume }), { claim, edge }, signal);
      },
    },
    deps,
  );
}

function relevant({ metadata, spec, status }: PersistentVolumeClaim): string {
  const { phase, capacity, allocatedResources, allocatedResourceStatuses } = status ?? {};
  const { uid, deletionTimestamp } = metadata;
  return JSON.stringify({
    uid,
    deletionTimestamp,
    spec,
    phase,
    capacity,
    allocatedResources,
    allocatedResourceStatuses,
  });
}
