// How is the API offered on the network? HTTPS with client certificates; HTTP/2, and HTTP/1.1 for those
// who upgrade to WebSocket.

import { constants as cryptoConstants } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Session } from 'node:http2';
import { constants, createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { systemClock } from '../../base/system-clock.ts';
import type { TlsIdentity } from '../../base/tls.ts';
import type { ApiServer } from '../api-server.ts';
import { clientUser } from './client-user.ts';
import { type ExchangeDeps, type Peer, serveExchange } from './exchange.ts';
import { serveUpgrade } from './upgrade.ts';

const sessionMegabytesMax = 512;
const handshakeTimeoutMs = 10_000;

export interface ServeOptions {
  apiServer: ApiServer;
  /** Addresses to listen on; port 0 takes any free one. */
  listen: { host: string; port: number }[];
  /** The server's certificate; clients' must come from its `ca`. */
  tls: TlsIdentity;
  /** How the server shows itself to agents, for exec and attach. Refused if absent. */
  kubeletTls?: TlsIdentity;
  log: Logger;
  clock?: Clock;
  /** A request's body must come within this time; a minute unless told otherwise. */
  bodyTimeoutMs?: number;
}

export interface Serving {
  /** Where it listens, in the order of `listen`. */
  addresses: { host: string; port: number }[];
  /** Resolves when `signal` has aborted and every connection is closed. */
  closed: Promise<void>;
}

/** Resolves when all addresses are listened on. Rejects with an Error that names the address that can't be had. */
export async function serveHttps(options: ServeOptions, signal: AbortSignal): Promise<Serving> {
  signal.throwIfAborted();
  const { apiServer, log, clock = systemClock, bodyTimeoutMs = 60_000 } = options;
  const deps: ExchangeDeps = { apiServer, log, clock, bodyTimeoutMs, inFlight: new Set() };
  const listeners = options.listen.map((address) => new Listener(address, options, deps));
  try {
    for (const listener of listeners) await listener.listen();
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()));
    throw error;
  }
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const closed = stopped.then(async () => {
    for (const controller of deps.inFlight) controller.abort(signal.reason);
    await Promise.all(listeners.map((listener) => listener.close()));
  });
  return { addresses: listeners.map((listener) => listener.address), closed };
}

class Listener {
  readonly #address: { host: string; port: number };
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #peers = new WeakMap<object, Peer>();

  constructor(address: { host: string; port: number }, options: ServeOptions, deps: ExchangeDeps) {
    const { tls, kubeletTls, log, apiServer } = options;
    this.#address = address;
    this.#server = createSecureServer({
      allowHTTP1: true,
      // Who connects and says nothing holds nothing for long; HTTP/1.1 has Node's limits for headers and requests.
      handshakeTimeout: handshakeTimeoutMs,
      ca: tls.ca,
      cert: tls.cert,
      key: tls.key,
      requestCert: true,
      // Health endpoints answer without a certificate; everything else asks for the user.
      rejectUnauthorized: false,
      // A resumed session would not show the client's certificate again.
      secureOptions: cryptoConstants.SSL_OP_NO_TICKET,
      settings: { maxConcurrentStreams: 1000, initialWindowSize: 1024 * 1024 },
      // Unsent lists and watches count; above the limit, Node refuses new requests on the connection.
      maxSessionMemory: sessionMegabytesMax,
    });
    this.#server.on('request', (request, response) =>
      this.#serveHttp1(request as unknown as IncomingMessage, response as unknown as ServerResponse, deps),
    );
    // The 'request' listener above brings a wrapper around every HTTP/2 stream; streams are served directly.
    this.#server.removeAllListeners('stream');
    this.#server.on('stream', (stream, headers) => this.#serveHttp2(stream, headers, deps));
    this.#server.on('session', (session) => this.#track(session));
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('tlsClientError', (error) => log.debug('TLS handshake failed', { error }));
    this.#server.on('sessionError', (error) => log.debug('HTTP/2 session failed', { error }));
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const peer = this.#peerOf(request.socket, request.socket as TLSSocket);
      const controller = new AbortController();
      deps.inFlight.add(controller);
      socket.once('close', () => {
        deps.inFlight.delete(controller);
        controller.abort(new Error('The client closed the connection'));
      });
      void serveUpgrade({ request, socket, head, ...peer }, { apiServer, kubeletTls, log }, controller.signal);
    });
  }

  get address(): { host: string; port: number } {
    const { port } = this.#server.address() as AddressInfo;
    return { host: this.#address.host, port };
  }

  listen(): Promise<void> {
    const { host, port } = this.#address;
    return new Promise((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException): void => {
        const why = error.code === 'EADDRINUSE' ? 'the port is in use' : error.message;
        reject(new Error(`Cannot listen on ${host}:${port}: ${why}`, { cause: error }));
      };
      this.#server.once('error', onError);
      this.#server.listen(port, host, () => {
        this.#server.removeListener('error', onError);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.close();
    // Answers that had to end have had their turn of the event loop; idle connections would hold the server.
    await new Promise((resolve) => setImmediate(resolve));
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
  }

  #track(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
  }

  #peerOf(connection: object, socket: TLSSocket): Peer {
    let known = this.#peers.get(connection);
    if (!known) {
      known = { user: clientUser(socket), remoteAddress: socket.remoteAddress };
      this.#peers.set(connection, known);
    }
    return known;
  }

  #serveHttp2(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, deps: ExchangeDeps): void {
    const session = stream.session as ServerHttp2Session;
    void serveExchange(
      {
        method: headers[constants.HTTP2_HEADER_METHOD] as string,
        path: headers[constants.HTTP2_HEADER_PATH] as string,
        headers: headers as Record<string, string>,
        peer: this.#peerOf(session, session.socket as TLSSocket),
        source: stream,
        sink: stream,
        sendHead: (status, fields, { isWhole }) => {
          if (!stream.headersSent && !stream.destroyed)
            stream.respond({ ':status': status, ...fields }, { endStream: isWhole });
        },
        destroy: () => stream.close(constants.NGHTTP2_CANCEL),
      },
      deps,
    );
  }

  #serveHttp1(request: IncomingMessage, response: ServerResponse, deps: ExchangeDeps): void {
    void serveExchange(
      {
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers: request.headers as Record<string, string>,
        peer: this.#peerOf(request.socket, request.socket as TLSSocket),
        source: request,
        sink: response,
        sendHead: (status, fields, { isWhole }) => {
          response.writeHead(status, fields);
          if (isWhole) response.end();
          else response.flushHeaders();
        },
        destroy: () => response.destroy(),
      },
      deps,
    );
  }
}
