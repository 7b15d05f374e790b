// How is evidence gathered about the attachments of one node? Ask the supervisor first, then the storage.

import type { Node } from '../../apis/core/generated/v1.ts';
import { isOutOfService } from '../../apis/core/taints.ts';
import { epochOf, readinessOf } from '../../apis/storage/attachments.ts';
import { annotations } from '../../apis/storage/names.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { CsiDriver } from '../../csi/client.ts';
import type { AskSupervisor } from '../../fencing/methods/ask-supervisor.ts';
import { revokeMethod } from '../../fencing/methods/revoke.ts';
import type { Evidence, SuspectAttachment, TombstoneFinding } from '../../fencing/proof.ts';
import type { FenceAnswer } from '../../fencing/supervisor-protocol.ts';
import type { AttachmentView } from './reconcile.ts';

export interface GatherEdge {
  csi: CsiDriver;
  /** The driver that `csi` reaches; attachments of others have no Gate here. */
  driver: string;
  /** Undefined where no supervisor is to be asked. */
  askSupervisor: AskSupervisor | undefined;
  random: Random;
  log: Logger;
  revokeTimeoutMs: number;
}

/** One attachment to be fenced, with what `strongestProof` needs to know of it. */
export interface Suspect extends AttachmentView {
  subject: SuspectAttachment;
}

export function suspectOf(view: AttachmentView): Suspect {
  const { attachment, volume } = view;
  const bootID = attachment.metadata.annotations?.[annotations.attachmentBootId];
  return {
    ...view,
    subject: { volumeHandle: volume?.spec?.csi?.volumeHandle ?? '', epoch: epochOf(attachment) ?? 0, bootID },
  };
}

export interface GatherInput {
  suspects: Suspect[];
  node: Node | undefined;
  /** Since our own read showed the last renewal. */
  silentMs: number;
}

/**
 * Evidence for each suspect, by attachment UID. The supervisor is asked first: writers that are killed before the
 * storage closes leave no false acknowledgement. Its silence costs its short timeout and proves nothing.
 */
export async function gatherEvidence(
  { suspects, node, silentMs }: GatherInput,
  edge: GatherEdge,
  signal: AbortSignal,
): Promise<Map<string, Evidence>> {
  const tombstones = await askForTombstones({ suspects, node }, edge, signal);
  const gathered = suspects.map(async (suspect): Promise<[string, Evidence]> => {
    const gate = await askForGate(suspect, edge, signal);
    const tombstone = tombstones.get(suspect.subject.volumeHandle);
    const evidence: Evidence = { ...(gate && { gate }), ...(tombstone && { tombstone }), ...observed(node, silentMs) };
    return [suspect.attachment.metadata.uid, evidence];
  });
  return new Map(await Promise.all(gathered));
}

/** What needs no asking. */
function observed(node: Node | undefined, silentMs: number): Evidence {
  const bootID = node?.status?.nodeInfo?.bootID;
  const deadManMs = Number(node?.metadata.annotations?.[annotations.deadManMs]);
  const attestation = attestationOf(node);
  return {
    ...(bootID && { reboot: { bootID } }),
    ...(deadManMs > 0 && { deadMan: { deadManMs, silentMs } }),
    ...(attestation && { attestation }),
  };
}

/** The word of a person counts only about a node that does not answer: one that does can be asked. */
function attestationOf(node: Node | undefined): Evidence['attestation'] {
  if (!node || !isOutOfService(node) || readinessOf(node) !== 'Unknown') return undefined;
  const said = node.metadata.annotations ?? {};
  const [by, at] = [said[annotations.outOfServiceBy], said[annotations.outOfServiceAt]];
  const suspectedAt = said[annotations.suspectedAt];
  return by && at && suspectedAt ? { by, at, suspectedAt } : undefined;
}

async function askForGate(
  { attachment, subject }: Suspect,
  { csi, driver, revokeTimeoutMs, log }: GatherEdge,
  signal: AbortSignal,
): Promise<Evidence['gate']> {
  if (attachment.spec.attacher !== driver || !subject.volumeHandle) return undefined;
  const nodeId = attachment.metadata.annotations?.[annotations.attachmentNodeId] ?? attachment.spec.nodeName;
  try {
    const target = { volumeHandle: subject.volumeHandle, nodeId, epoch: subject.epoch };
    return await revokeMethod(target, { csi, timeoutMs: revokeTimeoutMs }, signal);
  } catch (error) {
    signal.throwIfAborted();
    // No answer is no evidence; the next pass asks again.
    log.warn('Storage did not answer a revoke', { volumeHandle: subject.volumeHandle, nodeId, error });
    return undefined;
  }
}

async function askForTombstones(
  { suspects, node }: { suspects: Suspect[]; node: Node | undefined },
  { askSupervisor, random, log }: GatherEdge,
  signal: AbortSignal,
): Promise<Map<string, TombstoneFinding>> {
  const address = node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  const volumeHandles = suspects.map(({ subject }) => subject.volumeHandle).filter((handle) => handle !== '');
  if (!askSupervisor || !address || volumeHandles.length === 0) return new Map();
  const epochs = Object.fromEntries(suspects.map(({ subject }) => [subject.volumeHandle, subject.epoch]));
  const nonce = random.uuid();
  try {
    return findings(nonce, await askSupervisor(address, { nonce, volumeHandles, epochs }, signal));
  } catch (error) {
    signal.throwIfAborted();
    // A dead node does not answer: that is the usual case, and no evidence.
    log.info('Supervisor did not answer', { nodeName: node?.metadata.name, address, error });
    return new Map();
  }
}

function findings(nonceAsked: string, answer: FenceAnswer): Map<string, TombstoneFinding> {
  return new Map(
    answer.volumes.map((volume) => [
      volume.volumeHandle,
      { ...volume, nonceAsked, nonceAnswered: answer.nonce, bootID: answer.bootID },
    ]),
  );
}
