// Which nodes seem to be dead? Judged from heartbeats alone, so this only ever starts fencing; it proves nothing.

/** A node, as the observer's reads show it. Times are monotonic milliseconds of the observer. */
export interface ObservedNode {
  nodeName: string;
  /** When the observer first saw the newest renewTime of the node's Lease; when it first saw the node, if there is no Lease. */
  lastRenewalMs: number;
}

/** What the observer knows of itself. */
export interface ObserverContact {
  nowMs: number;
  /** Start of the present run of successful reads without a gap longer than `readGapMaxMs`. */
  contactSinceMs: number;
  /** When the last successful read was sent. */
  lastReadMs: number;
}

export interface SuspicionThresholds {
  /** Silence after which a node is suspected. */
  suspectAfterMs: number;
  /** A read that is older than this says nothing about now. */
  readGapMaxMs: number;
}

/** 2.5 s are five missed renewals. A gap of 1.5 s and one renewal period stay below it. */
export const defaultThresholds: SuspicionThresholds = { suspectAfterMs: 2_500, readGapMaxMs: 1_500 };

export interface SuspicionInput {
  nodes: readonly ObservedNode[];
  observer: ObserverContact;
  thresholds: SuspicionThresholds;
}

/** `Undecided`: the observer itself is out of contact, so nothing is known, and what was said before stands. */
export type NodeHealth = 'Alive' | 'Suspected' | 'Undecided';

export interface NodeAssessment {
  nodeName: string;
  health: NodeHealth;
  /** Silence that counts: since the last renewal or since the observer is in contact, whichever is later. */
  silentMs: number;
  /** For how long this assessment holds if no renewal comes; undefined if time alone changes nothing. */
  recheckInMs: number | undefined;
  /** Is fencing to be withheld, because so many nodes went silent at once that the cause is elsewhere? */
  isBraked: boolean;
}

/**
 * Judges every node. The observer rule: a node is suspected only if a read that was sent at least `suspectAfterMs`
 * after its last renewal still showed that renewal, and the observer was in contact for all of that time. After an outage
 * of the API server, or of the observer, every node therefore gets its full time again.
 */
export function assessNodes({ nodes, observer, thresholds }: SuspicionInput): NodeAssessment[] {
  const assessments = nodes.map((node) => assess(node, observer, thresholds));
  const suspected = assessments.filter(({ health }) => health === 'Suspected').length;
  const isBraked = isStorm({ suspected, total: nodes.length });
  return assessments.map((each) => ({ ...each, isBraked }));
}

/** The storm brake: more than one node, and at least half of all, went silent. Then no new fencing starts. */
export function isStorm({ suspected, total }: { suspected: number; total: number }): boolean {
  return suspected > 1 && suspected * 2 >= total;
}

/**
 * The observer's contact after another successful read. A gap before the read, or a read that took long, means that nodes
 * may have been unable to renew for as long: contact starts anew when its answer came.
 */
export function contactAfterRead(
  contact: Omit<ObserverContact, 'nowMs'> | undefined,
  { sentMs, answeredMs }: { sentMs: number; answeredMs: number },
  { readGapMaxMs }: SuspicionThresholds,
): Omit<ObserverContact, 'nowMs'> {
  const isUnbroken =
    contact !== undefined && sentMs - contact.lastReadMs <= readGapMaxMs && answeredMs - sentMs <= readGapMaxMs;
  return { contactSinceMs: isUnbroken ? contact.contactSinceMs : answeredMs, lastReadMs: sentMs };
}

function assess(
  { nodeName, lastRenewalMs }: ObservedNode,
  { nowMs, contactSinceMs, lastReadMs }: ObserverContact,
  { suspectAfterMs, readGapMaxMs }: SuspicionThresholds,
): Omit<NodeAssessment, 'isBraked'> {
  const silentSinceMs = Math.max(lastRenewalMs, contactSinceMs);
  const silentMs = nowMs - silentSinceMs;
  if (nowMs - lastReadMs > readGapMaxMs) return { nodeName, health: 'Undecided', silentMs, recheckInMs: undefined };

  if (lastReadMs - silentSinceMs >= suspectAfterMs)
    return { nodeName, health: 'Suspected', silentMs, recheckInMs: undefined };

  // The deadline may have passed without a read that confirms it: then look at once.
  return { nodeName, health: 'Alive', silentMs, recheckInMs: Math.max(0, suspectAfterMs - silentMs) };
}
