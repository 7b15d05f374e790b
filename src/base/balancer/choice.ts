// Which of several servers does a new connection go to? One that says it is ready, with the fewest connections.

/** What is known of a server from questions to it. */
export interface ServerHealth {
  /** Its last answer. */
  isReady: boolean;
  /** Questions without an answer since the last one that got one. */
  failures: number;
}

/** Before the first answer. */
export const unknownHealth: ServerHealth = { isReady: false, failures: 0 };

/** Of this many questions without an answer the last one says that the server stands still, not that it is busy. */
export const failuresMax = 3;

/** Does nobody answer there any more? Connections that are open lead nowhere then. */
export const isSilent = ({ failures }: ServerHealth): boolean => failures >= failuresMax;

export interface Candidate {
  health: ServerHealth;
  /** Connections that are open now. */
  connections: number;
}

/**
 * All candidates, best first. Those that are not ready come too, in the end: who refuses with a reason is better than
 * nobody. Equal ones stay in their order.
 */
export function inOrder<T extends Candidate>(candidates: readonly T[]): T[] {
  return candidates.toSorted((a, b) => rank(a.health) - rank(b.health) || a.connections - b.connections);
}

function rank({ isReady, failures }: ServerHealth): number {
  if (failures > 0) return 1 + failures;
  return isReady ? 0 : 1;
}
