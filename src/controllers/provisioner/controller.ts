// Which change wakes which claim or volume? Makes and deletes volumes, as external-provisioner.

import { keyOf } from '../../apimachinery/meta.ts';
import { claimKeyOf } from '../../apis/core/claims.ts';
import {
  csiNodes,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
  volumeAttachments,
} from '../../apis/resources.ts';
import { volumeSnapshotContents, volumeSnapshots } from '../../apis/snapshot/types.ts';
import { annotations } from '../../apis/storage/names.ts';
import type { Controller, ControllerDeps, Outcome } from '../../client/controller.ts';
import { keyedController } from '../../client/keyed-controller.ts';
import type { Informers } from '../../client/types.ts';
import type { CsiDriver } from '../../csi/client.ts';
import { ensureCsiDriver } from './csi-driver-object.ts';
import { type Edge, executeClaimStep, executeVolumeStep } from './execute.ts';
import { reconcileClaim } from './reconcile-claim.ts';
import { reconcileVolume } from './reconcile-volume.ts';
import { Refusals } from './refusals.ts';
import { claimView, cloneSourceKey, type ViewOptions, volumeView } from './view.ts';

const claimPrefix = 'claim/';
const volumePrefix = 'volume/';
const never: Outcome = { requeue: 'never' };

export interface ProvisionerOptions {
  csi: CsiDriver;
  /** Name of the driver. */
  driver: string;
  /** Claims and volumes worked on at once: as many CSI calls are under way. */
  concurrency?: number;
  timeoutMs?: number;
}

/** Registers the driver, makes a volume for each claim that is handed to it, and deletes what is released. */
export function provisionerController(
  deps: ControllerDeps,
  { csi, driver, concurrency = 8, timeoutMs = 15_000 }: ProvisionerOptions,
): Controller {
  const caches = cachesOf(deps.informers);
  const recorder = deps.recorder(driver);
  const capabilities = driverCapabilities(csi, timeoutMs);
  const refusals = new Refusals(deps.clock);
  let isRegistered = false;

  const reconcileKey = async (key: string, signal: AbortSignal): Promise<Outcome> => {
    if (!isRegistered) {
      await ensureCsiDriver(deps.client, driver, signal);
      isRegistered = true;
    }
    const { hasTopology, hasSingleNodeMultiWriter } = await capabilities(signal);
    const options: ViewOptions = { driver, hasTopology };
    const edge: Edge = {
      client: deps.client,
      recorder,
      clock: deps.clock,
      csi,
      driver,
      timeoutMs,
      hasSingleNodeMultiWriter,
      refusals,
    };
    if (key.startsWith(claimPrefix)) {
      const claim = caches.claims.get(key.slice(claimPrefix.length));
      if (!claim) return never;
      return executeClaimStep(reconcileClaim(claimView(claim, caches, options)), { claim, edge }, signal);
    }
    const volume = caches.volumes.get(key.slice(volumePrefix.length));
    if (!volume) return never;
    return executeVolumeStep(reconcileVolume(volumeView(volume, caches, options)), { volume, edge }, signal);
  };

  return keyedController(
    { name: 'provisioner', concurrency, watch: (enqueue) => watch(caches, { driver, enqueue }), reconcileKey },
    deps,
  );
}

type Caches = ReturnType<typeof cachesOf>;

function cachesOf(informers: Informers) {
  return {
    claims: informers.of(persistentVolumeClaims),
    volumes: informers.of(persistentVolumes),
    classes: informers.of(storageClasses),
    nodes: informers.of(nodes),
    csiNodes: informers.of(csiNodes),
    attachments: informers.of(volumeAttachments),
    snapshots: informers.of(volumeSnapshots),
    contents: informers.of(volumeSnapshotContents),
  };
}

function watch(caches: Caches, { driver, enqueue }: { driver: string; enqueue: (key: string) => void }): void {
  const { claims, volumes } = caches;
  const wakePending = (): void => {
    for (const claim of claims.list()) {
      const handedTo = claim.metadata.annotations?.[annotations.storageProvisioner];
      if (!claim.spec?.volumeName && handedTo === driver) enqueue(claimPrefix + keyOf(claim));
    }
  };
  claims.onChange(({ object }) => {
    enqueue(claimPrefix + keyOf(object));
    const source = cloneSourceKey(object);
    if (source !== undefined) enqueue(claimPrefix + source);
  });
  volumes.onChange(({ object, type }) => {
    if (object.spec?.csi?.driver !== driver) return;
    enqueue(volumePrefix + object.metadata.name);
    const claimKey = claimKeyOf(object);
    if (type !== 'modified' && claimKey !== undefined) enqueue(claimPrefix + claimKey);
  });
  caches.attachments.onChange(({ object, type }) => {
    if (type === 'deleted' && object.spec.source.persistentVolumeName)
      enqueue(volumePrefix + object.spec.source.persistentVolumeName);
  });
  caches.classes.onChange(wakePending);
  caches.csiNodes.onChange(wakePending);
  caches.snapshots.onChange(({ object, previous }) => {
    if (object.status?.readyToUse !== previous?.status?.readyToUse) wakePending();
  });
}

interface Capabilities {
  hasTopology: boolean;
  hasSingleNodeMultiWriter: boolean;
}

/** What the driver can do, asked once it answers. */
function driverCapabilities(csi: CsiDriver, timeoutMs: number): (signal: AbortSignal) => Promise<Capabilities> {
  let known: Capabilities | undefined;
  return async (signal) => {
    if (known) return known;
    const [plugin, controller] = await Promise.all([
      csi.identity.getPluginCapabilities({}, { signal, timeoutMs }),
      csi.controller.controllerGetCapabilities({}, { signal, timeoutMs }),
    ]);
    known = {
      hasTopology: plugin.capabilities.some(({ service }) => service?.type === 'VOLUME_ACCESSIBILITY_CONSTRAINTS'),
      hasSingleNodeMultiWriter: controller.capabilities.some(({ rpc }) => rpc?.type === 'SINGLE_NODE_MULTI_WRITER'),
    };
    return known;
  };
}
