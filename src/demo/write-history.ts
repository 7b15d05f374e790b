// What was sent, and what was acknowledged? Kept in memory for the checks, and as JSON lines outside the volume.

import { closeSync, openSync, writeSync } from 'node:fs';

/** When: a clock that never goes back for differences, and the wall clock to compare with the API's times. */
export interface Instant {
  monotonicMs: number;
  wallMs: number;
}

/** Which server process answered. */
export interface ServerIdentity {
  podUid: string;
  address: string;
  /** `pg_postmaster_start_time()`: tells a restarted server from its predecessor. */
  startedAt: string;
}

export interface Send extends Instant {
  token: string;
  /** 1 for the first send of the token. */
  attempt: number;
  connection: number;
}

export interface Acknowledgement extends Instant {
  token: string;
  sequence: number;
  connection: number;
  server: ServerIdentity;
  /** When the send that this answers began, on the monotonic clock. */
  sentMonotonicMs: number;
  sentWallMs: number;
}

export interface WriteHistory {
  readonly sends: readonly Send[];
  readonly acknowledgements: readonly Acknowledgement[];
}

/** A history that also writes itself to a file, each line before the call returns. */
export class RecordedHistory implements WriteHistory {
  readonly sends: Send[] = [];
  readonly acknowledgements: Acknowledgement[] = [];
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, 'a', 0o600);
  }

  recordSend(send: Send): void {
    this.sends.push(send);
    this.#write({ type: 'send', ...send });
  }

  recordAcknowledgement(acknowledgement: Acknowledgement): void {
    this.acknowledgements.push(acknowledgement);
    this.#write({ type: 'ack', ...acknowledgement });
  }

  /** A send or a connection that got no answer; what became of it shows later. */
  recordFailure(failure: Instant & { connection: number; reason: string }): void {
    this.#write({ type: 'failure', ...failure });
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(line: object): void {
    writeSync(this.#fd, `${JSON.stringify(line)}\n`);
  }
}
