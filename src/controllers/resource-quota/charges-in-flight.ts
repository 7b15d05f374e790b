// When may a count give back what a quota was charged with? The charge is written before its object, so that a count
// right after it misses the object: two that fit one by one would both be let in.

/** An object is stored, and seen by this controller, this long after its charge. */
const settleMs = 1_000;
/** Where charges never stop, deleted objects give back all the same. */
const patienceMs = 10_000;

interface Waiting {
  version: string;
  versionSinceMs: number;
  sinceMs: number;
}

/** By quota: how long its last charge is ago. */
export class ChargesInFlight {
  readonly #waiting = new Map<string, Waiting>();

  /** How long to wait before counting again; 0: what was counted holds. `version` is the quota's resourceVersion. */
  waitMs(key: string, version: string, nowMs: number): number {
    const known = this.#waiting.get(key);
    const versionSinceMs = known?.version === version ? known.versionSinceMs : nowMs;
    const sinceMs = known?.sinceMs ?? nowMs;
    this.#waiting.set(key, { version, versionSinceMs, sinceMs });
    return Math.max(0, Math.min(versionSinceMs + settleMs, sinceMs + patienceMs) - nowMs);
  }

  forget(key: string): void {
    this.#waiting.delete(key);
  }
}
