// Which requests does a process make of the API servers, and how quickly are they answered? Names, labels and buckets
// are upstream's. Source: component-base/metrics/prometheus/restclient.

import type { Labels, Metric } from '../../base/metrics/exposition.ts';
import { Histogram } from '../../base/metrics/histogram.ts';

const bounds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
const noAnswer = '<error>';

export interface RequestEnd {
  method: string;
  /** `127.0.0.1:6443`. */
  host: string;
}

/** What one process asks of its servers. */
export class RestClientMetrics {
  readonly #results = new Map<string, { labels: Labels; count: number }>();
  readonly #durations = new Map<string, { labels: Labels; histogram: Histogram }>();

  /** The head of an answer came; without a status none did. */
  answered({ method, host }: RequestEnd, status: number | undefined): void {
    const code = status === undefined ? noAnswer : String(status);
    const key = `${code} ${method} ${host}`;
    const series = this.#results.get(key) ?? { labels: { code, host, method }, count: 0 };
    this.#results.set(key, series);
    series.count += 1;
  }

  /** The answer was read to its end, or none came; a watch has no such moment. */
  took({ method: verb, host }: RequestEnd, seconds: number): void {
    const key = `${verb} ${host}`;
    const series = this.#durations.get(key) ?? { labels: { host, verb }, histogram: new Histogram(bounds) };
    this.#durations.set(key, series);
    series.histogram.observe(seconds);
  }

  metrics(): Metric[] {
    return [
      {
        name: 'rest_client_request_duration_seconds',
        help: 'Request latency in seconds. Broken down by verb, and host.',
        type: 'histogram',
        samples: [...this.#durations.values()].flatMap(({ labels, histogram }) => histogram.samples(labels)),
      },
      {
        name: 'rest_client_requests_total',
        help: 'Number of HTTP requests, partitioned by status code, method, and host.',
        type: 'counter',
        samples: [...this.#results.values()].map(({ labels, count }) => ({ labels, value: count })),
      },
    ];
  }
}
