// Builders for the tests of the demo's checks: each takes only what the case is about.

import { payloadOf, type StoredRow } from './rows.ts';
import type { Acknowledgement, Send } from './write-history.ts';

/** The row of `sequence`, written by the send of token `t<sequence>`. */
export function row(sequence: number, overrides: Partial<StoredRow> = {}): StoredRow {
  return { sequence, token: `t${sequence}`, payload: payloadOf(sequence), ...overrides };
}

/** An acknowledgement at `atMs` of a send one millisecond before; both clocks agree. */
export function ack(sequence: number, atMs: number, overrides: Partial<Acknowledgement> = {}): Acknowledgement {
  return {
    token: `t${sequence}`,
    sequence,
    connection: 0,
    server: { podUid: 'old', address: '10.0.0.1', startedAt: 'a' },
    sentMonotonicMs: atMs - 1,
    sentWallMs: atMs - 1,
    monotonicMs: atMs,
    wallMs: atMs,
    ...overrides,
  };
}

export function send(sequence: number, atMs: number): Send {
  return { token: `t${sequence}`, attempt: 1, connection: 0, monotonicMs: atMs, wallMs: atMs };
}

/** Sends and acknowledgements of rows 1..count, one every 10 ms from 0. */
export function steadyHistory(count: number): { sends: Send[]; acknowledgements: Acknowledgement[] } {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return { sends: numbers.map((n) => send(n, n * 10 - 1)), acknowledgements: numbers.map((n) => ack(n, n * 10)) };
}
