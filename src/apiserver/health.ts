// Is the server alive, and is it ready? Checks by name, told in upstream's text format.
// Source: apiserver/pkg/server/healthz.

import { abortable } from '../base/abortable.ts';
import type { Clock } from '../base/clock.ts';
import { answerOfAll, answerOfOne, type HealthCheck, HealthTally, pingCheck } from '../base/health-checks.ts';
import type { Logger } from '../base/log.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import type { RequestInfo } from './request-info.ts';
import { bytesResponse, textResponse } from './respond.ts';
import type { ApiResponse } from './types.ts';

/** What a server has to get done before it is ready; names of upstream's checks. */
export type StartStep =
  | 'informer-sync'
  | 'poststarthook/crd-informer-synced'
  | 'poststarthook/storage-readiness'
  | 'poststarthook/start-system-namespaces-controller';

type Endpoint = 'livez' | 'readyz' | 'healthz';

/** Source: kube-apiserver's --etcd-healthcheck-timeout. */
const storeTimeoutMs = 2000;

/** Does `path` answer without credentials? Single checks do not: they tell reasons. */
export function isHealthPath(path: string): boolean {
  return /^\/(?:livez|readyz|healthz)$/.test(path);
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
  /** Of the checks that were asked for. */
  readonly tally = new HealthTally();
  #isStopping = false;
  readonly #done = new Set<StartStep>();
  readonly #log: Logger;
  readonly #checks: Record<Endpoint, HealthCheck[]>;

  constructor({ store, clock, log, steps }: HealthOptions) {
    this.#log = log;
    const storage = { name: store.isShared ? 'etcd' : 'storage', check: storeCheck(store, clock) };
    const started = steps.map((name) => ({ name, check: () => this.#requireDone(name) }));
    const shutdown = { name: 'shutdown', check: () => this.#requireRunning() };
    const hooks = started.filter(({ name }) => name.startsWith('poststarthook/'));
    // Upstream asks the same question twice, with a time limit for each that one may set.
    const readiness = store.isShared ? [{ ...storage, name: 'etcd-readiness' }] : [];
    this.#checks = {
      livez: [pingCheck, storage, ...hooks],
      healthz: [pingCheck, storage, ...hooks],
      readyz: [pingCheck, storage, ...readiness, ...started, shutdown],
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
    const [, endpoint, name] = /^\/(livez|readyz|healthz)(?:\/(.*))?$/.exec(path) ?? [];
    if (!endpoint) return undefined;
    const checks = this.#checks[endpoint as Endpoint];
    const onFailed = (failed: string, error: unknown): void =>
      this.#log.debug('a health check failed', { check: failed, error });
    const found = checks.find((each) => each.name === name);
    if (name !== undefined && !found) return undefined;
    const { code, text } = found
      ? await answerOfOne(found, signal)
      : await answerOfAll(checks, { endpoint, query, onFailed, tally: this.tally }, signal);
    if (!found || code !== 200) return textResponse(code, text);
    return bytesResponse(code, [Buffer.from(text)], { 'content-type': 'text/plain; charset=utf-8' });
  }

  #requireDone(step: StartStep): Promise<void> {
    return this.#done.has(step) ? Promise.resolve() : Promise.reject(new Error('not finished'));
  }

  #requireRunning(): Promise<void> {
    return this.#isStopping ? Promise.reject(new Error('process is shutting down')) : Promise.resolve();
  }
}

/** Does the store answer in time, to a question that only its newest state answers? */
function storeCheck(store: HealthOptions['store'], clock: Clock): HealthCheck['check'] {
  const limit = { what: 'the store to answer', timeoutMs: storeTimeoutMs };
  const ask = (): Promise<void> => store.latestRevision().then(() => {});
  return (signal) => clock.withTimeout({ ...limit, signal }, (bounded) => abortable(ask(), bounded));
}
