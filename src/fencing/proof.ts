// What does the evidence prove? From what was gathered about one attachment to the class of its FenceProof.
// Suspicion is no evidence: there is no field for it here.

import type { FenceClass } from '../apis/amarre/types.ts';
import { outOfServiceTaint } from '../apis/core/taints.ts';
import { epochMsOf } from '../base/clock.ts';
import { deadManWaitMs } from './dead-man.ts';

/** The attachment whose writers must be proven stopped. */
export interface SuspectAttachment {
  volumeHandle: string;
  /** From `VolumeAttachment.status.attachmentMetadata.epoch`. */
  epoch: number;
  /** Boot ID of the node when the volume was attached; undefined if it was not recorded. */
  bootID: string | undefined;
}

/** Everything gathered about one attachment. Each member is what somebody said or we saw, not a judgement. */
export interface Evidence {
  gate?: GateEvidence;
  tombstone?: TombstoneFinding;
  reboot?: RebootEvidence;
  deadMan?: DeadManEvidence;
  attestation?: AttestationEvidence;
}

/** The storage's answer to Revoke. */
export interface GateEvidence {
  offered: boolean;
  drained: boolean;
  epoch: number;
  device: string;
  /** RFC 3339 with microseconds. */
  revokedAt: string;
}

/** What the node's supervisor said of this volume. */
export interface TombstoneFinding {
  nonceAsked: string;
  nonceAnswered: string;
  bootID: string;
  volumeHandle: string;
  podUIDs: string[];
  processTreeEmpty: boolean;
  unmounted: boolean;
  stoppedAt: string;
}

export interface RebootEvidence {
  /** Boot ID that the node reports now. */
  bootID: string;
}

export interface DeadManEvidence {
  /** D of the switch, which was armed at the last renewal. */
  deadManMs: number;
  /** Milliseconds between our own read that showed the last renewal and a successful own read now. */
  silentMs: number;
}

/** A person has said that the silent node is off. */
export interface AttestationEvidence {
  /** Who, as the API server knew them. */
  by: string;
  /** RFC 3339: when they said so, and when the node was suspected. */
  at: string;
  suspectedAt: string;
}

export interface Proof {
  class: FenceClass;
  /** Facts for `FenceProof.spec.evidence`. */
  facts: Record<string, string>;
}

/** Strongest first; design of FenceProof. */
export const fenceClasses: readonly FenceClass[] = ['Gate', 'Tombstone', 'Power', 'Reboot', 'DeadMan', 'Attestation'];

type Judgement = { proof: Proof } | { missing: string };

/**
 * The strongest proof that `evidence` gives for `attachment`; undefined if it proves nothing. A Tombstone that a
 * stronger class outranks stays in its facts as `tombstone…`: only the supervisor knows when the writers stopped.
 */
