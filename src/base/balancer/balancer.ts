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
  try {
    const ports = await balancer.listen();
    return { ports, closed: balancer.watchServers(signal).finally(() => balancer.close()) };
  } catch (error) {
    await balancer.close();
    throw error;
  }
}

/** Who vanished without a word is noticed after a minute or so, as upstream's servers do. */
const keepAliveInitialDelay = 30_000;
const socketOptions = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay } as const;

/** What a server that is not there makes of a connection. Other errors are ours, such as too many open files. */
const refusals: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

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
      createServer({ pauseOnConnect: true, ...socketOptions }, (client) => {
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
              listener.off('error', reject);
              // A connection that could not be taken; the next one may.
              listener.on('error', (error) => this.#options.log.warn('a connection could not be taken', { error }));
              const address = listener.address();
              resolve(typeof address === 'object' && address ? address.port : 0);
            });
          }),
      ),
    );
  }

  /** Resolves when nothing is open any more. */
  async close(): Promise<void> {
    // A listener is closed when its connections are; one that never listened says so as an error.
    const closed = this.#listeners.map((listener) => new Promise<unknown>((resolve) => void listener.close(resolve)));
    for (const client of this.#clients) client.destroy();
    for (const { open } of this.#targets) for (const upstream of open) upstream.destroy();
    await Promise.all(closed);
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
    const upstream = connect({ host, port, ...socketOptions });
    target.open.add(upstream);
    upstream.once('close', () => target.open.delete(upstream));
    const timedOut: NodeJS.ErrnoException = Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' });
    upstream.setTimeout(this.#options.timeoutMs, () => upstream.destroy(timedOut));
    return new Promise((resolve) => {
      const refused = (error: NodeJS.ErrnoException): void => {
        const { log } = this.#options;
        if (refusals.has(error.code)) target.health = { isReady: false, failures: target.health.failures + 1 };
        else log.warn('a connection to a server could not be made', { host, port, error });
      };
      upstream.once('error', refused);
      upstream.once('connect', () => {
        upstream.off('error', refused);
        // Until somebody passes it on: 'close' tells of it.
        upstream.on('error', () => {});
        upstream.setTimeout(0);
        resolve(upstream);
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
