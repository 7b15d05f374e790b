// Is the server alive, and is it ready? Checks by name, told in upstream's text format.
// Source: apiserver/pkg/server/healthz.

import { abortable } from '../base/abortable.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import type { RequestInfo } from './request-info.ts';
import { textResponse } from './respond.ts';
import type { ApiResponse } from './types.ts';

/** What a server has to get done before it is ready; names of upstream's checks. */
export type StartStep =
  | 'informer-sync'
  | 'poststarthook/crd-informer-synced'
  | 'poststarthook/start-system-namespaces-controller';

interface HealthCheck {
  name: string;
  /** Rejects with an Error that says what is wrong. */
  check: (signal: AbortSignal) => Promise<void>;
}

type Endpoint = 'livez' | 'readyz' | 'healthz';

/** Source: kube-apiserver's --etcd-healthcheck-timeout. */
const storeTimeoutMs = 2000;

/** Does `path` answer without credentials? Single checks do not: they tell reasons. */
export function isHealthPath(path: string): boolean {
  return /^\/(?:livez|readyz|healthz)\/*$/.test(path);
}

export interface HealthOptions {
  store: Pick<RevisionStore, 'isShared' | 'latestRevision'>;
  clock: Clock;
  log: Logger;
  /** All that the server's start consists of. */
  steps: readonly StartStep[];
}

/** The health of one server, which is told what it has got done. */
export class Health {
  #isStopping = false;
  readonly #done = new Set<StartStep>();
  readonly #log: Logger;
  readonly #checks: Record<Endpoint, HealthCheck[]>;

  constructor({ store, clock, log, steps }: HealthOptions) {
    this.#log = log;
    const ping = { name: 'ping', check: () => Promise.resolve() };
    const storage = { name: store.isShared ? 'etcd' : 'storage', check: storeCheck(store, clock) };
    const started = steps.map((name) => ({ name, check: () => this.#requireDone(name) }));
    this.#checks = {
      livez: [ping, storage],
      healthz: [ping, storage, ...started],
      readyz: [ping, storage, ...started, { name: 'shutdown', check: () => this.#requireRunning() }],
    };
  }

  /** Every path that `response` answers. */
  get paths(): string[] {
    return Object.entries(this.#checks).flatMap(([endpoint, checks]) => [
      `/${endpoint}`,
      ...checks.map(({ name }) => `/${endpoint}/${name}`),
    ]);
  }

  done(step: StartStep): void {
    this.#done.add(step);
  }

  /** The server stops: it is alive for a while, but not ready. */
  stopping(): void {
    this.#isStopping = true;
  }

  /** Answers `/livez`, `/readyz`, `/healthz` and their single checks; undefined for any other path. */
  async response({ path, query }: RequestInfo, signal: AbortSignal): Promise<ApiResponse | undefined> {
    const [, endpoint, name = ''] = /^\/(livez|readyz|healthz)\/*(.*)$/.exec(path) ?? [];
    if (!endpoint) return undefined;
    const checks = this.#checks[endpoint as Endpoint];
    if (name === '') return this.#allOf(checks, { endpoint, query }, signal);
    const found = checks.find((each) => each.name === name);
    return found && oneOf(found, signal);
  }

  async #allOf(
    checks: HealthCheck[],
    { endpoint, query }: { endpoint: string; query: URLSearchParams },
    signal: AbortSignal,
  ): Promise<ApiResponse> {
    const excluded = new Set(query.getAll('exclude'));
    const failed: string[] = [];
    const lines = await Promise.all(
      checks.map(async ({ name, check }) => {
        if (excluded.has(name)) return `[+]${name} excluded: ok\n`;
        try {
          await check(signal);
          return `[+]${name} ok\n`;
        } catch (error) {
          this.#log.debug('a health check failed', { check: name, error });
          failed.push(name);
          // Anyone may read this; who may read more asks for the single check.
          return `[-]${name} failed: reason withheld\n`;
        }
      }),
    );
    for (const { name } of checks) excluded.delete(name);
    const unknown = [...excluded].toSorted().map((name) => JSON.stringify(name));
    if (unknown.length > 0)
      lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(',')}\n`);
    const text = lines.join('');
    if (failed.length > 0) return textResponse(500, `${text}${endpoint} check failed\n`);
    return textResponse(200, query.has('verbose') ? `${text}${endpoint} check passed\n` : 'ok');
  }

  #requireDone(step: StartStep): Promise<void> {
    return this.#done.has(step) ? Promise.resolve() : Promise.reject(new Error('not finished'));
  }

  #requireRunning(): Promise<void> {
    return this.#isStopping ? Promise.reject(new Error('process is shutting down')) : Promise.resolve();
  }
}

async function oneOf({ check }: HealthCheck, signal: AbortSignal): Promise<ApiResponse> {
  try {
    await check(signal);
    return textResponse(200, 'ok');
  } catch (error) {
    return textResponse(500, `internal server error: ${(error as Error).message}\n`);
  }
}

/** Does the store answer in time, to a question that only its newest state answers? */
function storeCheck(store: HealthOptions['store'], clock: Clock): HealthCheck['check'] {
  const limit = { what: 'the store to answer', timeoutMs: storeTimeoutMs };
  const ask = (): Promise<void> => store.latestRevision().then(() => {});
  return (signal) => clock.withTimeout({ ...limit, signal }, (bounded) => abortable(ask(), bounded));
}