export function strongestProof(attachment: SuspectAttachment, evidence: Evidence): Proof | undefined {
  const proofs = judgements(attachment, evidence).flatMap((judgement) =>
    'proof' in judgement ? [judgement.proof] : [],
  );
  const [strongest] = proofs;
  const tombstone = proofs.find((proof) => proof.class === 'Tombstone');
  if (!strongest || !tombstone || tombstone === strongest) return strongest;
  const beside = Object.entries(tombstone.facts).map(([name, fact]) => [
    `tombstone${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    fact,
  ]);
  return { ...strongest, facts: { ...strongest.facts, ...Object.fromEntries(beside) } };
}

/** What each class still lacks, for the event that says why fencing is withheld: `Gate: …; Tombstone: …`. */
export function missingProof(attachment: SuspectAttachment, evidence: Evidence): string {
  return judgements(attachment, evidence)
    .flatMap((judgement) => ('missing' in judgement ? [judgement.missing] : []))
    .join('; ');
}

function judgements(attachment: SuspectAttachment, evidence: Evidence): Judgement[] {
  return [
    judgeGate(attachment, evidence.gate),
    judgeTombstone(attachment, evidence.tombstone),
    judgeReboot(attachment, evidence.reboot),
    judgeDeadMan(evidence.deadMan),
    judgeAttestation(evidence.attestation),
  ];
}

/** The storage refuses every write of this epoch, and those in flight have ended. */
function judgeGate({ epoch }: SuspectAttachment, gate: GateEvidence | undefined): Judgement {
  if (!gate) return { missing: 'Gate: the storage did not answer' };
  if (!gate.offered) return { missing: 'Gate: not offered by the storage' };
  if (!gate.drained) return { missing: 'Gate: writes are still in flight' };
  if (gate.epoch < epoch) return { missing: `Gate: epoch ${gate.epoch} is revoked, not ${epoch}` };
  const facts = { device: gate.device, drained: 'true', epoch: String(gate.epoch), revokedAt: gate.revokedAt };
  return { proof: { class: 'Gate', facts } };
}

/** The supervisor of the very boot that attached the volume says: process tree empty, unmounted. */
function judgeTombstone(attachment: SuspectAttachment, said: TombstoneFinding | undefined): Judgement {
  if (!said) return { missing: 'Tombstone: the supervisor did not answer' };
  if (said.nonceAnswered !== said.nonceAsked) return { missing: 'Tombstone: the answer is to another question' };
  if (said.volumeHandle !== attachment.volumeHandle)
    return { missing: 'Tombstone: the answer is about another volume' };
  if (attachment.bootID === undefined || said.bootID !== attachment.bootID) {
    return { missing: 'Tombstone: the answer comes from another boot of the node' };
  }
  if (!said.processTreeEmpty) return { missing: 'Tombstone: processes are left' };
  if (!said.unmounted) return { missing: 'Tombstone: the volume is still mounted' };
  const facts = {
    bootID: said.bootID,
    nonce: said.nonceAsked,
    podUIDs: said.podUIDs.join(','),
    processTreeEmpty: 'true',
    unmounted: 'true',
    stoppedAt: said.stoppedAt,
  };
  return { proof: { class: 'Tombstone', facts } };
}

/** The node has another boot ID than when it attached the volume: whatever wrote then is gone. */
function judgeReboot({ bootID }: SuspectAttachment, reboot: RebootEvidence | undefined): Judgement {
  if (!reboot?.bootID || !bootID) return { missing: 'Reboot: the boot ID is not known' };
  if (reboot.bootID === bootID) return { missing: 'Reboot: the boot ID has not changed' };
  return { proof: { class: 'Reboot', facts: { bootIDAtAttach: bootID, bootID: reboot.bootID } } };
}

/** The armed switch has fired by any clock. */
function judgeDeadMan(deadMan: DeadManEvidence | undefined): Judgement {
  if (!deadMan) return { missing: "DeadMan: no dead-man's switch is armed" };
  const waitMs = deadManWaitMs({ deadManMs: deadMan.deadManMs });
  if (deadMan.silentMs < waitMs) return { missing: `DeadMan: ${deadMan.silentMs} of ${waitMs} ms have passed` };
  const facts = {
    deadManMs: String(deadMan.deadManMs),
    silentMs: String(Math.round(deadMan.silentMs)),
    waitMs: String(waitMs),
  };
  return { proof: { class: 'DeadMan', facts } };
}

/** What was said before the node fell silent was not about this silence: the node has lived since. */
function judgeAttestation(said: AttestationEvidence | undefined): Judgement {
  if (!said) return { missing: `Attestation: nobody has set the taint ${outOfServiceTaint}` };
  const { by, at, suspectedAt } = said;
  const [atMs, suspectedMs] = [epochMsOf(at), epochMsOf(suspectedAt)];
  if (!(atMs >= suspectedMs)) {
    const why = `${by} set the taint ${outOfServiceTaint} at ${at}, before the node fell silent at ${suspectedAt}`;
    return { missing: `Attestation: ${why}; remove it and set it again` };
  }
  return { proof: { class: 'Attestation', facts: { by, at, suspectedAt, taint: outOfServiceTaint } } };
}
