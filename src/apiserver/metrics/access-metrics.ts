// Who is let in, and how long does that take? Authentication and authorization, under upstream's names.
// Source: apiserver/pkg/endpoints/filters/metrics.go, apiserver/pkg/authentication/request/x509.

import type { Clock } from '../../base/clock.ts';
import type { Metric } from '../../base/metrics/exposition.ts';
import { Histogram } from '../../base/metrics/histogram.ts';
import type { ApiRequest, UserInfo } from '../types.ts';

/** Fifteen steps of a factor of two from a millisecond on. */
const bounds = Array.from({ length: 15 }, (_, index) => 0.001 * 2 ** index);
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const expirationBounds = [
  [0, 30 * minute, hour, 2 * hour, 6 * hour, 12 * hour],
  [day, 2 * day, 4 * day, 7 * day, 30 * day, 90 * day, 180 * day, 360 * day],
].flat();
/** Names that tell nobody apart. All others are one. */
const knownNames = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);

type Outcomes<Result extends string> = Record<Result, Histogram>;

/** The requests of one server before they are served. Each is told of: what is known of a result is one distribution, which counts too. */
export class AccessMetrics {
  readonly #users = new Map<string, number>();
  readonly #authentication: Outcomes<'success' | 'failure'> = {
    success: new Histogram(bounds),
    failure: new Histogram(bounds),
  };
  readonly #authorization: Outcomes<'allowed' | 'no-opinion'> = {
    allowed: new Histogram(bounds),
    'no-opinion': new Histogram(bounds),
  };
  readonly #expirations = new Histogram(expirationBounds);

  /** Finds out who asks: known at once, or later. What `identify` throws, or rejects with, is a client that could not say. */
  authenticating(
    { certificateExpiresAtMs }: Pick<ApiRequest, 'certificateExpiresAtMs'>,
    clock: Clock,
    identify: () => UserInfo | Promise<UserInfo>,
  ): UserInfo | Promise<UserInfo> {
    const startMs = clock.monotonic();
    const seconds = (): number => (clock.monotonic() - startMs) / 1000;
    if (certificateExpiresAtMs !== undefined)
      this.#expirations.observe(Math.max(0, certificateExpiresAtMs - clock.now()) / 1000);
    const failed = (error: unknown): never => {
      this.#authentication.failure.observe(seconds());
      throw error;
    };
    const found = (user: UserInfo): UserInfo => {
      this.#authenticated(user.name, seconds());
      return user;
    };
    try {
      const user = identify();
      return user instanceof Promise ? user.then(found, failed) : found(user);
    } catch (error) {
      return failed(error);
    }
  }

  /** Decides whether a request may be served. That nobody allows it is no opinion, as upstream has it: nobody forbids. */
  authorizing(clock: Clock, decide: () => void): void {
    const startMs = clock.monotonic();
    let result: 'allowed' | 'no-opinion' = 'no-opinion';
    try {
      decide();
      result = 'allowed';
    } finally {
      this.#authorization[result].observe((clock.monotonic() - startMs) / 1000);
    }
  }

  #authenticated(name: string, seconds: number): void {
    const username = nameFor(name);
    this.#users.set(username, (this.#users.get(username) ?? 0) + 1);
    this.#authentication.success.observe(seconds);
  }

  metrics(): Metric[] {
    const users = [...this.#users].map(([username, value]) => ({ labels: { username }, value }));
    return [
      {
        name: 'apiserver_client_certificate_expiration_seconds',
        help: 'Distribution of the remaining lifetime of the certificates that requests came with.',
        type: 'histogram',
        samples: this.#expirations.samples({}),
      },
      {
        name: 'authenticated_user_requests',
        help: 'Authenticated requests, by username.',
        type: 'counter',
        samples: users,
      },
      counts('authentication_attempts', 'Attempts to authenticate, by result.', this.#authentication),
      durations('authentication_duration_seconds', 'Duration of authentication, by result.', this.#authentication),
      counts('authorization_attempts_total', 'Decisions of the authorizer, by result.', this.#authorization),
      durations('authorization_duration_seconds', 'Duration of authorization, by result.', this.#authorization),
    ];
  }
}

function counts(name: string, help: string, outcomes: Outcomes<string>): Metric {
  const samples = told(outcomes).map(([result, { count }]) => ({ labels: { result }, value: count }));
  return { name, help, type: 'counter', samples };
}

function durations(name: string, help: string, outcomes: Outcomes<string>): Metric {
  const samples = told(outcomes).flatMap(([result, histogram]) => histogram.samples({ result }));
  return { name, help, type: 'histogram', samples };
}

/** Results that were there. */
function told(outcomes: Outcomes<string>): [string, Histogram][] {
  return Object.entries(outcomes).filter(([, { count }]) => count > 0);
}

function nameFor(name: string): string {
  if (knownNames.has(name)) return name;
  return name.includes('@') ? 'email_id' : 'other';
}
