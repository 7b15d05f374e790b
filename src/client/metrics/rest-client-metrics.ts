// Which requests does a process make of the API servers, and how quickly are they answered? Names, labels and buckets
// are upstream's. Source: component-base/metrics/prometheus/restclient.

import type { Metric } from '../../base/metrics/exposition.ts';
import { CounterVector, HistogramVector } from '../../base/metrics/vectors.ts';

const bounds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
const noAnswer = '<error>';

export interface RequestEnd {
  method: string;
  /** `127.0.0.1:6443`. */
  host: string;
}

/** What one process asks of its servers. */
export class RestClientMetrics {
  readonly #results = new CounterVector('code', 'host', 'method');
  readonly #durations = new HistogramVector(bounds, 'host', 'verb');

  /** The head of an answer came; without a status none did. */
  answered({ method, host }: RequestEnd, status: number | undefined): void {
    this.#results.add(status === undefined ? noAnswer : String(status), host, method);
  }

  /** The answer was read to its end, or none came; a watch has no such moment. */
  took({ method, host }: RequestEnd, seconds: number): void {
    this.#durations.observe(seconds, host, method);
  }

  metrics(): Metric[] {
    return [
      this.#durations.metric(
        'rest_client_request_duration_seconds',
        'Time until the answer to a request was read to its end, by server and method.',
      ),
      this.#results.metric('rest_client_requests_total', 'Requests by server, method and status code.'),
    ];
  }
}
