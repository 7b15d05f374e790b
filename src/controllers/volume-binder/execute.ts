// Does what a step of the binder says.

import { isStatus } from '../../apimachinery/status-error.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../apis/resources.ts';
import { annotations } from '../../apis/storage/names.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { patchSeen } from '../../client/write-seen.ts';
import type { ClaimStep, Notice } from './reconcile-claim.ts';
import type { VolumeStep } from './reconcile-volume.ts';

export interface Edge {
  client: Client;
  recorder: Recorder;
}

const again: Outcome = { requeue: 'now' };
const never: Outcome = { requeue: 'never' };

/** Executes one step of `claim`. Rejects with StatusError `Conflict` if the step was decided on a stale view. */
export async function executeClaimStep(
  step: ClaimStep,
  { claim, edge }: { claim: PersistentVolumeClaim; edge: Edge },
  signal: AbortSignal,
): Promise<Outcome> {
  const { client, recorder } = edge;
  const patch = { resource: persistentVolumeClaims, seen: claim } as const;
  switch (step.type) {
    case 'Settled':
      return never;
    case 'Wait':
      if (step.notice) recorder.event(claim, step.notice);
      return never;
    case 'AssignDefaultClass':
      await patchSeen(client, { ...patch, changes: { spec: { storageClassName: step.className } } }, signal);
      return again;
    case 'HandOver': {
      const handedOver = {
        [annotations.storageProvisioner]: step.provisioner,
        [annotations.storageProvisionerBeta]: step.provisioner,
      };
      await patchSeen(client, { ...patch, changes: { metadata: { annotations: handedOver } } }, signal);
      recorder.event(claim, externalProvisioning(step.provisioner));
      return never;
    }
    case 'ReserveVolume':
      await reserve({ volume: step.volume, claim, isByController: step.isByController }, client, signal);
      return again;
    case 'FinishBinding':
      await finish({ volume: step.volume, claim, isByController: step.isByController }, client, signal);
      return again;
    case 'ReportBound':
      await reportBound({ claim, volume: step.volume }, client, signal);
      return again;
    case 'ReportLost': {
      const status = { phase: 'Lost', accessModes: null, capacity: null };
      await patchSeen(client, { ...patch, changes: { status }, subresource: 'status' }, signal);
      recorder.event(claim, step.notice);
      return again;
    }
    default:
      return step satisfies never;
  }
}

/** Executes one step of `volume`. Rejects as `executeClaimStep` does. */
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
    case 'SetPhase':
      await patchSeen(client, { ...patch, changes: { status: { phase: step.phase } }, subresource: 'status' }, signal);
      if (step.notice) recorder.event(volume, step.notice);
      return again;
    case 'Release':
      // A watch that lags must not release a volume that is in use.
      if (await isStillClaimed(volume, client, signal)) return { requeue: 'after', delayMs: staleViewDelayMs };
      await patchSeen(client, { ...patch, changes: { status: { phase: 'Released' } }, subresource: 'status' }, signal);
      return again;
    case 'Unreserve': {
      const spec = { claimRef: step.keepsName ? { uid: null, resourceVersion: null } : null };
      const metadata = { annotations: { [annotations.boundByController]: null } };
      await patchSeen(client, { ...patch, changes: { spec, metadata } }, signal);
      return again;
    }
    default:
      return step satisfies never;
  }
}

/** How long to wait for a watch that showed less than a live read. */
const staleViewDelayMs = 200;

interface Binding {
  volume: PersistentVolume;
  claim: PersistentVolumeClaim;
  /** Did we choose the partner, and not the user? */
  isByController: boolean;
}

async function reserve({ volume, claim, isByController }: Binding, client: Client, signal: AbortSignal): Promise<void> {
  const { name, namespace, uid, resourceVersion } = claim.metadata;
  const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion };
  const metadata = isByController ? { annotations: { [annotations.boundByController]: 'yes' } } : {};
  const changes = { spec: { claimRef }, metadata };
  await patchSeen(client, { resource: persistentVolumes, seen: volume, changes }, signal);
}

async function finish({ volume, claim, isByController }: Binding, client: Client, signal: AbortSignal): Promise<void> {
  const marks = {
    [annotations.bindCompleted]: 'yes',
    ...(isByController && { [annotations.boundByController]: 'yes' }),
  };
  const changes = { spec: { volumeName: volume.metadata.name }, metadata: { annotations: marks } };
  const bound = await patchSeen(client, { resource: persistentVolumeClaims, seen: claim, changes }, signal);
  if (bound.status?.phase !== 'Bound') await reportBound({ claim: bound, volume }, client, signal);
}

/** Capacity is reported once, on binding: later it is for whoever grows the volume to say. */
async function reportBound(
  { claim, volume }: Pick<Binding, 'claim' | 'volume'>,
  client: Client,
  signal: AbortSignal,
): Promise<void> {
  const status = { phase: 'Bound', accessModes: volume.spec?.accessModes, capacity: volume.spec?.capacity };
  await patchSeen(
    client,
    { resource: persistentVolumeClaims, seen: claim, changes: { status }, subresource: 'status' },
    signal,
  );
}

async function isStillClaimed(volume: PersistentVolume, client: Client, signal: AbortSignal): Promise<boolean> {
  const { name = '', namespace, uid } = volume.spec?.claimRef ?? {};
  try {
    const claim = await client.get(persistentVolumeClaims, { namespace, name }, signal);
    const volumeName = claim.spec?.volumeName;
    return claim.metadata.uid === uid && (!volumeName || volumeName === volume.metadata.name);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return false;
    throw error;
  }
}

function externalProvisioning(provisioner: string): Notice {
  return {
    type: 'Normal',
    reason: 'ExternalProvisioning',
    message:
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the ` +
      'system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.',
  };
}
