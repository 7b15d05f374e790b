// Does what a step of the attacher says.

import type { Draft } from '../../apimachinery/meta.ts';
import { isStatus } from '../../apimachinery/status-error.ts';
import { volumeModeOf } from '../../apis/core/claims.ts';
import type { Node, PersistentVolume } from '../../apis/core/generated/v1.ts';
import { capabilityFor } from '../../apis/core/volume-capability.ts';
import { nodes, persistentVolumes, volumeAttachments } from '../../apis/resources.ts';
import { attachmentName } from '../../apis/storage/attachments.ts';
import type { VolumeAttachment, VolumeError } from '../../apis/storage/generated/v1.ts';
import { annotations, attacherFinalizer } from '../../apis/storage/names.ts';
import { assert } from '../../base/assert.ts';
import { type Clock, rfc3339 } from '../../base/clock.ts';
import type { Outcome } from '../../client/controller.ts';
import type { Client, Recorder } from '../../client/types.ts';
import { deleteSeen, patchSeen, withFinalizer, withoutFinalizer } from '../../client/write-seen.ts';
import type { CsiDriver } from '../../csi/client.ts';
import { describeRpcError } from '../../csi/describe-error.ts';
import { RpcError } from '../../csi/rpc-error.ts';
import type { AttachView, Step } from './reconcile.ts';
import type { NodeStep } from './reconcile-node.ts';

export interface Edge {
  client: Client;
  recorder: Recorder;
  clock: Clock;
  csi: CsiDriver;
  driver: string;
  /** How long one CSI call may take; upstream's default is 15 s. */
  timeoutMs: number;
}

const again: Outcome = { requeue: 'now' };
const never: Outcome = { requeue: 'never' };

/** Executes one step of `view.volume`. Rejects with RpcError when the driver refused; the call is then made again. */
export async function execute(
  step: Step,
  { view, edge }: { view: AttachView; edge: Edge },
  signal: AbortSignal,
): Promise<Outcome> {
  const { client, recorder, driver } = edge;
  const { volume } = view;
  const finalizer = attacherFinalizer(driver);
  switch (step.type) {
    case 'Settled':
      return never;
    case 'Wait':
      if (step.notice) {
        recorder.event(step.notice.pod, {
          type: 'Warning',
          reason: 'FailedAttachVolume',
          message: step.notice.message,
        });
      }
      return never;
    case 'HoldVolume': {
      const changes = { metadata: { finalizers: withFinalizer(volume, finalizer) } };
      await patchSeen(client, { resource: persistentVolumes, seen: volume, changes }, signal);
      return again;
    }
    case 'ReleaseVolume': {
      const changes = { metadata: { finalizers: withoutFinalizer(volume, finalizer) } };
      await patchSeen(client, { resource: persistentVolumes, seen: volume, changes }, signal);
      return again;
    }
    case 'CreateAttachment':
      await createAttachment(step, { view, edge }, signal);
      return again;
    case 'AdoptAttachment': {
      const metadata = {
        finalizers: withFinalizer(step.attachment, finalizer),
        annotations: { [annotations.attachmentNodeId]: step.nodeId },
      };
      await patchSeen(client, { resource: volumeAttachments, seen: step.attachment, changes: { metadata } }, signal);
      return again;
    }
    case 'Attach':
      await attach(step.attachment, { view, edge }, signal);
      return again;
    case 'DeleteAttachment':
      await deleteSeen(client, { resource: volumeAttachments, seen: step.attachment, onlyUnchanged: true }, signal);
      return again;
    case 'Detach':
      await detach(step.attachment, { view, edge }, signal);
      return again;
    default:
      return step satisfies never;
  }
}

/** Executes one step of a node's status. Only this controller writes `volumesAttached`. */
export async function executeNodeStep(
  step: NodeStep,
  { node, client }: { node: Node; client: Client },
  signal: AbortSignal,
): Promise<Outcome> {
  switch (step.type) {
    case 'Settled':
      return never;
    case 'ReportAttached': {
      const { name, uid } = node.metadata;
      const body = { metadata: { uid }, status: { volumesAttached: step.volumesAttached } };
      await client.patch(nodes, { at: { name }, body, subresource: 'status' }, signal);
      return again;
    }
    default:
      return step satisfies never;
  }
}

interface Scene {
  view: AttachView;
  edge: Edge;
}

