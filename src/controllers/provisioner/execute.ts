// Does what a step of the provisioner says: makes and deletes volumes, and the objects that name them.

import { isStatus } from '../../apimachinery/status-error.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { capabilitiesFor } from '../../apis/core/volume-capability.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../apis/resources.ts';
import { annotations, finalizers } from '../../apis/storage/names.ts';
import type { Clock } from '../../base/clock.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { deleteSeen, patchSeen, withFinalizer, withoutFinalizer } from '../../client/write-seen.ts';
import type { CsiDriver } from '../../csi/client.ts';
import { describeRpcError } from '../../csi/describe-error.ts';
import { RpcError } from '../../csi/rpc-error.ts';
import type { CreateVolumeRequest, Outgoing, Volume } from '../../csi/types.ts';
import { provisioningState } from './failure.ts';
import type { ClaimStep, VolumeOrder } from './reconcile-claim.ts';
import type { VolumeStep } from './reconcile-volume.ts';
import type { Refusals } from './refusals.ts';
import { persistentVolumeFor } from './volume.ts';

export interface Edge {
  client: Client;
  recorder: Recorder;
  clock: Clock;
  csi: CsiDriver;
  driver: string;
  /** How long one CSI call may take; upstream's default is 15 s. */
  timeoutMs: number;
  /** Does the driver tell SINGLE_NODE_MULTI_WRITER from SINGLE_NODE_SINGLE_WRITER? */
  hasSingleNodeMultiWriter: boolean;
  refusals: Refusals;
}

const again: Outcome = { requeue: 'now' };
const never: Outcome = { requeue: 'never' };

/** Executes one step of `claim`. Rejects with RpcError when the same call has to be made again later. */
export async function executeClaimStep(
  step: ClaimStep,
  { claim, edge }: { claim: PersistentVolumeClaim; edge: Edge },
  signal: AbortSignal,
): Promise<Outcome> {
  const { client, recorder } = edge;
  switch (step.type) {
    case 'Settled':
    case 'Wait':
      return never;
    case 'Refuse':
      recorder.event(claim, failed(claim, step.message));
      // What is missing may live in an object that wakes nobody here.
      return { requeue: 'after', delayMs: refusedDelayMs };
    case 'Reschedule':
      if (edge.refusals.waitMs(claim.metadata.uid) > 0) return later(claim, edge);
      edge.refusals.note(claim.metadata.uid);
      recorder.event(claim, failed(claim, step.message));
      await dropSelectedNode(claim, client, signal);
      return never;
    case 'ProtectSource': {
      const changes = { metadata: { finalizers: withFinalizer(step.claim, finalizers.cloningProtection) } };
      await patchSeen(client, { resource: persistentVolumeClaims, seen: step.claim, changes }, signal);
      return again;
    }
    case 'ReleaseClaim': {
      const changes = { metadata: { finalizers: withoutFinalizer(claim, finalizers.cloningProtection) } };
      await patchSeen(client, { resource: persistentVolumeClaims, seen: claim, changes }, signal);
      return again;
    }
    case 'Provision':
      return provision(step.order, { claim, edge }, signal);
    case 'Abandon':
      return abandon(step.order, { claim, edge }, signal);
    default:
      return step satisfies never;
  }
}

const refusedDelayMs = 1_000;

interface ClaimEdge {
  claim: PersistentVolumeClaim;
  edge: Edge;
}

