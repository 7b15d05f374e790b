// Is the server still there? One HTTP/2 connection that is opened on demand, kept alive by pings,
// and given up as soon as a ping stays unanswered: a partition sends no packet that says so.

import { type ClientHttp2Session, connect } from 'node:http2';
import { abortable } from '../base/abortable.ts';
import { type Clock, TimeoutError } from '../base/clock.ts';
import type { TlsIdentity } from '../base/tls.ts';
import { UnreachableError } from './types.ts';

export interface ConnectionOptions {
  /** `https://host:port`. */
  server: string;
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

/** Holds at most one session; opens the next one when the last has gone. */
export class Http2Connection {
  readonly #options: Required<ConnectionOptions>;
  readonly #lifetime = new AbortController();
  #session: Promise<ClientHttp2Session> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = { connectTimeoutMs: 3_000, pingIntervalMs: 1_000, pingTimeoutMs: 2_000, ...options };
  }

  /** The open session. Rejects with UnreachableError. Aborting stops the wait, not the attempt: others may share it. */
  async session(signal: AbortSignal): Promise<ClientHttp2Session> {
    this.#lifetime.signal.throwIfAborted();
    const opening = (this.#session ??= this.#open());
    const session = await abortable(opening, signal);
    if (!session.destroyed && !session.closed) return session;
    // It ended between two requests, before its 'close' was delivered.
    if (this.#session === opening) this.#session = undefined;
    return this.session(signal);
  }

  close(): void {
    this.#lifetime.abort(new UnreachableError('The client was closed'));
    const session = this.#session;
    this.#session = undefined;
    session?.then(
      (open) => open.destroy(),
      () => undefined,
    );
  }

  #open(): Promise<ClientHttp2Session> {
    const opening: Promise<ClientHttp2Session> = this.#connect(() => {
      if (this.#session === opening) this.#session = undefined;
    });
    return opening;
  }

  async #connect(onEnd: () => void): Promise<ClientHttp2Session> {
    const { server, identity, clock, connectTimeoutMs } = this.#options;
    const session = connect(server, {
      ...identity,
      settings: { initialWindowSize: streamWindowBytes, enablePush: false },
    });
    // Errors are told to every stream; the session's own event must have a listener or the process ends.
    session.on('error', onEnd);
    session.on('goaway', onEnd);
    session.on('close', onEnd);
    try {
      const what = `connection to ${server}`;
      await clock.withTimeout({ what, timeoutMs: connectTimeoutMs, signal: this.#lifetime.signal }, (signal) =>
        abortable(connected(session), signal),
      );
    } catch (error) {
      onEnd();
      session.destroy();
      throw new UnreachableError(`Cannot connect to ${server}`, { cause: error });
    }
    session.setLocalWindowSize(connectionWindowBytes);
    void this.#keepAlive(session);
    return session;
  }

  async #keepAlive(session: ClientHttp2Session): Promise<void> {
    const { server, clock, pingIntervalMs } = this.#options;
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
