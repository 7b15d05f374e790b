// How is the API offered on the network? HTTPS with client certificates; HTTP/2, and HTTP/1.1 for those
// who upgrade to WebSocket.

import { constants as cryptoConstants } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { DEFAULT_CIPHERS, type TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { Http2Connection } from '../../base/http2/connection.ts';
import type { Logger } from '../../base/log.ts';
import { systemClock } from '../../base/system-clock.ts';
import type { TlsIdentity } from '../../base/tls.ts';
import type { ApiServer } from '../api-server.ts';
import { clientCertificate } from './client-user.ts';
import { type ExchangeDeps, type Peer, serveExchange } from './exchange.ts';
import { http1Exchange } from './http1-exchange.ts';
import { Http2Exchange } from './http2-exchange.ts';
import { isStreamed, plainExchange } from './plain-upgrade.ts';
import { serveUpgrade } from './upgrade.ts';

const handshakeTimeoutMs = 10_000;
/** Go's servers prefer this one too, unlike Node's: with keys of 256 bits the same bytes take a tenth to a quarter longer. */
const cipherFirst = 'TLS_AES_128_GCM_SHA256';
const ciphers = [cipherFirst, ...DEFAULT_CIPHERS.split(':').filter((each) => each !== cipherFirst)].join(':');

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
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #http2 = new Set<Http2Connection>();
  readonly #peers = new WeakMap<object, Peer>();

  constructor(address: { host: string; port: number }, options: ServeOptions, deps: ExchangeDeps) {
    const { tls, kubeletTls, log, apiServer } = options;
    this.#address = address;
    this.#server = createServer({
      ALPNProtocols: ['h2', 'http/1.1'],
      // Who connects and says nothing holds nothing for long; HTTP/1.1 has Node's limits for headers and requests.
      handshakeTimeout: handshakeTimeoutMs,
      ca: tls.ca,
      cert: tls.cert,
      key: tls.key,
      ciphers,
      requestCert: true,
      // Health endpoints answer without a certificate; everything else asks for the user.
      rejectUnauthorized: false,
      // A resumed session would not show the client's certificate again.
      secureOptions: cryptoConstants.SSL_OP_NO_TICKET,
    });
    // Node's own listener speaks HTTP/1.1 to whoever connects: it gets those who want that.
    const [serveHttp1] = this.#server.listeners('secureConnection');
    this.#server.removeAllListeners('secureConnection');
    this.#server.on('secureConnection', (socket) => {
      if (socket.alpnProtocol === 'h2') this.#serveHttp2(socket, deps);
      else serveHttp1?.call(this.#server, socket);
    });
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void serveExchange(http1Exchange(request, response, this.#peerOf(request.socket)), deps);
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('tlsClientError', (error) => {
      apiServer.handshakeFailed();
      log.debug('TLS handshake failed', { error });
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const peer = this.#peerOf(request.socket);
      if (!isStreamed(request)) {
        socket.on('error', (error) => log.debug('connection failed', { error }));
        const plain = plainExchange(request, socket, peer);
        if (plain) void serveExchange(plain, deps);
        return;
      }
      const { userAt, remoteAddress } = peer;
      const controller = new AbortController();
      deps.inFlight.add(controller);
      socket.once('close', () => {
        deps.inFlight.delete(controller);
        controller.abort(new Error('The client closed the connection'));
      });
      const user = userAt(deps.clock.now());
      const upgrade = { request, socket, head, user, remoteAddress };
      void serveUpgrade(upgrade, { apiServer, kubeletTls, log }, controller.signal);
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
    for (const connection of this.#http2) connection.refuseMore();
    // Answers that had to end have had their turn of the event loop; idle connections would hold the server.
    await new Promise((resolve) => setImmediate(resolve));
    for (const connection of this.#http2) connection.end();
    for (const socket of this.#sockets) socket.destroySoon();
    await closed;
  }

  #serveHttp2(socket: TLSSocket, deps: ExchangeDeps): void {
    const { clock } = deps;
    const peer = this.#peerOf(socket);
    const connection = new Http2Connection(socket, {
      onStream: (stream) => void serveExchange(new Http2Exchange(stream, peer, clock), deps),
      monotonic: () => clock.monotonic(),
    });
    this.#http2.add(connection);
    socket.once('close', () => this.#http2.delete(connection));
  }

  #peerOf(socket: Socket): Peer {
    let known = this.#peers.get(socket);
    if (!known) {
      known = { ...clientCertificate(socket as TLSSocket), remoteAddress: socket.remoteAddress };
      this.#peers.set(socket, known);
    }
    return known;
  }
}