/** CreateVolume under a name that the claim's UID gives, then the object: a repeat after a crash finds the same volume. */
async function provision(order: VolumeOrder, { claim, edge }: ClaimEdge, signal: AbortSignal): Promise<Outcome> {
  const { client, recorder, clock } = edge;
  const { namespace, name } = claim.metadata;
  if (edge.refusals.waitMs(claim.metadata.uid) > 0) return later(claim, edge);
  recorder.event(claim, {
    type: 'Normal',
    reason: 'Provisioning',
    message: `External provisioner is provisioning volume for claim "${namespace}/${name}"`,
  });
  let made: Volume;
  const startedMs = clock.monotonic();
  try {
    made = await createVolume(order, edge, signal);
  } catch (error) {
    return provisioningFailed(error, { claim, edge }, signal);
  }
  const createVolumeMs = clock.monotonic() - startedMs;
  edge.refusals.forget(claim.metadata.uid);
  const unusable = whyUnusable(made, order);
  if (unusable !== undefined) {
    await deleteVolume(made.volumeId, edge, signal);
    recorder.event(claim, failed(claim, unusable));
    return { requeue: 'after', delayMs: refusedDelayMs };
  }
  const draft = persistentVolumeFor({ driver: edge.driver, claim, order, made, createVolumeMs });
  try {
    await client.create(persistentVolumes, draft, signal);
  } catch (error) {
    // Another pass has saved it; the name stands for this claim's UID.
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
  recorder.event(claim, {
    type: 'Normal',
    reason: 'ProvisioningSucceeded',
    message: `Successfully provisioned volume ${order.name}`,
  });
  return again;
}

function later(claim: PersistentVolumeClaim, { refusals }: Edge): Outcome {
  return { requeue: 'after', delayMs: refusals.waitMs(claim.metadata.uid) };
}

async function provisioningFailed(error: unknown, { claim, edge }: ClaimEdge, signal: AbortSignal): Promise<Outcome> {
  signal.throwIfAborted();
  const hasSelectedNode = claim.metadata.annotations?.[annotations.selectedNode] !== undefined;
  edge.recorder.event(claim, failed(claim, describeRpcError(error)));
  if (provisioningState(error, { hasSelectedNode }) === 'Reschedule') {
    edge.refusals.note(claim.metadata.uid);
    await dropSelectedNode(claim, edge.client, signal);
    return never;
  }
  throw error;
}

/** A driver that ignores a source or a size has made another volume than was asked for. */
function whyUnusable(made: Volume, order: VolumeOrder): string | undefined {
  if (made.capacityBytes !== 0 && made.capacityBytes < order.requiredBytes) {
    return `created volume capacity ${made.capacityBytes} less than requested capacity ${order.requiredBytes}`;
  }
  if (order.contentSource && !made.contentSource) {
    return 'volume content source missing: the driver did not report the source that it was asked to copy';
  }
  return undefined;
}

/**
 * A volume may have been made for a claim that is now going: the same CreateVolume finds it, and it is deleted
 * before the claim is let go. Without this the volume would be left with no object that names it.
 */
async function abandon(order: VolumeOrder, { claim, edge }: ClaimEdge, signal: AbortSignal): Promise<Outcome> {
  try {
    const made = await createVolume(order, edge, signal);
    await deleteVolume(made.volumeId, edge, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (provisioningState(error, { hasSelectedNode: false }) === 'InBackground') throw error;
  }
  const handedOver = { [annotations.storageProvisioner]: null, [annotations.storageProvisionerBeta]: null };
  const changes = { metadata: { annotations: handedOver } };
  await patchSeen(edge.client, { resource: persistentVolumeClaims, seen: claim, changes }, signal);
  return again;
}

/** Executes one step of `volume`. Rejects with RpcError when the same call has to be made again later. */
export async function executeVolumeStep(
  step: VolumeStep,
  { volume, edge }: { volume: PersistentVolume; edge: Edge },
  signal: AbortSignal,
): Promise<Outcome> {
  const { client, recorder } = edge;
  const patch = { resource: persistentVolumes, seen: volume } as const;
  switch (step.type) {
    case 'Settled':
      return never;
    case 'AddFinalizer':
      await patchSeen(
        client,
        { ...patch, changes: { metadata: { finalizers: withFinalizer(volume, finalizers.provisioner) } } },
        signal,
      );
      return again;
    case 'RemoveFinalizer':
      await patchSeen(
        client,
        { ...patch, changes: { metadata: { finalizers: withoutFinalizer(volume, finalizers.provisioner) } } },
        signal,
      );
      return again;
    case 'DeleteVolume':
      try {
        await deleteVolume(step.volumeHandle, edge, signal);
      } catch (error) {
        signal.throwIfAborted();
        recorder.event(volume, { type: 'Warning', reason: 'VolumeFailedDelete', message: describeRpcError(error) });
        throw error;
      }
      await releaseObject(volume, client, signal);
      return never;
    default:
      return step satisfies never;
  }
}

async function releaseObject(volume: PersistentVolume, client: Client, signal: AbortSignal): Promise<void> {
  if (!volume.metadata.deletionTimestamp)
    await deleteSeen(client, { resource: persistentVolumes, seen: volume }, signal);
  // Whoever protects the volume takes a finalizer off at the same moment. A repeat here spares a repeated DeleteVolume.
  for (let attempt = 1; ; attempt++) {
    try {
      const now = await client.get(persistentVolumes, { name: volume.metadata.name }, signal);
      if (now.metadata.uid !== volume.metadata.uid) return;
      const changes = { metadata: { finalizers: withoutFinalizer(now, finalizers.provisioner) } };
      await patchSeen(client, { resource: persistentVolumes, seen: now, changes }, signal);
      return;
    } catch (error) {
      if (isStatus(error, 'NotFound')) return;
      if (!isStatus(error, 'Conflict') || attempt >= releaseAttemptsMax) throw error;
    }
  }
}

const releaseAttemptsMax = 5;

async function createVolume(order: VolumeOrder, edge: Edge, signal: AbortSignal): Promise<Volume> {
  const { accessModes, volumeMode, fsType, mountOptions } = order;
  const { hasSingleNodeMultiWriter } = edge;
  const request: Outgoing<CreateVolumeRequest> & Pick<CreateVolumeRequest, 'name'> = {
    name: order.name,
    capacityRange: { requiredBytes: order.requiredBytes },
    parameters: order.parameters,
    ...(order.contentSource && { volumeContentSource: order.contentSource }),
    ...(order.topology && { accessibilityRequirements: order.topology }),
  };
  const volumeCapabilities = capabilitiesFor({
    accessModes,
    volumeMode,
    fsType,
    mountOptions,
    hasSingleNodeMultiWriter,
  });
  const { volume } = await edge.csi.controller.createVolume(
    { ...request, volumeCapabilities },
    { signal, timeoutMs: edge.timeoutMs },
  );
  if (!volume?.volumeId) throw new RpcError('INTERNAL', 'CreateVolume answered without a volume');
  return volume;
}

async function deleteVolume(volumeId: string, { csi, timeoutMs }: Edge, signal: AbortSignal): Promise<void> {
  await csi.controller.deleteVolume({ volumeId }, { signal, timeoutMs });
}

async function dropSelectedNode(claim: PersistentVolumeClaim, client: Client, signal: AbortSignal): Promise<void> {
  const changes = { metadata: { annotations: { [annotations.selectedNode]: null } } };
  await patchSeen(client, { resource: persistentVolumeClaims, seen: claim, changes }, signal);
}

function failed(claim: PersistentVolumeClaim, why: string): { type: 'Warning'; reason: string; message: string } {
  const className = claim.spec?.storageClassName ?? '';
  return {
    type: 'Warning',
    reason: 'ProvisioningFailed',
    message: `failed to provision volume with StorageClass "${className}": ${why}`,
  };
}
