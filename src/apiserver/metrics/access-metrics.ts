// Who is let in, and how long does that take? Authentication and authorization, under upstream's names.
// Source: apiserver/pkg/endpoints/filters/metrics.go, apiserver/pkg/authentication/request/x509.

import type { Clock } from '../../base/clock.ts';
import type { Metric } from '../../base/metrics/exposition.ts';
import { Histogram } from '../../base/metrics/histogram.ts';
import { CounterVector, HistogramVector } from '../../base/metrics/vectors.ts';
import type { Exchange } from '../exchange.ts';
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

type Asking = Pick<Exchange, 'sender'> & { request: Pick<ApiRequest, 'certificateExpiresAtMs' | 'headers'> };

/** The requests of one server before they are served. Each is told of: what is known of a result is one distribution, which counts too. */
export class AccessMetrics {
  readonly #users = new CounterVector('username');
  readonly #authentication = new HistogramVector(bounds, 'result');
  readonly #authorization = new HistogramVector(bounds, 'result');
  readonly #expirations = new Histogram(expirationBounds);

  /** Finds out who asks: known at once, or later. If `identify` throws or rejects, it may know the sender all the same: not everyone may be treated as another. */
  authenticating(
    exchange: Asking,
    clock: Clock,
    identify: () => UserInfo | Promise<UserInfo>,
  ): UserInfo | Promise<UserInfo> {
    const startMs = clock.monotonic();
    const { certificateExpiresAtMs } = exchange.request;
    if (certificateExpiresAtMs !== undefined)
      this.#expirations.observe(Math.max(0, certificateExpiresAtMs - clock.now()) / 1000);
    let user: UserInfo | Promise<UserInfo> | undefined;
    try {
      user = identify();
    } finally {
      if (!(user instanceof Promise)) this.#told(exchange, clock.monotonic() - startMs);
    }
    return user instanceof Promise ? user.finally(() => this.#told(exchange, clock.monotonic() - startMs)) : user;
  }

  #told({ sender, request }: Asking, ms: number): void {
    if (sender) this.#users.add(nameFor(sender.name));
    this.#authentication.observe(ms / 1000, sender ? 'success' : failureOf(request.headers));
  }

  /** Decides whether a request may be served. That nobody allows it is no opinion, as upstream has it: nobody forbids. */
  authorizing(clock: Clock, decide: () => void): void {
    const startMs = clock.monotonic();
    let result = 'no-opinion';
    try {
      decide();
      result = 'allowed';
    } finally {
      this.#authorization.observe((clock.monotonic() - startMs) / 1000, result);
    }
  }

  metrics(): Metric[] {
    return [
      {
        name: 'apiserver_client_certificate_expiration_seconds',
        help: 'Distribution of the remaining lifetime of the certificates that requests came with.',
        type: 'histogram',
        samples: this.#expirations.samples({}),
      },
      this.#users.metric('authenticated_user_requests', 'Authenticated requests, by username.'),
      this.#authentication.counted('authentication_attempts', 'Attempts to authenticate, by result.'),
      this.#authentication.metric('authentication_duration_seconds', 'Duration of authentication, by result.'),
      this.#authorization.counted('authorization_attempts_total', 'Decisions of the authorizer, by result.'),
      this.#authorization.metric('authorization_duration_seconds', 'Duration of authorization, by result.'),
    ];
  }
}

/** A token that is not good is an error, none at all a failure. */
function failureOf({ authorization = '' }: ApiRequest['headers']): 'error' | 'failure' {
  return /^\s*bearer\s/i.test(authorization) ? 'error' : 'failure';
}

function nameFor(name: string): string {
  if (knownNames.has(name)) return name;
  return name.includes('@') ? 'email_id' : 'other';
}