async function createAttachment(
  { nodeName, nodeId, bootID }: Extract<Step, { type: 'CreateAttachment' }>,
  { view, edge }: Scene,
  signal: AbortSignal,
): Promise<void> {
  const { driver } = edge;
  const draft: Draft<VolumeAttachment> = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: {
      name: attachmentName({ volumeHandle: handleOf(view.volume), driver, nodeName }),
      annotations: { [annotations.attachmentNodeId]: nodeId, [annotations.attachmentBootId]: bootID },
      finalizers: [attacherFinalizer(driver)],
    },
    spec: { attacher: driver, nodeName, source: { persistentVolumeName: view.volume.metadata.name } },
  };
  try {
    await edge.client.create(volumeAttachments, draft, signal);
  } catch (error) {
    // The name is the triple: whoever made it made the one that is wanted.
    if (!isStatus(error, 'AlreadyExists')) throw error;
  }
}

async function attach(attachment: VolumeAttachment, { view, edge }: Scene, signal: AbortSignal): Promise<void> {
  const { client, csi, recorder, timeoutMs } = edge;
  const { volume } = view;
  const pods = view.pods.filter(({ spec }) => spec?.nodeName === attachment.spec.nodeName);
  let attachmentMetadata: Record<string, string>;
  try {
    const request = {
      volumeId: handleOf(volume),
      nodeId: nodeIdOf(attachment),
      volumeCapability: capabilityOf(volume),
      readonly: volume.spec?.csi?.readOnly ?? false,
      volumeContext: volume.spec?.csi?.volumeAttributes ?? {},
    };
    const { publishContext } = await csi.controller.controllerPublishVolume(request, { signal, timeoutMs });
    attachmentMetadata = publishContext;
  } catch (error) {
    signal.throwIfAborted();
    const message = `AttachVolume.Attach failed for volume "${volume.metadata.name}" : ${describeRpcError(error)}`;
    for (const pod of pods) recorder.event(pod, { type: 'Warning', reason: 'FailedAttachVolume', message });
    await reportError(attachment, { attachError: errorStatus(error, edge) }, { client, signal });
    throw error;
  }
  const status = { attached: true, attachmentMetadata, attachError: null };
  await patchSeen(
    client,
    { resource: volumeAttachments, seen: attachment, changes: { status }, subresource: 'status' },
    signal,
  );
  const message = `AttachVolume.Attach succeeded for volume "${volume.metadata.name}" `;
  for (const pod of pods) recorder.event(pod, { type: 'Normal', reason: 'SuccessfulAttachVolume', message });
}

async function detach(attachment: VolumeAttachment, { view, edge }: Scene, signal: AbortSignal): Promise<void> {
  const { client, csi, driver, timeoutMs } = edge;
  try {
    const request = { volumeId: handleOf(view.volume), nodeId: nodeIdOf(attachment) };
    await csi.controller.controllerUnpublishVolume(request, { signal, timeoutMs });
  } catch (error) {
    signal.throwIfAborted();
    await reportError(attachment, { detachError: errorStatus(error, edge) }, { client, signal });
    throw error;
  }
  const changes = { metadata: { finalizers: withoutFinalizer(attachment, attacherFinalizer(driver)) } };
  await patchSeen(client, { resource: volumeAttachments, seen: attachment, changes }, signal);
}

async function reportError(
  attachment: VolumeAttachment,
  status: { attachError: VolumeError } | { detachError: VolumeError },
  { client, signal }: { client: Client; signal: AbortSignal },
): Promise<void> {
  const changes = { status: { attached: attachment.status?.attached ?? false, ...status } };
  await patchSeen(client, { resource: volumeAttachments, seen: attachment, changes, subresource: 'status' }, signal);
}

/** So much of an error's text fits into a status. Kubernetes: maxVolumeErrorMessageSize. */
const messageBytesMax = 1024;

function firstBytes(text: string, max: number): string {
  // A character that is cut in two is left out.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, max), { stream: true });
}

/** Code 8 tells the agent that the node has reached its limit; Kubernetes 1.35 `VolumeError.errorCode`. */
function errorStatus(error: unknown, { clock }: Edge): VolumeError {
  const isFull = error instanceof RpcError && error.code === 'RESOURCE_EXHAUSTED';
  const message = firstBytes(describeRpcError(error), messageBytesMax);
  return { time: rfc3339(clock.now()), message, ...(isFull && { errorCode: 8 }) };
}

function capabilityOf(volume: PersistentVolume): ReturnType<typeof capabilityFor> {
  return capabilityFor({
    accessModes: volume.spec?.accessModes ?? [],
    volumeMode: volumeModeOf(volume),
    fsType: volume.spec?.csi?.fsType,
    mountOptions: volume.spec?.mountOptions,
    hasSingleNodeMultiWriter: false,
  });
}

function handleOf(volume: PersistentVolume): string {
  const handle = volume.spec?.csi?.volumeHandle;
  assert(handle, `PersistentVolume "${volume.metadata.name}" has no CSI volume handle`);
  return handle;
}

function nodeIdOf({ metadata, spec }: VolumeAttachment): string {
  return metadata.annotations?.[annotations.attachmentNodeId] ?? spec.nodeName;
}
