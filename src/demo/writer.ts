// Who writes while things break? Several connections that insert rows at a steady pace, log each send and each
// acknowledgement, and find the server again wherever it went.

import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { type Connection, connectDatabase, type Endpoint, NotDurableError } from './connection.ts';
import { findSql, insertSql, uniqueViolation } from './rows.ts';
import type { RecordedHistory } from './write-history.ts';

export interface WriterOptions {
  clock: Clock;
  random: Random;
  history: RecordedHistory;
  /** Where the server is now; undefined while nothing is there. May reject while the API is away. */
  findEndpoint: (signal: AbortSignal) => Promise<Endpoint | undefined>;
  password: string;
  connections: number;
  rowsPerSecond: number;
  assertDurable: boolean;
}

const retryMs = 20;
const watchEndpointMs = 100;

interface Pending {
  token: string;
  attempts: number;
}

/** One load. `run` writes until its signal aborts; it rejects with NotDurableError at once. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #open = new Map<number, Connection>();
  #endpoint: Endpoint | undefined;
  #pinned: { endpoint: Endpoint; connections: number } | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** The server that new connections go to. */
  get endpoint(): Endpoint | undefined {
    return this.#endpoint;
  }

  /** Makes the first `connections` connections stay with the server of now, however dead it seems to others. */
  pin(connections: number): void {
    if (this.#endpoint) this.#pinned = { endpoint: this.#endpoint, connections };
  }

  /** Lets pinned connections follow the others. */
  unpin(): void {
    const pinned = this.#pinned;
    this.#pinned = undefined;
    for (let index = 0; index < (pinned?.connections ?? 0); index++) this.#open.get(index)?.destroy();
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    // A query that waits for a lock or a dead machine would keep the writer from stopping.
    stop.signal.addEventListener('abort', () => this.#disconnect(() => true), { once: true });
    const tasks = [this.#watchEndpoint(stop.signal)];
    for (let index = 0; index < this.#options.connections; index++) tasks.push(this.#write(index, stop.signal));
    try {
      await Promise.all(tasks);
    } catch (error) {
      stop.abort(error);
      await Promise.allSettled(tasks);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Connections to a server that is not the one any more are cut: a dead machine does not say goodbye. */
  async #watchEndpoint(signal: AbortSignal): Promise<void> {
    const { clock, findEndpoint } = this.#options;
    while (!signal.aborted) {
      const found = await findEndpoint(signal).catch(() => this.#endpoint);
      const moved = found?.podUid !== this.#endpoint?.podUid || found?.address !== this.#endpoint?.address;
      this.#endpoint = found;
      if (moved && found) this.#disconnect((index) => !this.#isPinned(index));
      await clock.sleep(this.#open.size > 0 ? watchEndpointMs : retryMs, signal).catch(() => {});
    }
  }

  async #write(index: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let pending: Pending | undefined;
    while (!signal.aborted) {
      const connection = await this.#connect(index);
      if (!connection) {
        await clock.sleep(retryMs, signal).catch(() => {});
        continue;
      }
      this.#open.set(index, connection);
      try {
        for (;;) {
          const started = clock.monotonic();
          pending ??= { token: this.#options.random.uuid(), attempts: 0 };
          await this.#writeRow(index, { connection, pending });
          pending = undefined;
          if (signal.aborted) return;
          const intervalMs = (1000 * this.#options.connections) / this.#options.rowsPerSecond;
          await clock.sleep(Math.max(0, started + intervalMs - clock.monotonic()), signal);
        }
      } catch (error) {
        // Whether the row was written is unknown. The next connection asks by its token.
        if (!signal.aborted) this.#noteFailure(index, error);
        await clock.sleep(retryMs, signal).catch(() => {});
      } finally {
        this.#open.delete(index);
        connection.destroy();
      }
    }
  }

  async #connect(index: number): Promise<Connection | undefined> {
    const { password, assertDurable, clock } = this.#options;
    const endpoint = this.#isPinned(index) ? this.#pinned?.endpoint : this.#endpoint;
    if (!endpoint) return undefined;
    try {
      return await connectDatabase({ endpoint, password, clock, assertDurable });
    } catch (error) {
      if (error instanceof NotDurableError) throw error;
      this.#noteFailure(index, error);
      return undefined;
    }
  }

  #noteFailure(connection: number, error: unknown): void {
    const { clock, history } = this.#options;
    const { code, message } = error as { code?: string; message: string };
    history.recordFailure({ connection, reason: code ?? message, monotonicMs: clock.monotonic(), wallMs: clock.now() });
  }

  async #writeRow(index: number, { connection, pending }: { connection: Connection; pending: Pending }): Promise<void> {
    const { clock, history } = this.#options;
    const { token } = pending;
    const began = { monotonicMs: clock.monotonic(), wallMs: clock.now() };
    const isRepeat = pending.attempts > 0;
    pending.attempts += 1;
    history.recordSend({ token, attempt: pending.attempts, connection: index, ...began });
    const sequence = (isRepeat ? await find(connection, token) : undefined) ?? (await insert(connection, token));
    history.recordAcknowledgement({
      token,
      sequence,
      connection: index,
      server: connection.server,
      sentMonotonicMs: began.monotonicMs,
      sentWallMs: began.wallMs,
      monotonicMs: clock.monotonic(),
      wallMs: clock.now(),
    });
  }

  #isPinned(index: number): boolean {
    return this.#pinned !== undefined && index < this.#pinned.connections;
  }

  #disconnect(which: (index: number) => boolean): void {
    for (const [index, connection] of this.#open) if (which(index)) connection.destroy();
  }
}

async function insert(connection: Connection, token: string): Promise<number> {
  try {
    const rows = await connection.query<{ sequence: string }>('insert', insertSql, [token]);
    return Number(rows[0]?.sequence);
  } catch (error) {
    // An earlier send of the token arrived after we had looked for it.
    if ((error as { code?: string }).code !== uniqueViolation) throw error;
    const found = await find(connection, token);
    if (found === undefined) throw error;
    return found;
  }
}

async function find(connection: Connection, token: string): Promise<number | undefined> {
  const rows = await connection.query<{ sequence: string }>('find', findSql, [token]);
  return rows[0] && Number(rows[0].sequence);
}
