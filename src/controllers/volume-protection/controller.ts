// Which change wakes which claim, volume or class of attributes? Keeps those that are in use, as the protection
// controllers of Kubernetes.

import { type KubeObject, keyOf, type Resource } from '../../apimachinery/meta.ts';
import { claimKeyOf, claimKeysOf } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { persistentVolumeClaims, persistentVolumes, pods, volumeAttributesClasses } from '../../apis/resources.ts';
import type { VolumeAttributesClass } from '../../apis/storage/generated/v1.ts';
import { finalizers } from '../../apis/storage/names.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Client } from '../../client/types.ts';
import { patchSeen, withFinalizer, withoutFinalizer } from '../../client/write-seen.ts';
import {
  attributesClassesOf,
  isUsing,
  reconcileAttributesClass,
  reconcileClaim,
  reconcileVolume,
  type Step,
} from './reconcile.ts';

const claimPrefix = 'claim/';
const volumePrefix = 'volume/';
const classPrefix = 'class/';
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
  const classes = deps.informers.of(volumeAttributesClasses);
  const { client } = deps;
  return keyedController(
    {
      name: 'volume-protection',
      concurrency: 4,
      watch: (enqueue) => {
        const wakeClasses = (...objects: (PersistentVolumeClaim | PersistentVolume)[]): void => {
          for (const name of new Set(objects.flatMap(attributesClassesOf))) enqueue(classPrefix + name);
        };
        classes.onChange(({ object }) => enqueue(classPrefix + object.metadata.name));
        claims.onChange(({ object, previous }) => {
          enqueue(claimPrefix + keyOf(object));
          wakeClasses(object, ...(previous ? [previous] : []));
        });
        volumes.onChange(({ object, previous }) => {
          enqueue(volumePrefix + object.metadata.name);
          wakeClasses(object, ...(previous ? [previous] : []));
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
          return execute(reconcileClaim(view), protectedClaim(claim, client), signal);
        }
        if (key.startsWith(classPrefix)) {
          const attributesClass = classes.get(key.slice(classPrefix.length));
          if (!attributesClass) return never;
          const view = { attributesClass, claims: claims.list(), volumes: volumes.list() };
          return execute(reconcileAttributesClass(view), protectedClass(attributesClass, client), signal);
        }
        const volume = volumes.get(key.slice(volumePrefix.length));
        return volume ? execute(reconcileVolume({ volume }), protectedVolume(volume, client), signal) : never;
      },
    },
    deps,
  );
}

/** One object, and how its protection is put on and taken off. */
interface Protected<T extends KubeObject> {
  client: Client;
  resource: Resource<T>;
  object: T;
  finalizer: string;
  /** A last look, past the caches. */
  isInUse: (signal: AbortSignal) => Promise<boolean>;
}

function protectedClaim(claim: PersistentVolumeClaim, client: Client): Protected<PersistentVolumeClaim> {
  return {
    client,
    resource: persistentVolumeClaims,
    object: claim,
    finalizer: finalizers.claimProtection,
    // A pod may have been created and scheduled since the watch last spoke.
    isInUse: async (signal) => {
      const { items } = await client.list(pods, { namespace: claim.metadata.namespace }, signal);
      return items.some((pod) => isUsing(pod, claim));
    },
  };
}

function protectedVolume(volume: PersistentVolume, client: Client): Protected<PersistentVolume> {
  return {
    client,
    resource: persistentVolumes,
    object: volume,
    finalizer: finalizers.volumeProtection,
    // The write carries the revision on which the volume was seen unbound.
    isInUse: async () => false,
  };
}

function protectedClass(attributesClass: VolumeAttributesClass, client: Client): Protected<VolumeAttributesClass> {
  return {
    client,
    resource: volumeAttributesClasses,
    object: attributesClass,
    finalizer: finalizers.attributesClassProtection,
    // A claim or a volume may have come to name it since the watches last spoke.
    isInUse: async (signal) => {
      const found = await Promise.all([
        client.list(persistentVolumeClaims, {}, signal),
        client.list(persistentVolumes, {}, signal),
      ]);
      const named = found.flatMap(({ items }) => items.flatMap(attributesClassesOf));
      return named.includes(attributesClass.metadata.name);
    },
  };
}

async function execute<T extends KubeObject>(step: Step, target: Protected<T>, signal: AbortSignal): Promise<Outcome> {
  const { object, finalizer } = target;
  switch (step.type) {
    case 'Settled':
    case 'Wait':
      return never;
    case 'Protect':
      await setFinalizers(target, withFinalizer(object, finalizer), signal);
      return never;
    case 'Release':
      if (!(await target.isInUse(signal))) await setFinalizers(target, withoutFinalizer(object, finalizer), signal);
      return never;
    default:
      return step satisfies never;
  }
}

async function setFinalizers<T extends KubeObject>(
  { client, resource, object: seen }: Protected<T>,
  wanted: string[],
  signal: AbortSignal,
): Promise<void> {
  await patchSeen(client, { resource, seen, changes: { metadata: { finalizers: wanted } } }, signal);
}
