// What does a server tell of itself? All that is counted in it, in one place.

import type { Metric } from '../../base/metrics/exposition.ts';
import { processMetrics } from '../../base/metrics/process-metrics.ts';
import type { ProcessFacts } from '../../base/process-facts.ts';
import type { AuditOptions } from '../audit/trail.ts';
import type { FlowControl } from '../flow/flow-control.ts';
import type { Catalogue } from '../registry/catalogue.ts';
import type { RegistryParts } from '../registry/context.ts';
import { AccessMetrics } from './access-metrics.ts';
import { AdmissionMetrics } from './admission-metrics.ts';
import { RequestMetrics } from './request-metrics.ts';
import { stateMetrics } from './state-metrics.ts';
import { WatchMetrics } from './watch-metrics.ts';

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
  #auditEvents = 0;

  constructor(catalogue: Catalogue) {
    this.requests = new RequestMetrics(catalogue);
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

  /** What is told to a scrape. */
  metrics({ parts, flow, facts }: Scraped): Metric[] {
    return [
      ...this.requests.metrics(),
      queued(flow),
      ...this.access.metrics(),
      ...this.admissions.metrics(),
      ...this.watches.metrics(),
      ...this.#audit(),
      ...stateMetrics(parts, this.requests.longRunning()),
      ...(facts ? processMetrics(facts) : []),
    ];
  }

  #audit(): Metric[] {
    const counter = (name: string, help: string, value: number): Metric => ({
      name,
      help,
      type: 'counter',
      samples: [{ labels: {}, value }],
    });
    return [
      counter('apiserver_audit_event_total', 'Audit events that were written down.', this.#auditEvents),
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
