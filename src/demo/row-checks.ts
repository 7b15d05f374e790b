// Did the database keep its word? Pure comparisons of what was acknowledged with what is there.

import { payloadOf, type StoredRow } from './rows.ts';
import type { Acknowledgement, Send, WriteHistory } from './write-history.ts';

/** Sequence numbers whose acknowledged row is absent, or is another one. */
export function lostRows(acknowledgements: readonly Acknowledgement[], rows: readonly StoredRow[]): number[] {
  const stored = new Map(rows.map(({ sequence, token }) => [sequence, token]));
  const lost = acknowledgements.filter(({ sequence, token }) => stored.get(sequence) !== token);
  return [...new Set(lost.map(({ sequence }) => sequence))].sort((a, b) => a - b);
}

/** Rows that no send explains, or whose payload is not that of their number. */
export function wrongRows(sends: readonly Send[], rows: readonly StoredRow[]): number[] {
  const sent = new Set(sends.map(({ token }) => token));
  return rows
    .filter((row) => row.payload !== payloadOf(row.sequence) || !sent.has(row.token))
    .map(({ sequence }) => sequence);
}

/**
 * Acknowledgements that the old server gave after its volume had been cut: of a send that began after the cut,
 * or of a row that the new server does not have. An answer to a row that is there was only late on its way.
 */
export function lateAcknowledgements(
  history: WriteHistory,
  { oldPodUid, cutWallMs, rows }: { oldPodUid: string; cutWallMs: number; rows: readonly StoredRow[] },
): Acknowledgement[] {
  const stored = new Map(rows.map(({ sequence, token }) => [sequence, token]));
  return history.acknowledgements.filter(
    ({ server, wallMs, sentWallMs, sequence, token }) =>
      server.podUid === oldPodUid && wallMs > cutWallMs && (sentWallMs > cutWallMs || stored.get(sequence) !== token),
  );
}

export interface RecoveryWindow {
  /** Wall-clock times of the hooks around the snapshot. */
  preHookStartMs: number;
  postHookEndMs: number;
}

export interface RestoredRows {
  /** The recovery point: the highest number restored. */
  k: number;
  /** Every acknowledgement up to here was before the pre hook began. */
  kMin: number;
  /** No more than this had been sent when the post hook ended. */
  kMax: number;
  /** Numbers of 1..max(k, kMin) that are absent. */
  missing: number;
  /** Rows beyond kMax, with a wrong payload, unexplained by a send, or acknowledged as another row. */
  wrong: number;
}

/** Compares restored rows with the definition of the recovery point: exactly 1..k with kMin ≤ k ≤ kMax. */
export function compareRestored(
  history: WriteHistory,
  rows: readonly StoredRow[],
  window: RecoveryWindow,
): RestoredRows {
  const { acknowledgements, sends } = history;
  const before = acknowledgements.filter(({ wallMs }) => wallMs < window.preHookStartMs);
  const kMin = before.reduce((highest, { sequence }) => Math.max(highest, sequence), 0);
  const kMax = new Set(sends.filter(({ wallMs }) => wallMs <= window.postHookEndMs).map(({ token }) => token)).size;
  const numbers = new Set(rows.map(({ sequence }) => sequence));
  const k = rows.reduce((highest, { sequence }) => Math.max(highest, sequence), 0);
  const wrong = new Set(wrongRows(sends, rows));
  const acknowledged = new Map(acknowledgements.map(({ sequence, token }) => [sequence, token]));
  for (const { sequence, token } of rows) {
    const isOther = (acknowledged.get(sequence) ?? token) !== token;
    if (isOther || sequence > kMax || sequence < 1) wrong.add(sequence);
  }
  return { k, kMin, kMax, missing: Math.max(k, kMin) - numbers.size, wrong: wrong.size };
}

/** Rows per second over the time from the first to the last acknowledgement, less the outages. */
export function rowsPerSecond(acknowledgements: readonly Acknowledgement[], outageMs: number): number {
  const first = acknowledgements[0];
  const last = acknowledgements.at(-1);
  if (!first || !last) return 0;
  const writingMs = last.monotonicMs - first.monotonicMs - outageMs;
  return writingMs > 0 ? (1000 * acknowledgements.length) / writingMs : 0;
}
