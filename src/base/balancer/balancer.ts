// How does one address stand for several servers? Each connection to it is passed through to a server that is ready; what
// goes over it is not looked at, so that TLS stays between the two ends.

import { connect, createServer, type Server, type Socket } from 'node:net';
import { abortable } from '../abortable.ts';
import type { Clock } from '../clock.ts';
import type { Logger } from '../log.ts';
import { inOrder, isSilent, type ServerHealth, unknownHealth } from './choice.ts';

export interface Place {
  host: string;
  port: number;
}

export interface BalancerOptions<T extends Place> {
  /** Addresses to listen on; port 0 takes any free one. */
  listen: readonly Place[];
  servers: readonly T[];
  /** Does the server take requests? Rejects, or waits, if it can't tell. */
  isReady: (server: T, signal: AbortSignal) => Promise<boolean>;
  /** Resolves if the server answers at all, however little it can do: one that waits for others does. */
  answers: (server: T, signal: AbortSignal) => Promise<unknown>;
  clock: Clock;
  log: Logger;
  /** Between two questions to a server; half a second unless told otherwise. */
  intervalMs?: number;
  /** A server that has not answered, or taken a connection, within this time counts as one that does not; a second unless told otherwise. */
  timeoutMs?: number;
}

export interface Balancing {
  /** Where it listens, in the order of `listen`. */
  ports: number[];
  /** Resolves when `signal` has aborted and nothing is open any more. */
  closed: Promise<void>;
}

/** Resolves when all addresses are listened on. Rejects if one can't be had. */
export async function balance<T extends Place>(options: BalancerOptions<T>, signal: AbortSignal): Promise<Balancing> {
  const balancer = new Balancer(options);
  const closed = new AbortController();
  const lifetime = AbortSignal.any([signal, closed.signal]);
  try {
    const ports = await balancer.listen();
    const watching = balancer.watchServers(lifetime);
    return { ports, closed: watching.finally(() => balancer.close()) };
  } catch (error) {
    closed.abort();
    balancer.close();
    throw error;
  }
}

class Target<T extends Place> {
  readonly server: T;
  readonly open = new Set<Socket>();
  health: ServerHealth = unknownHealth;

  constructor(server: T) {
    this.server = server;
  }

  get connections(): number {
    return this.open.size;
  }
}

class Balancer<T extends Place> {
  readonly #options: Required<BalancerOptions<T>>;
  readonly #targets: Target<T>[];
  readonly #listeners: Server[];
  readonly #clients = new Set<Socket>();

  constructor(options: BalancerOptions<T>) {
    this.#options = { intervalMs: 500, timeoutMs: 1000, ...options };
    this.#targets = options.servers.map((server) => new Target(server));
    // What a client says is read once there is somebody to say it to; either end may be silent before the other.
    this.#listeners = options.listen.map(() =>
      createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true, keepAlive: true }, (client) => {
        void this.#accept(client);
      }),
    );
  }

  listen(): Promise<number[]> {
    return Promise.all(
      this.#listeners.map(
        (listener, index) =>
          new Promise<number>((resolve, reject) => {
            listener.once('error', reject);
            listener.listen(this.#options.listen[index], () => {
              const address = listener.address();
              resolve(typeof address === 'object' && address ? address.port : 0);
            });
          }),
      ),
    );
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
    for (const client of this.#clients) client.destroy();
  }

  async watchServers(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#targets.map((target) => this.#watch(target, signal)));
  }

  async #watch(target: Target<T>, signal: AbortSignal): Promise<void> {
    const { clock, intervalMs } = this.#options;
    while (!signal.aborted) {
      const health = await this.#ask(target, signal);
      if (signal.aborted) return;
      this.#note(target, health);
      await clock.sleep(intervalMs, signal).catch(() => {});
    }
  }

  async #ask({ server, health }: Target<T>, signal: AbortSignal): Promise<ServerHealth> {
    const { clock, timeoutMs, isReady, answers } = this.#options;
    const limit = { what: 'the server to answer', timeoutMs, signal };
    const inTime = <R>(question: (server: T, signal: AbortSignal) => Promise<R>): Promise<R> =>
      clock.withTimeout(limit, (bounded) => abortable(question(server, bounded), bounded));
    const [ready, answer] = await Promise.allSettled([inTime(isReady), inTime(answers)]);
    if (ready.status === 'fulfilled') return { isReady: ready.value, failures: 0 };
    return { isReady: false, failures: answer.status === 'fulfilled' ? 0 : health.failures + 1 };
  }

  #note(target: Target<T>, health: ServerHealth): void {
    const { log } = this.#options;
    const { server, open, health: before } = target;
    target.health = health;
    const { host, port } = server;
    if (health.isReady !== before.isReady) log.info('a server changed', { host, port, isReady: health.isReady });
    if (!isSilent(health) || open.size === 0) return;
    // Clients would wait for answers that do not come: they ask another server once their connection is gone.
    log.warn('connections to a server that does not answer are closed', { host, port, count: open.size });
    for (const upstream of open) upstream.destroy();
  }

  async #accept(client: Socket): Promise<void> {
    this.#clients.add(client);
    client.once('close', () => this.#clients.delete(client));
    // A client that leaves while a server is looked for: 'close' tells of it.
    client.on('error', () => {});
    for (const target of inOrder(this.#targets)) {
      const upstream = await this.#connect(target);
      if (client.destroyed) {
        upstream?.destroy();
        return;
      }
      if (upstream) return join(client, upstream);
    }
    client.resetAndDestroy();
  }

  /** A connection to the server, or undefined if it takes none. */
  #connect(target: Target<T>): Promise<Socket | undefined> {
    const { host, port } = target.server;
    const upstream = connect({ host, port, allowHalfOpen: true, noDelay: true, keepAlive: true });
    target.open.add(upstream);
    upstream.once('close', () => target.open.delete(upstream));
    upstream.setTimeout(this.#options.timeoutMs, () => upstream.destroy());
    let isConnected = false;
    return new Promise((resolve) => {
      upstream.once('connect', () => {
        isConnected = true;
        upstream.setTimeout(0);
        resolve(upstream);
      });
      upstream.once('error', () => {
        if (!isConnected) target.health = { isReady: false, failures: target.health.failures + 1 };
      });
      upstream.once('close', () => resolve(undefined));
    });
  }
}

/** Passes on what either end says, its end too; whoever is gone takes the other along. */
function join(client: Socket, upstream: Socket): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on('error', () => to.destroy());
    from.once('close', () => to.destroySoon());
    from.pipe(to);
  }
}
