// How does a mounted file system take the size that its volume was given? NodeExpandVolume, then the claim says so.

import type { Pod } from '../../apis/core/generated/v1.ts';
import { persistentVolumeClaims } from '../../apis/resources.ts';
import type { Client, EventTarget, Recorder } from '../../client/types.ts';
import { describeRpcError } from '../../csi/describe-error.ts';
import type { CsiMounter } from './csi-mounter.ts';
import type { ResolvedVolume } from './desired.ts';

export interface ExpandDeps {
  mounter: Pick<CsiMounter, 'expand'>;
  client: Client;
  recorder: Recorder;
}

const conditionsDone = new Set(['FileSystemResizePending', 'Resizing', 'NodeResizeError']);

/** Grows the volume under its pod and writes the claim's capacity. Rejects, after an event, if either failed. */
export async function expandVolume(
  { volume, pod }: { volume: ResolvedVolume; pod: Pod | undefined },
  { mounter, client, recorder }: ExpandDeps,
  signal: AbortSignal,
): Promise<void> {
  const { claim, pv } = volume;
  const about: EventTarget[] = [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: claim.metadata }];
  if (pod) about.push({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata });
  try {
    await mounter.expand(volume, signal);
  } catch (error) {
    const message = `NodeExpandVolume.NodeExpandVolume failed for volume "${volume.pvName}" : ${describeRpcError(error)}`;
    for (const target of about) recorder.event(target, { type: 'Warning', reason: 'VolumeResizeFailed', message });
    throw error;
  }
  const status = {
    capacity: { ...claim.status?.capacity, storage: pv.spec?.capacity?.['storage'] },
    allocatedResourceStatuses: { storage: null },
    conditions: (claim.status?.conditions ?? []).filter(({ type }) => !conditionsDone.has(type)),
  };
  const { uid, resourceVersion, namespace, name } = claim.metadata;
  await client.patch(
    persistentVolumeClaims,
    { at: { namespace, name }, subresource: 'status', body: { metadata: { uid, resourceVersion }, status } },
    signal,
  );
  const message = `MountVolume.NodeExpandVolume succeeded for volume "${volume.pvName}"`;
  for (const target of about) recorder.event(target, { type: 'Normal', reason: 'FileSystemResizeSuccessful', message });
}
