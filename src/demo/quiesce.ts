// For how long was the application held still during the backup, and was it really? Pure.

import type { RecoveryWindow } from './row-checks.ts';
import type { WriteHistory } from './write-history.ts';

/** One look at pg_locks. The lock was held at some instant between its two times. */
export interface LockSighting {
  askedMonotonicMs: number;
  answeredMonotonicMs: number;
  /** Is the lock of session `amarre-quiesce` granted on the writer's table? */
  held: boolean;
}

export interface QuiesceMeasurement {
  /** Longest gap between acknowledgements around the hooks. */
  longestGapMs: number;
  /** Pre-hook start to post-hook end. */
  hooksMs: number;
  /** The longer of the two; undefined if the application was not shown to be quiesced. */
  quiesceMs: number | undefined;
  /** Why quiesce is not claimed. */
  reason: string | undefined;
}

export interface QuiesceFacts {
  history: WriteHistory;
  sightings: readonly LockSighting[];
  /** Undefined if the hooks left no record. */
  hooks: RecoveryWindow | undefined;
  /** Wall-clock bounds of the backup, for want of hooks. */
  backupStartMs: number;
  backupEndMs: number;
}

/**
 * Quiesce is claimed only if the lock was seen held, and if nothing that was sent while it was held was
 * acknowledged while it was held.
 */
export function measureQuiesce(facts: QuiesceFacts): QuiesceMeasurement {
  const { hooks, history, sightings } = facts;
  const startMs = hooks?.preHookStartMs ?? facts.backupStartMs;
  const endMs = hooks?.postHookEndMs ?? facts.backupEndMs;
  const longestGapMs = longestGap(history, { startMs, endMs });
  const hooksMs = endMs - startMs;
  const reason = whyNotQuiesced({ history, sightings, hooks });
  return { longestGapMs, hooksMs, quiesceMs: reason ? undefined : Math.max(longestGapMs, hooksMs), reason };
}

function whyNotQuiesced({
  history,
  sightings,
  hooks,
}: Pick<QuiesceFacts, 'history' | 'sightings' | 'hooks'>): string | undefined {
  if (!hooks) return 'the hooks left no record of a start and an end';
  const held = sightings.filter((sighting) => sighting.held);
  const first = held[0];
  const last = held.at(-1);
  if (!first || !last) return 'no lock of the hook was seen in pg_locks';
  const heldFrom = first.answeredMonotonicMs;
  const heldTo = last.askedMonotonicMs;
  const written = history.acknowledgements.filter(
    ({ sentMonotonicMs, monotonicMs }) => sentMonotonicMs > heldFrom && monotonicMs < heldTo,
  );
  return written.length > 0 ? `${written.length} rows were written while the lock was held` : undefined;
}

/** The longest time without an acknowledgement that overlaps the window. */
export function longestGap(history: WriteHistory, { startMs, endMs }: { startMs: number; endMs: number }): number {
  const { acknowledgements } = history;
  let longest = 0;
  for (let index = 1; index < acknowledgements.length; index++) {
    const before = acknowledgements[index - 1];
    const after = acknowledgements[index];
    if (!before || !after || after.wallMs < startMs || before.wallMs > endMs) continue;
    longest = Math.max(longest, after.monotonicMs - before.monotonicMs);
  }
  return longest;
}

/** Reads the record that the hooks of examples/postgres.yaml keep: `<seconds> pre-start|pre-end|post-end`. */
export function parseHookLog(text: string): RecoveryWindow | undefined {
  const marks = text.split('\n').map((line) => line.split(' '));
  const last = (mark: string): number | undefined => {
    const found = marks.findLast(([, name]) => name === mark);
    return found && Number(found[0]) * 1000;
  };
  const preHookStartMs = last('pre-start');
  const postHookEndMs = last('post-end');
  if (preHookStartMs === undefined || postHookEndMs === undefined || postHookEndMs < preHookStartMs) return undefined;
  return { preHookStartMs, postHookEndMs };
}
