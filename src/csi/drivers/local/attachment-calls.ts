// How does a node get a volume, lose it, and get cut off from it? Publish, Unpublish and Fence.Revoke.

import { rfc3339Micro } from '../../../base/clock.ts';
import { RpcError } from '../../rpc-error.ts';
import type { ControllerService, FenceService, Implementation } from '../../services.ts';
import { decidePublish, decideRevoke, decideUnpublish, type PublishStep } from './attachment.ts';
import { whyIncompatible, whyUnsupported } from './capabilities.ts';
import type { PublishContext } from './config.ts';
import { type ControllerContext, volumeLock } from './context.ts';
import { isPossibleId } from './names.ts';
import { checkNodeExists } from './nodes.ts';
import type { VolumeRecord, Zombie } from './record.ts';
import { requireField } from './store.ts';
import { sweepVolume } from './upkeep.ts';

type Calls = Pick<Implementation<ControllerService>, 'controllerPublishVolume' | 'controllerUnpublishVolume'> &
  Implementation<FenceService>;

export function createAttachmentCalls(context: ControllerContext): Calls {
  const { store, locks, config } = context;
  return {
    async controllerPublishVolume({ volumeId, nodeId, volumeCapability }, signal) {
      requireField('volume_id', volumeId);
      requireField('node_id', nodeId);
      const unsupported = whyUnsupported(volumeCapability, config.mode);
      const why = unsupported ?? whyIncompatible(store.volumeOrThrow(volumeId), volumeCapability, config.mode);
      if (why) throw new RpcError('INVALID_ARGUMENT', why);
      await checkNodeExists(config.stateDir, nodeId);
      return locks.tryRun(volumeLock(volumeId), async () => {
        const record = store.volumeOrThrow(volumeId);
        const step = decidePublish(record, nodeId);
        return { publishContext: await publish(context, { record, nodeId, step }, signal) };
      });
    },

    async controllerUnpublishVolume({ volumeId, nodeId }, signal) {
      requireField('volume_id', volumeId);
      if (!isPossibleId(volumeId)) return {};
      return locks.tryRun(volumeLock(volumeId), async () => {
        const record = store.volume(volumeId);
        if (record) await unpublish(context, { record, nodeId }, signal);
        return {};
      });
    },

    // Waits for its turn rather than answering ABORTED: every millisecond until the revoke counts.
    async revoke({ volumeId, nodeId, epoch }) {
      requireField('node_id', nodeId);
      store.volumeOrThrow(volumeId);
      return locks.run(volumeLock(volumeId), () => revoke(context, { volumeId, nodeId, epoch }));
    },
  };
}

interface Publishing {
  record: VolumeRecord;
  nodeId: string;
  step: PublishStep;
}

async function publish(
  context: ControllerContext,
  { record, nodeId, step }: Publishing,
  signal: AbortSignal,
): Promise<PublishContext> {
  const { backend, store } = context;
  const { volumeId } = record;
  switch (step.type) {
    case 'Refuse':
      throw new RpcError(step.code, step.message);
    case 'KeepAttachment':
      return backend.attach({ volumeId, generation: step.epoch }, signal);
    case 'CutGeneration': {
      const { from, to, displaced } = step;
      // Again, however it was revoked before: the cut is worth nothing while somebody can still write into `from`.
      await backend.revoke({ volumeId, generation: from });
      await backend.cut({ volumeId, from, to, isolate: isFenced(record, from) }, signal);
      const zombies = displaced ? [...record.zombies, displaced] : record.zombies;
      // The record before the device: a device that no record names would be a second writer after a crash.
      const published = { ...record, generation: to, attachment: { nodeId }, zombies };
      await store.saveVolume(published);
      if (displaced) await backend.release({ volumeId, generation: from });
      const publishContext = await backend.attach({ volumeId, generation: to }, signal);
      await sweepVolume(context, published);
      return publishContext;
    }
    default:
      return step satisfies never;
  }
}

/** Was the last attachment of this generation taken away rather than given back? */
function isFenced({ attachment, zombies }: VolumeRecord, generation: number): boolean {
  return attachment?.revokedAt !== undefined || zombies.some(({ epoch }) => epoch === generation);
}

async function unpublish(
  context: ControllerContext,
  { record, nodeId }: { record: VolumeRecord; nodeId: string },
  signal: AbortSignal,
): Promise<void> {
  const { backend, store, log } = context;
  const step = decideUnpublish(record, nodeId);
  if (step.type === 'Settled') return;
  const ref = { volumeId: record.volumeId, generation: step.epoch };
  // A fenced node gives nothing back: waiting for it would only delay the next attachment.
  if (step.fenced) await backend.release(ref);
  const released = step.fenced ? !(await backend.isHeld(ref)) : await backend.detach(ref, signal);
  const zombie: Zombie = { nodeId: step.nodeId, epoch: step.epoch, revokedAt: step.revokedAt ?? now(context) };
  if (!released) log.warn('The device of an unpublished volume is revoked and still held', { ...ref, ...zombie });
  // A fenced epoch stays a zombie until the next publish, even without a device: the next cut must be isolated.
  const zombies = step.fenced || !released ? [...record.zombies, zombie] : record.zombies;
  const { attachment: _ended, ...unattached } = record;
  await store.saveVolume({ ...unattached, zombies });
}

async function revoke(
  context: ControllerContext,
  request: { volumeId: string; nodeId: string; epoch: number },
): Promise<{ epoch: number; drained: boolean; device: string; revokedAt: string; offered: boolean }> {
  const { backend, store, log } = context;
  const record = store.volumeOrThrow(request.volumeId);
  const step = decideRevoke(record, request);
  if (step.type === 'Refuse') throw new RpcError(step.code, step.message);
  const { volumeId } = record;
  const devices = await backend.revoke({ volumeId, generation: step.epoch });
  const revokedAt = step.revokedAt ?? now(context);
  // After the device: a mark without a revoke would be trusted by nobody, but it would refuse the node its own volume.
  if (step.current && record.attachment) {
    await store.saveVolume({ ...record, attachment: { ...record.attachment, revokedAt } });
  }
  const offered = backend.offersFence;
  log.info('Revoked an attachment', { ...request, devices, offered });
  return { epoch: step.epoch, drained: offered, device: devices[0] ?? '', revokedAt, offered };
}

function now({ clock }: ControllerContext): string {
  return rfc3339Micro(clock.now());
}
