// Which attachment may a volume have next? Pure decisions over the volume's record.

import type { RpcCode } from '../../rpc-error.ts';
import type { VolumeRecord, Zombie } from './record.ts';

export interface Refusal {
  type: 'Refuse';
  code: RpcCode;
  message: string;
}

export type PublishStep =
  | Refusal
  /** The node has it already: make sure that its device is there, and answer as before. */
  | { type: 'KeepAttachment'; epoch: number }
  /** Cut generation `to` from `from` and give it to the node. `displaced` had `from` and was revoked. */
  | { type: 'CutGeneration'; from: number; to: number; displaced: Zombie | undefined };

/**
 * Decides how a node gets a volume. Each attachment gets a generation of its own, so that a writer which is late
 * writes into a generation that nobody reads (CSI: ControllerPublishVolume).
 */
export function decidePublish(record: VolumeRecord, nodeId: string): PublishStep {
  const { attachment, generation } = record;
  const next = { type: 'CutGeneration', from: generation, to: generation + 1 } as const;
  if (!attachment) return { ...next, displaced: undefined };

  // Also for the node that had it: a revoked device stays useless.
  const { revokedAt } = attachment;
  if (revokedAt !== undefined)
    return { ...next, displaced: { nodeId: attachment.nodeId, epoch: generation, revokedAt } };

  if (attachment.nodeId === nodeId) return { type: 'KeepAttachment', epoch: generation };

  return {
    type: 'Refuse',
    code: 'FAILED_PRECONDITION',
    message: `Volume ${record.volumeId} is published to node ${attachment.nodeId} with epoch ${generation}, which is not revoked`,
  };
}

export type UnpublishStep =
  | { type: 'Settled' }
  /** `fenced`: the attachment was taken away by a revoke, at `revokedAt`; its node may be dead. */
  | { type: 'Detach'; epoch: number; nodeId: string; fenced: boolean; revokedAt: string | undefined };

/** Decides what an unpublish has to undo. An empty `nodeId` means every node (CSI: ControllerUnpublishVolume). */
export function decideUnpublish(record: VolumeRecord, nodeId: string): UnpublishStep {
  const { attachment, generation } = record;
  if (!attachment || (nodeId !== '' && attachment.nodeId !== nodeId)) return { type: 'Settled' };
  const { revokedAt } = attachment;
  return { type: 'Detach', epoch: generation, nodeId: attachment.nodeId, fenced: revokedAt !== undefined, revokedAt };
}

export type RevokeStep =
  | Refusal
  /** Revoke the device of the epoch. `current`: it belongs to the attachment, which must be marked. */
  | { type: 'Revoke'; epoch: number; current: boolean; revokedAt: string | undefined };

/** Decides what revoking an epoch means. Older epochs were superseded; they are revoked again, to be certain. */
export function decideRevoke(record: VolumeRecord, { nodeId, epoch }: { nodeId: string; epoch: number }): RevokeStep {
  const { attachment, generation, volumeId } = record;
  if (epoch < 1 || epoch > generation) {
    const message = `Volume ${volumeId} never had epoch ${epoch}; the last one is ${generation}`;
    return { type: 'Refuse', code: 'FAILED_PRECONDITION', message };
  }
  if (epoch < generation || !attachment) {
    const revokedAt = record.zombies.find((zombie) => zombie.epoch === epoch)?.revokedAt;
    return { type: 'Revoke', epoch, current: false, revokedAt };
  }
  if (attachment.nodeId !== nodeId) {
    const message = `Epoch ${epoch} of volume ${volumeId} belongs to node ${attachment.nodeId}, not to ${nodeId}`;
    return { type: 'Refuse', code: 'FAILED_PRECONDITION', message };
  }
  return { type: 'Revoke', epoch, current: true, revokedAt: attachment.revokedAt };
}

export interface GenerationFacts {
  /** Generations of the volume that are on disk. */
  present: number[];
  /** Those that still have a device. */
  held: number[];
  keepGenerations: boolean;
}

/**
 * Which generations may be deleted: what is not the volume's data, not held and not kept. One that is newer than
 * the record was cut by a call that died before the record named it; without the record's own generation it is
 * that generation under its next name, and must stay.
 */
export function decideSweep(record: VolumeRecord, { present, held, keepGenerations }: GenerationFacts): number[] {
  if (!present.includes(record.generation)) return [];
  return present.filter((generation) => {
    if (generation === record.generation || held.includes(generation)) return false;
    return generation > record.generation || !keepGenerations;
  });
}
