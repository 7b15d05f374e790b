// Where did the time go between a fault and the first acknowledged write? Pure.

import type { FenceProof } from '../apis/amarre/types.ts';
import { epochMsOf } from '../base/clock.ts';
import type { Milestones } from './timeline.ts';
import type { Acknowledgement, WriteHistory } from './write-history.ts';

/** Milliseconds of each stage; undefined where its milestone was not seen. They add up to `firstWriteMs` when all were. */
export interface FailoverTimes {
  /** Fault → the node was suspected. */
  detectMs: number | undefined;
  /** Suspected → proven harmless. */
  fenceMs: number | undefined;
  /** Proven → the old attachment was gone. */
  detachMs: number | undefined;
  /** Old attachment gone → attached to the new node; scheduling is part of it. */
  attachMs: number | undefined;
  /** Attached → the container was running. */
  mountMs: number | undefined;
  /** Running → first acknowledged write: the application's own recovery. */
  startMs: number | undefined;
  /** Fault → first acknowledged write on the new server. */
  firstWriteMs: number | undefined;
  /** Fault → the old writer was proven stopped: by its supervisor, or for want of one by the storage. */
  oldWriterStoppedMs: number | undefined;
  /** Last acknowledged write of the old server → first of the new one: what clients felt. */
  outageMs: number | undefined;
}

export interface FailoverFacts {
  faultMs: number;
  oldPodUid: string;
  milestones: Milestones;
  history: WriteHistory;
}

/** The breakdown of one failover. */
export function failoverTimes({ faultMs, oldPodUid, milestones, history }: FailoverFacts): FailoverTimes {
  const { proof, oldAttachmentGoneMs, attachedMs, runningMs } = milestones;
  const suspectedMs = proof && epochMsOf(proof.spec.suspectedAt);
  const provenMs = proof && epochMsOf(proof.spec.provenAt);
  const first = firstElsewhere(history, { oldPodUid, faultMs });
  const before = history.acknowledgements.filter(
    ({ server, wallMs }) => server.podUid === oldPodUid && wallMs <= (first?.wallMs ?? wallMs),
  );
  const last = before.at(-1);
  return {
    detectMs: between(faultMs, suspectedMs),
    fenceMs: between(suspectedMs, provenMs),
    detachMs: between(provenMs, oldAttachmentGoneMs),
    attachMs: between(oldAttachmentGoneMs, attachedMs),
    mountMs: between(attachedMs, runningMs),
    startMs: between(runningMs, first?.wallMs),
    firstWriteMs: between(faultMs, first?.wallMs),
    oldWriterStoppedMs: between(faultMs, proof && stoppedAtMs(proof)),
    outageMs: first && last && Math.max(0, first.monotonicMs - last.monotonicMs),
  };
}

/** When the record says that the old writer could write no more. */
function stoppedAtMs({ spec: { evidence, provenAt } }: FenceProof): number {
  return epochMsOf(evidence['tombstoneStoppedAt'] ?? evidence['stoppedAt'] ?? evidence['revokedAt'] ?? provenAt);
}

/** The first acknowledgement after the fault that is not of the old server. */
export function firstElsewhere(
  history: WriteHistory,
  { oldPodUid, faultMs }: Pick<FailoverFacts, 'oldPodUid' | 'faultMs'>,
): Acknowledgement | undefined {
  return history.acknowledgements.find(({ server, wallMs }) => wallMs >= faultMs && server.podUid !== oldPodUid);
}

function between(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}
