// How many requests of which kind were answered, and how quickly? Names, labels and buckets are upstream's.
// Source: apiserver/pkg/endpoints/metrics.

import type { Labels, Metric, Sample } from '../../base/metrics/exposition.ts';
import { Histogram } from '../../base/metrics/histogram.ts';
import type { Catalogue } from '../registry/catalogue.ts';
import { applyPatchType } from '../registry/write-options.ts';
import type { RequestInfo, Verb } from '../request-info.ts';

/** Upper bounds in seconds. */
const bounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

const verbNames: Record<Verb, string> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
  other: 'OTHER',
};
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const mutating = new Set<Verb>(['create', 'update', 'patch', 'delete', 'deletecollection']);
const streams = new Set(['exec', 'attach', 'portforward', 'proxy']);

interface Series {
  labels: Labels;
  byCode: Map<number, number>;
  durations: Histogram;
}

/** Counts the requests of one server. */
export class RequestMetrics {
  readonly #catalogue: Catalogue;
  readonly #series = new Map<string, Series>();
  readonly #byRequest = new Map<string, Series>();
  readonly #longRunning = new Map<string, { labels: Labels; count: number }>();
  #slowWatchers = 0;
  #mutating = 0;
  #readOnly = 0;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** A request begins; `ended` must be told. */
  began({ verb }: RequestInfo): void {
    if (mutating.has(verb)) this.#mutating += 1;
    else this.#readOnly += 1;
  }

  /** It was answered after `ms` milliseconds (a watch: its answer began). */
  ended(info: RequestInfo, { code, ms, contentType }: { code: number; ms: number; contentType: string }): void {
    if (mutating.has(info.verb)) this.#mutating -= 1;
    else this.#readOnly -= 1;
    const series = this.#seriesOf(info, contentType === applyPatchType);
    series.byCode.set(code, (series.byCode.get(code) ?? 0) + 1);
    series.durations.observe(ms / 1000);
  }

  /** A stream that is neither answered at once nor a watch: counted until `signal` aborts. */
  streams(info: RequestInfo, signal: AbortSignal): void {
    if (signal.aborted) return;
    const { dry_run: _dryRun, ...labels } = this.#labelsOf(info, false);
    const key = JSON.stringify(labels);
    const counter = this.#longRunning.get(key) ?? { labels, count: 0 };
    this.#longRunning.set(key, counter);
    counter.count += 1;
    signal.addEventListener('abort', () => (counter.count -= 1), { once: true });
  }

  /** A watcher was closed because it did not keep up. */
  closedSlowWatcher(): void {
    this.#slowWatchers += 1;
  }

  metrics(): Metric[] {
    const all = [...this.#series.values()];
    return [
      {
        name: 'apiserver_request_total',
        help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
        type: 'counter',
        samples: all.flatMap(({ labels, byCode }) =>
          [...byCode].map(([code, value]) => ({ labels: { ...labels, code: String(code) }, value })),
        ),
      },
      {
        name: 'apiserver_request_duration_seconds',
        help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
        type: 'histogram',
        samples: all.flatMap(({ labels, durations }) => durations.samples(labels)),
      },
      {
        name: 'apiserver_current_inflight_requests',
        help: 'Number of requests that are being answered, per request kind.',
        type: 'gauge',
        samples: [
          { labels: { request_kind: 'mutating' }, value: this.#mutating },
          { labels: { request_kind: 'readOnly' }, value: this.#readOnly },
        ],
      },
      {
        name: 'apiserver_terminated_watchers_total',
        help: 'Counter of watchers closed due to unresponsiveness.',
        type: 'counter',
        samples: [{ labels: {}, value: this.#slowWatchers }],
      },
    ];
  }

  /** Exec, attach, port-forward and logs that go on now. */
  longRunning(): Sample[] {
    return [...this.#longRunning.values()].map(({ labels, count }) => ({ labels, value: count }));
  }

  #seriesOf(info: RequestInfo, isApply: boolean): Series {
    const key = keyOf(info, isApply);
    const known = this.#byRequest.get(key);
    if (known) return known;
    const labels = this.#labelsOf(info, isApply);
    const text = JSON.stringify(labels);
    const series = this.#series.get(text) ?? {
      labels,
      byCode: new Map(),
      durations: new Histogram(bounds),
    };
    this.#series.set(text, series);
    // What clients make up must not fill the memory: only what is served is found without looking at it closely.
    if (methods.has(info.method) && tellsAll(labels, info)) this.#byRequest.set(key, series);
    return series;
  }

  #labelsOf(info: RequestInfo, isApply: boolean): Labels {
    const { verb, method, group, version, resource, subresource, query, path } = info;
    const dry_run = isDryRun(query) ? 'All' : '';
    const base = { dry_run, component: 'apiserver' };
    const entry = info.isResourceRequest && this.#catalogue.find({ group, version, plural: resource });
    if (!entry) {
      // All that nobody serves is one series.
      const known = documentPaths.has(path) ? path : '';
      const nothing = { group: '', version: '', resource: '', scope: '' };
      return { verb: methods.has(method) ? method : 'OTHER', ...nothing, subresource: known, ...base };
    }
    const isKnown = (entry.definition.subresources as string[]).includes(subresource);
    const name = streams.has(subresource) ? 'CONNECT' : isApply && verb === 'patch' ? 'APPLY' : verbNames[verb];
    const scope = scopeOf(info);
    return { verb: name, group, version, resource, subresource: isKnown ? subresource : '', scope, ...base };
  }
}

function keyOf(info: RequestInfo, isApply: boolean): string {
  const { verb, group, version, resource, subresource, method, query, isResourceRequest, path } = info;
  const what = isResourceRequest ? `${group}/${version}/${resource}/${subresource}` : path;
  return `${method} ${verb} ${scopeOf(info)} ${what}${isApply ? ' apply' : ''}${isDryRun(query) ? ' dry' : ''}`;
}

function isDryRun(query: URLSearchParams): boolean {
  return query.get('dryRun') === 'All';
}

/** Do the labels name what the request asked for, word for word? */
function tellsAll({ resource, subresource }: Labels, info: RequestInfo): boolean {
  if (!info.isResourceRequest) return subresource === info.path;
  return resource === info.resource && subresource === info.subresource;
}

/** Paths without a resource that are told apart. */
const documentPaths = new Set(['/', '/api', '/apis', '/version', '/metrics', '/livez', '/readyz', '/healthz']);

/** What a request is about: one object, a namespace, or the whole cluster. */
export function scopeOf({ isNamed, verb, namespace, isResourceRequest }: RequestInfo): string {
  if (isNamed || verb === 'create') return 'resource';
  if (namespace !== '') return 'namespace';
  return isResourceRequest ? 'cluster' : '';
}
