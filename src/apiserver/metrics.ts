// What has the server done so far? Counters in the text format of Prometheus.

import type { RequestInfo } from './request-info.ts';
import { textResponse } from './respond.ts';
import type { ApiResponse } from './types.ts';

/** Counts requests; names as upstream's metrics. */
export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #seconds = new Map<string, { sum: number; count: number }>();
  #slowWatchers = 0;

  /** Counts one answered request that took `ms` milliseconds (a watch: until its answer began). */
  observe(info: RequestInfo, { code, ms }: { code: number; ms: number }): void {
    const verb = info.isResourceRequest ? info.verb.toUpperCase() : info.method;
    const at = `verb="${verb}",group="${info.group}",version="${info.version}",resource="${info.resource}",subresource="${info.subresource}"`;
    const request = `${at},code="${code}"`;
    this.#requests.set(request, (this.#requests.get(request) ?? 0) + 1);
    const seconds = this.#seconds.get(at) ?? { sum: 0, count: 0 };
    this.#seconds.set(at, { sum: seconds.sum + ms / 1000, count: seconds.count + 1 });
  }

  /** Counts a watcher that was closed because it did not keep up. */
  closedSlowWatcher(): void {
    this.#slowWatchers += 1;
  }

  /** `gauges` are read at the moment of asking. */
  response(gauges: Record<string, number>): ApiResponse {
    const lines = ['# TYPE apiserver_request_total counter'];
    for (const [labels, count] of this.#requests) lines.push(`apiserver_request_total{${labels}} ${count}`);
    lines.push('# TYPE apiserver_request_duration_seconds summary');
    for (const [labels, { sum, count }] of this.#seconds) {
      lines.push(`apiserver_request_duration_seconds_sum{${labels}} ${sum}`);
      lines.push(`apiserver_request_duration_seconds_count{${labels}} ${count}`);
    }
    lines.push(
      '# TYPE apiserver_terminated_watchers_total counter',
      `apiserver_terminated_watchers_total ${this.#slowWatchers}`,
    );
    for (const [name, value] of Object.entries(gauges)) lines.push(`# TYPE ${name} gauge`, `${name} ${value}`);
    return textResponse(200, `${lines.join('\n')}\n`);
  }
}
