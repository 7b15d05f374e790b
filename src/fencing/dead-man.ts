// How long must we wait until a dead-man's switch has surely fired? A bound on clocks and on killing.

/** How far apart two clocks may run: design for 10 %, since NTP may slew CLOCK_MONOTONIC by 8 %. */
const clockDrift = 0.1;

/** From the switch firing to the last write being impossible, in milliseconds: kill, emptied tree, file system shut. */
const killAndQuiesceMs = 800;

export interface DeadManOptions {
  /** D: the switch kills this long after the node *sent* its last successful renewal, by the node's clock. */
  deadManMs: number;
  /** ρ: clock rates lie within [1 − ρ, 1 + ρ]. */
  clockDrift?: number;
  /** K: real milliseconds from firing to quiet. */
  killAndQuiesceMs?: number;
}

/**
 * W: how long after *granting* the last renewal, by our clock, the holder is surely quiet:
 * W ≥ (1 + ρ)·(D / (1 − ρ) + K), rounded up to whole milliseconds. Sound only if the switch was armed at that
 * renewal, and if we count from our own reads: see docs/explanation/fencing.md.
 */
export function deadManWaitMs({ deadManMs, ...bounds }: DeadManOptions): number {
  const drift = bounds.clockDrift ?? clockDrift;
  const quiesceMs = bounds.killAndQuiesceMs ?? killAndQuiesceMs;
  return Math.ceil((1 + drift) * (deadManMs / (1 - drift) + quiesceMs));
}
