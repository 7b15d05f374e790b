// Is the server still there? One HTTP/2 connection that is opened on demand, kept alive by pings,
// and given up as soon as a ping stays unanswered: a partition sends no packet that says so.
// Of several servers any will do: when one is lost, the next connection goes to the next.

import { type ClientHttp2Session, connect } from 'node:http2';
import { abortable } from '../base/abortable.ts';
import { type Clock, TimeoutError } from '../base/clock.ts';
import type { TlsIdentity } from '../base/tls.ts';
import { UnreachableError } from './types.ts';

export interface ConnectionOptions {
  /** `https://host:port`. */
  server: string;
  /** Further servers of the same cluster. */
  others?: readonly string[] | undefined;
  identity: TlsIdentity;
  clock: Clock;
  connectTimeoutMs?: number;
  pingIntervalMs?: number;
  /** Silence after a ping that ends the connection. */
  pingTimeoutMs?: number;
}

// Watches that are read slowly must not stop the others: the connection's window is far above a stream's.
const streamWindowBytes = 2 ** 20;
const connectionWindowBytes = 2 ** 26;

/** A session, and the server that it is to. */
export interface Opened {
  server: string;
  session: ClientHttp2Session;
}

/** Holds at most one session; opens the next one when the last has gone. */
export class Http2Connection {
  readonly #options: Required<ConnectionOptions>;
  readonly #servers: readonly string[];
  readonly #lifetime = new AbortController();
  #session: Promise<Opened> | undefined;
  /** Index of the server that the session is to, or the next one will be. */
  #preferred = 0;

  constructor(options: ConnectionOptions) {
    const { others = [], ...rest } = options;
    this.#options = { connectTimeoutMs: 3_000, pingIntervalMs: 1_000, pingTimeoutMs: 2_000, ...rest, others };
    this.#servers = [options.server, ...others];
  }

  /**
   * The open session, and the server that it is to. Rejects with UnreachableError when no server could be reached.
   * Aborting stops the wait, not the attempt: others may share it.
   */
  async opened(signal: AbortSignal): Promise<Opened> {
    this.#lifetime.signal.throwIfAborted();
    const opening = (this.#session ??= this.#open());
    const opened = await abortable(opening, signal);
    if (!opened.session.destroyed && !opened.session.closed) return opened;
    // It ended between two requests, before its 'close' was delivered.
    this.#lost(opening);
    return this.opened(signal);
  }

  close(): void {
    this.#lifetime.abort(new UnreachableError('The client was closed'));
    const session = this.#session;
    this.#session = undefined;
    session?.then(
      ({ session: open }) => open.destroy(),
      () => undefined,
    );
  }

  #open(): Promise<Opened> {
    const opening: Promise<Opened> = this.#connectToAny(() => this.#lost(opening));
    opening.catch(() => this.#lost(opening));
    return opening;
  }

  #lost(opening: Promise<Opened>): void {
    if (this.#session !== opening) return;
    this.#session = undefined;
    this.#preferred += 1;
  }

  /** Tries each server once. */
  async #connectToAny(onEnd: () => void): Promise<Opened> {
    const failures: unknown[] = [];
    for (const _ of this.#servers) {
      const server = this.#servers[this.#preferred % this.#servers.length] as string;
      try {
        return { server, session: await this.#connect(server, onEnd) };
      } catch (error) {
        failures.push(error);
        this.#preferred += 1;
        if (this.#lifetime.signal.aborted) break;
      }
    }
    const cause = failures.length === 1 ? failures[0] : new AggregateError(failures);
    throw new UnreachableError(`Cannot connect to ${this.#servers.join(', ')}`, { cause });
  }

  async #connect(server: string, onEnd: () => void): Promise<ClientHttp2Session> {
    const { identity, clock, connectTimeoutMs } = this.#options;
    const session = connect(server, {
      ...identity,
      settings: { initialWindowSize: streamWindowBytes, enablePush: false },
    });
    // Errors are told to every stream; the session's own event must have a listener or the process ends.
    session.on('error', () => {});
    try {
      const what = `connection to ${server}`;
      await clock.withTimeout({ what, timeoutMs: connectTimeoutMs, signal: this.#lifetime.signal }, (signal) =>
        abortable(connected(session), signal),
      );
    } catch (error) {
      session.destroy();
      throw error;
    }
    for (const event of ['error', 'goaway', 'close']) session.on(event, onEnd);
    session.setLocalWindowSize(connectionWindowBytes);
    void this.#keepAlive(session, server);
    return session;
  }

  async #keepAlive(session: ClientHttp2Session, server: string): Promise<void> {
    const { clock, pingIntervalMs } = this.#options;
    const ended = new AbortController();
    session.once('close', () => ended.abort(new UnreachableError('The session was closed')));
    try {
      while (!session.destroyed) {
        await clock.sleep(pingIntervalMs, ended.signal);
        if (await this.#isAnswered(session, ended.signal)) continue;
        session.destroy(new UnreachableError(`${server} answers no ping`));
      }
    } catch (error) {
      // The loop's only way out beside its condition: the session has ended.
      if (!ended.signal.aborted) session.destroy(new UnreachableError(`Cannot ping ${server}`, { cause: error }));
    }
  }

  async #isAnswered(session: ClientHttp2Session, signal: AbortSignal): Promise<boolean> {
    const { clock, pingTimeoutMs } = this.#options;
    let answered = false;
    const answer = new Promise<void>((resolve) => {
      session.ping(() => {
        answered = true;
        resolve();
      });
    });
    try {
      const bounds = { what: 'HTTP/2 ping', timeoutMs: pingTimeoutMs, signal };
      await clock.withTimeout(bounds, (bounded) => abortable(answer, bounded));
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      // After a stall of this process the timer fires before the answer, which waits in the socket, is read.
      await clock.sleep(50, signal);
    }
    return answered;
  }
}

function connected(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.once('connect', () => resolve());
    session.once('error', reject);
    session.once('close', () => reject(new UnreachableError('The connection was closed')));
  });
}
