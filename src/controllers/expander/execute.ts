// Does what a step of the expander says.

import { bytesToQuantity, compareQuantities, parseQuantity, quantityToNumber } from '../../apimachinery/quantity.ts';
import { volumeModeOf } from '../../apis/core/claims.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { capabilityFor } from '../../apis/core/volume-capability.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../apis/resources.ts';
import { type Clock, rfc3339 } from '../../base/clock.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { patchSeen } from '../../client/write-seen.ts';
import type { CsiDriver } from '../../csi/client.ts';
import { describeRpcError } from '../../csi/describe-error.ts';
import { RpcError } from '../../csi/rpc-error.ts';
import type { Step } from './reconcile.ts';
import { failed, finished, inProgress, leftToNode } from './status.ts';

export interface Edge {
  client: Client;
  recorder: Recorder;
  clock: Clock;
  csi: CsiDriver;
  /** How long one CSI call may take; upstream's default is 10 s. */
  timeoutMs: number;
}

interface Scene {
  claim: PersistentVolumeClaim;
  edge: Edge;
}

/** Executes one step of `claim`. Rejects with RpcError when the same call has to be made again later. */
export async function execute(step: Step, { claim, edge }: Scene, signal: AbortSignal): Promise<Outcome> {
  switch (step.type) {
    case 'Settled':
      return { requeue: 'never' };
    case 'MarkInProgress': {
      const message = `External resizer is resizing volume ${claim.spec?.volumeName}`;
      await report(claim, inProgress({ claim, size: step.size, now: rfc3339(edge.clock.now()) }), { edge, signal });
      edge.recorder.event(claim, { type: 'Normal', reason: 'Resizing', message });
      return { requeue: 'now' };
    }
    case 'Expand':
      return expand(step, { claim, edge }, signal);
    default:
      return step satisfies never;
  }
}

async function expand(
  { size, volume }: Extract<Step, { type: 'Expand' }>,
  { claim, edge }: Scene,
  signal: AbortSignal,
): Promise<Outcome> {
  let grown: { capacityBytes: number; nodeExpansionRequired: boolean };
  try {
    grown = await controllerExpand(volume, quantityToNumber(size), { edge, signal });
  } catch (error) {
    signal.throwIfAborted();
    return expandFailed(error, { claim, edge }, signal);
  }
  const newSize = bytesToQuantity(Math.max(grown.capacityBytes, quantityToNumber(size)));
  await raiseCapacity(volume, newSize, { edge, signal });
  const now = rfc3339(edge.clock.now());
  if (grown.nodeExpansionRequired && volumeModeOf(volume) !== 'Block') {
    await report(claim, leftToNode({ claim, size: newSize, now }), { edge, signal });
    const message = 'Require file system resize of volume on node';
    edge.recorder.event(claim, { type: 'Normal', reason: 'FileSystemResizeRequired', message });
  } else {
    await report(claim, finished({ claim, size: newSize }), { edge, signal });
    edge.recorder.event(claim, {
      type: 'Normal',
      reason: 'VolumeResizeSuccessful',
      message: 'Resize volume succeeded',
    });
  }
  return { requeue: 'now' };
}

async function expandFailed(error: unknown, { claim, edge }: Scene, signal: AbortSignal): Promise<Outcome> {
  const why = describeRpcError(error);
  const message = `resize volume "${claim.spec?.volumeName}" by resizer failed: ${why}`;
  edge.recorder.event(claim, { type: 'Warning', reason: 'VolumeResizeFailed', message });
  const isInfeasible =
    error instanceof RpcError && ['INVALID_ARGUMENT', 'OUT_OF_RANGE', 'NOT_FOUND'].includes(error.code);
  await report(claim, failed({ claim, isInfeasible, message: why, now: rfc3339(edge.clock.now()) }), { edge, signal });
  if (isInfeasible) return { requeue: 'never' };
  throw error;
}

interface Call {
  edge: Edge;
  signal: AbortSignal;
}

async function controllerExpand(
  volume: PersistentVolume,
  requiredBytes: number,
  { edge, signal }: Call,
): Promise<{ capacityBytes: number; nodeExpansionRequired: boolean }> {
  const { volumeHandle = '', fsType } = volume.spec?.csi ?? {};
  const volumeCapability = capabilityFor({
    accessModes: volume.spec?.accessModes ?? [],
    volumeMode: volumeModeOf(volume),
    fsType,
    mountOptions: volume.spec?.mountOptions,
    hasSingleNodeMultiWriter: false,
  });
  const request = { volumeId: volumeHandle, capacityRange: { requiredBytes }, volumeCapability };
  return edge.csi.controller.controllerExpandVolume(request, { signal, timeoutMs: edge.timeoutMs });
}

async function raiseCapacity(volume: PersistentVolume, size: string, { edge, signal }: Call): Promise<void> {
  const have = parseQuantity(volume.spec?.capacity?.['storage'] ?? '0');
  if (compareQuantities(have, parseQuantity(size)) >= 0) return;
  const changes = { spec: { capacity: { storage: size } } };
  await patchSeen(edge.client, { resource: persistentVolumes, seen: volume, changes }, signal);
}

async function report(
  claim: PersistentVolumeClaim,
  status: Record<string, unknown>,
  { edge, signal }: Call,
): Promise<void> {
  await patchSeen(
    edge.client,
    { resource: persistentVolumeClaims, seen: claim, changes: { status }, subresource: 'status' },
    signal,
  );
}
