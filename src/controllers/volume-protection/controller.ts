// Which change wakes which claim or volume? Keeps claims and volumes that are in use, as the protection
// controllers of Kubernetes.

import { keyOf } from '../../apimachinery/meta.ts';
import { claimKeyOf, claimKeysOf } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { persistentVolumeClaims, persistentVolumes, pods } from '../../apis/resources.ts';
import { finalizers } from '../../apis/storage/names.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Client } from '../../client/types.ts';
import { patchSeen, withFinalizer, withoutFinalizer } from '../../client/write-seen.ts';
import { isUsing, reconcileClaim, reconcileVolume, type Step } from './reconcile.ts';

const claimPrefix = 'claim/';
const volumePrefix = 'volume/';
const never: Outcome = { requeue: 'never' };

export interface VolumeProtectionOptions {
  /** Provisioners that take their annotation off a dying claim once no volume can be in the making for it. */
  provisioners?: string[];
}

/** Adds the protection finalizers where they are missing and removes them from what is deleted and not in use. */
export function volumeProtectionController(
  deps: ControllerDeps,
  { provisioners = [] }: VolumeProtectionOptions = {},
): Controller {
  const claims = deps.informers.of(persistentVolumeClaims);
  const volumes = deps.informers.of(persistentVolumes);
  const podCache = deps.informers.of(pods);
  const { client } = deps;
  return keyedController(
    {
      name: 'volume-protection',
      concurrency: 4,
      watch: (enqueue) => {
        claims.onChange(({ object }) => enqueue(claimPrefix + keyOf(object)));
        volumes.onChange(({ object }) => {
          enqueue(volumePrefix + object.metadata.name);
          const claimKey = claimKeyOf(object);
          if (claimKey !== undefined) enqueue(claimPrefix + claimKey);
        });
        podCache.onChange(({ object }) => {
          for (const claimKey of claimKeysOf(object)) enqueue(claimPrefix + claimKey);
        });
      },
      reconcileKey: async (key, signal) => {
        if (key.startsWith(claimPrefix)) {
          const claim = claims.get(key.slice(claimPrefix.length));
          if (!claim) return never;
          const provisioned = volumes.get(`pvc-${claim.metadata.uid}`);
          const view = { claim, pods: podCache.list(claim.metadata.namespace), provisioned, provisioners };
          return executeClaimStep(reconcileClaim(view), { claim, client }, signal);
        }
        const volume = volumes.get(key.slice(volumePrefix.length));
        return volume ? executeVolumeStep(reconcileVolume({ volume }), { volume, client }, signal) : never;
      },
    },
    deps,
  );
}

async function executeClaimStep(
  step: Step,
  { claim, client }: { claim: PersistentVolumeClaim; client: Client },
  signal: AbortSignal,
): Promise<Outcome> {
  const patch = { resource: persistentVolumeClaims, seen: claim } as const;
  switch (step.type) {
    case 'Settled':
    case 'Wait':
      return never;
    case 'Protect':
      await patchSeen(
        client,
        { ...patch, changes: { metadata: { finalizers: withFinalizer(claim, finalizers.claimProtection) } } },
        signal,
      );
      return never;
    case 'Release': {
      // A pod may have been created and scheduled since the watch last spoke.
      const { items } = await client.list(pods, { namespace: claim.metadata.namespace }, signal);
      if (items.some((pod) => isUsing(pod, claim))) return never;
      await patchSeen(
        client,
        { ...patch, changes: { metadata: { finalizers: withoutFinalizer(claim, finalizers.claimProtection) } } },
        signal,
      );
      return never;
    }
    default:
      return step satisfies never;
  }
}

async function executeVolumeStep(
  step: Step,
  { volume, client }: { volume: PersistentVolume; client: Client },
  signal: AbortSignal,
): Promise<Outcome> {
  const patch = { resource: persistentVolumes, seen: volume } as const;
  switch (step.type) {
    case 'Settled':
    case 'Wait':
      return never;
    case 'Protect':
      await patchSeen(
        client,
        { ...patch, changes: { metadata: { finalizers: withFinalizer(volume, finalizers.volumeProtection) } } },
        signal,
      );
      return never;
    case 'Release':
      await patchSeen(
        client,
        { ...patch, changes: { metadata: { finalizers: withoutFinalizer(volume, finalizers.volumeProtection) } } },
        signal,
      );
      return never;
    default:
      return step satisfies never;
  }
}
