// What does a server tell of itself? All that is counted in it, in one place.

import type { StatusError } from '../../apimachinery/status-error.ts';
import type { Clock } from '../../base/clock.ts';
import type { Metric } from '../../base/metrics/exposition.ts';
import { processMetrics } from '../../base/metrics/process-metrics.ts';
import type { ProcessFacts } from '../../base/process-facts.ts';
import type { AuditOptions } from '../audit/trail.ts';
import { contentTypeOf } from '../body.ts';
import type { Exchange } from '../exchange.ts';
import type { FlowControl } from '../flow/flow-control.ts';
import type { Catalogue } from '../registry/catalogue.ts';
import type { RegistryParts } from '../registry/context.ts';
import { type ApiResponse, FixedBody, followed } from '../types.ts';
import { AccessMetrics } from './access-metrics.ts';
import { AdmissionMetrics } from './admission-metrics.ts';
import { BodyMetrics } from './body-metrics.ts';
import { RequestMetrics } from './request-metrics.ts';
import { stateMetrics } from './state-metrics.ts';
import { WatchMetrics } from './watch-metrics.ts';

/** By which a request is counted whose client did not wait for the answer. */
const clientClosed = 499;

export interface Scraped {
  parts: RegistryParts;
  flow: FlowControl;
  facts: ProcessFacts | undefined;
}

/** The counters of one server. */
export class ServerMetrics {
  readonly requests: RequestMetrics;
  readonly access = new AccessMetrics();
  readonly admissions = new AdmissionMetrics();
  readonly watches = new WatchMetrics();
  readonly bodies = new BodyMetrics();
  readonly #clock: Clock;
  #auditEvents = 0;
  #handshakeErrors = 0;

  constructor(catalogue: Catalogue, clock: Clock) {
    this.requests = new RequestMetrics(catalogue);
    this.#clock = clock;
  }

  /** The same answer, which is counted when it has been sent to its end. The request came at `startedAt`. */
  counted(exchange: Exchange, response: ApiResponse, startedAt: number): ApiResponse {
    if (!(response.body instanceof FixedBody)) {
      const onEnd = (): void => this.#answered(exchange, startedAt, response);
      return { ...response, body: followed(response.body, onEnd) };
    }
    this.#answered(exchange, startedAt, response);
    return response;
  }

  /** Its client did not wait for the answer. */
  unanswered(exchange: Exchange, startedAt: number): void {
    this.#answered(exchange, startedAt, { status: clientClosed });
  }

  /** Its connection is handed over until its end. What is answered there is unknown, and so is the code. */
  handedOver(exchange: Exchange, startedAt: number): void {
    const { signal } = exchange.lifetime;
    const onEnd = (): void => this.#answered(exchange, startedAt, { status: 0 });
    if (signal.aborted) onEnd();
    else signal.addEventListener('abort', onEnd, { once: true });
  }

  /** It was to have a connection of its own, and has none. */
  refused(exchange: Exchange, startedAt: number, { code }: StatusError): void {
    this.#answered(exchange, startedAt, { status: code });
  }

  /** There are too many requests for it to be served. */
  dropped({ request, info }: Exchange): void {
    this.requests.terminated(info, { code: 429, contentType: contentTypeOf(request) });
  }

  /** Upstream counts nobody whom it does not let in. */
  #answered(
    { request, info, delays, isLetIn }: Exchange,
    startedAt: number,
    { status: code, body }: Pick<ApiResponse, 'status'> & Partial<ApiResponse>,
  ): void {
    if (!isLetIn) return;
    const [ms, contentType] = [this.#clock.monotonic() - startedAt, contentTypeOf(request)];
    this.requests.answered(info, { code, ms, delayMs: delays.ms, body, contentType });
  }

  /** The same audit log, with its events counted. */
  audited(audit: AuditOptions | undefined): AuditOptions | undefined {
    if (!audit) return undefined;
    const write = (event: object): void => {
      this.#auditEvents += 1;
      audit.sink.write(event);
    };
    return { ...audit, sink: { write } };
  }

  handshakeFailed(): void {
    this.#handshakeErrors += 1;
  }

  /** What is told to a scrape. */
  metrics({ parts, flow, facts }: Scraped): Metric[] {
    return [
      ...this.requests.metrics(),
      queued(flow),
      ...this.access.metrics(),
      ...this.admissions.metrics(),
      ...this.watches.metrics(),
      ...this.bodies.metrics(),
      ...this.#counters(parts.access.tokens?.uses),
      ...stateMetrics(parts, this.requests.longRunning()),
      ...(facts ? processMetrics(facts) : []),
    ];
  }

  #counters({ valid, stale } = { valid: 0, stale: 0 }): Metric[] {
    const counter = (name: string, help: string, value: number): Metric => ({
      name,
      help,
      type: 'counter',
      samples: [{ labels: {}, value }],
    });
    return [
      counter('apiserver_audit_event_total', 'Audit events that were written down.', this.#auditEvents),
      counter(
        'apiserver_tls_handshake_errors_total',
        'Connections that ended before they spoke TLS.',
        this.#handshakeErrors,
      ),
      counter(
        'serviceaccount_valid_tokens_total',
        'Uses of tokens of service accounts that are to be given up later.',
        valid,
      ),
      counter(
        'serviceaccount_stale_tokens_total',
        'Uses of tokens of service accounts that should have been given up.',
        stale,
      ),
      counter('apiserver_audit_requests_rejected_total', 'Requests refused because the audit log failed.', 0),
    ];
  }
}

function queued(flow: FlowControl): Metric {
  return {
    name: 'apiserver_current_inqueue_requests',
    help: 'Number of requests that wait for their turn, per request kind.',
    type: 'gauge',
    samples: (['mutating', 'readOnly'] as const).map((kind) => ({
      labels: { request_kind: kind },
      value: flow.queued(kind),
    })),
  };
}
