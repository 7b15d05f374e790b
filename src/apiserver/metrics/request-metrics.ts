// How many requests of which kind were answered, and how quickly? Names, labels and buckets are upstream's.
// Source: apiserver/pkg/endpoints/metrics.

import type { Labels, Metric, Sample } from '../../base/metrics/exposition.ts';
import { Histogram } from '../../base/metrics/histogram.ts';
import { SeriesTree } from '../../base/metrics/series-tree.ts';
import type { Catalogue } from '../registry/catalogue.ts';
import { applyPatchType } from '../registry/write-options.ts';
import type { RequestInfo, Verb } from '../request-info.ts';
import { type ApiResponse, FixedBody, followed } from '../types.ts';

/** Upper bounds in seconds. */
const bounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

const sliBounds = bounds.filter((bound) => bound >= 0.05);
const sizeBounds = Array.from({ length: 7 }, (_, index) => 1000 * 10 ** index);
const reads = new Set(['GET', 'LIST']);

const verbNames: Record<Verb, string> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
  other: 'OTHER',
};
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const mutating = new Set<Verb>(['create', 'update', 'patch', 'delete', 'deletecollection']);
const streams = new Set(['exec', 'attach', 'portforward', 'proxy']);

interface Series {
  labels: Labels;
  byCode: Map<number, number>;
  /** Of these: refused to protect the server. */
  terminated: Map<number, number>;
  durations: Histogram;
  /** Without what others took. */
  ownDurations: Histogram;
  /** Of answers to reads. */
  sizes: Histogram | undefined;
}

export interface Answered {
  code: number;
  ms: number;
  /** Of `ms`: time in which the request waited for its turn, or for a webhook. */
  delayMs: number;
  /** Of the answer. */
  body: ApiResponse['body'] | undefined;
  contentType: string;
}

/** Counts the requests of one server. */
export class RequestMetrics {
  readonly #catalogue: Catalogue;
  readonly #series = new Map<string, Series>();
  /** The same by what requests say. */
  readonly #byRequest = new SeriesTree<ReturnType<typeof saidBy>, Series>();
  readonly #longRunning = new Map<string, { labels: Labels; count: number }>();
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

  /** It has its answer, or an answer that goes on has begun, or there will be none. */
  ended({ verb }: RequestInfo): void {
    if (mutating.has(verb)) this.#mutating -= 1;
    else this.#readOnly -= 1;
  }

  /** It was answered to the end, after `ms` milliseconds. Upstream counts no request whose sender it does not let in. */
  answered(info: RequestInfo, { code, ms, delayMs, body, contentType }: Answered): void {
    if (code === 405 && isUnrouted(info)) return;
    const series = this.#seriesOf(info, contentType === applyPatchType);
    if (!series) return;
    series.byCode.set(code, (series.byCode.get(code) ?? 0) + 1);
    series.durations.observe(ms / 1000);
    // What is only tried out, or goes on, says nothing about how quickly the server does its work.
    if (series.labels['dry_run'] === '' && info.verb !== 'watch') series.ownDurations.observe((ms - delayMs) / 1000);
    if (body instanceof FixedBody) series.sizes?.observe(body.byteLength);
  }

  /** A stream that is neither answered at once nor a watch: counted until `signal` aborts. */
  streams(info: RequestInfo, signal: AbortSignal): void {
    if (signal.aborted) return;
    const labels = withoutDryRun(this.#labelsOf(info, false));
    const key = JSON.stringify(labels);
    const counter = this.#longRunning.get(key) ?? { labels, count: 0 };
    this.#longRunning.set(key, counter);
    counter.count += 1;
    signal.addEventListener('abort', () => (counter.count -= 1), { once: true });
  }

  /** `body`, counted as a stream until it ends. */
  streamed(info: RequestInfo, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    const ended = new AbortController();
    this.streams(info, ended.signal);
    return followed(body, () => ended.abort());
  }

  /** A request was refused to protect the server. */
  terminated(info: RequestInfo, { code, contentType }: Pick<Answered, 'code' | 'contentType'>): void {
    const series = this.#seriesOf(info, contentType === applyPatchType);
    if (!series) return;
    for (const counts of [series.byCode, series.terminated]) counts.set(code, (counts.get(code) ?? 0) + 1);
  }

  metrics(): Metric[] {
    const all = [...this.#series.values()];
    return [
      {
        name: 'apiserver_request_total',
        help: 'Requests that were answered, by what they asked for and the code of the answer.',
        type: 'counter',
        samples: all.flatMap(({ labels, byCode }) => countsOf(labels, byCode)),
      },
      {
        name: 'apiserver_request_duration_seconds',
        help: 'Seconds until requests were answered to the end, by what they asked for.',
        type: 'histogram',
        samples: all.flatMap(({ labels, durations }) => (durations.count > 0 ? durations.samples(labels) : [])),
      },
      {
        name: 'apiserver_requested_deprecated_apis',
        help: 'Resources that were asked for and should not be any more.',
        type: 'gauge',
        samples: this.#deprecated(),
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
        name: 'apiserver_request_sli_duration_seconds',
        help: 'Response latency distribution without the time in which a request waited for its turn or for webhooks.',
        type: 'histogram',
        samples: all.flatMap(({ labels, ownDurations }) =>
          ownDurations.count > 0 ? ownDurations.samples(withoutDryRun(labels)) : [],
        ),
      },
      {
        name: 'apiserver_response_sizes',
        help: 'Size in bytes of answers to reads, before they are compressed.',
        type: 'histogram',
        samples: all.flatMap(({ labels, sizes }) =>
          sizes && sizes.count > 0 ? sizes.samples(withoutDryRun(labels)) : [],
        ),
      },
      {
        name: 'apiserver_request_terminations_total',
        help: 'Requests refused to protect the server.',
        type: 'counter',
        samples: all.flatMap(({ labels, terminated }) => countsOf(withoutDryRun(labels), terminated)),
      },
    ];
  }

  /** Exec, attach, port-forward and logs that go on now. */
  longRunning(): Sample[] {
    return [...this.#longRunning.values()].map(({ labels, count }) => ({ labels, value: count }));
  }

  /** Looked up at each scrape: a custom resource may come to be one of them. */
  #deprecated(): Sample[] {
    const found = new Map<string, Sample>();
    for (const { labels, durations } of this.#series.values()) {
      const { group = '', version = '', resource = '', subresource = '' } = labels;
      const definition = this.#catalogue.find({ group, version, plural: resource })?.definition;
      if (durations.count === 0 || !definition) continue;
      if (!definition.deprecationWarning && !definition.custom?.deprecationWarning) continue;
      // No release is known that does without one.
      const shown = { group, removed_release: '', resource, subresource, version };
      found.set(JSON.stringify(shown), { labels: shown, value: 1 });
    }
    return [...found.values()];
  }

  #seriesOf(info: RequestInfo, isApply: boolean): Series | undefined {
    const said = saidBy(info, isApply);
    const known = this.#byRequest.find(said);
    if (known) return known;
    if (!this.#isCounted(info)) return undefined;
    const labels = this.#labelsOf(info, isApply);
    const text = JSON.stringify(labels);
    const series = this.#series.get(text) ?? {
      labels,
      byCode: new Map(),
      terminated: new Map(),
      durations: new Histogram(bounds),
      ownDurations: new Histogram(sliBounds),
      sizes: reads.has(labels['verb'] ?? '') && labels['dry_run'] === '' ? new Histogram(sizeBounds) : undefined,
    };
    this.#series.set(text, series);
    // What clients make up must not fill the memory: only what is served is found without looking at it closely.
    if (methods.has(info.method) && tellsAll(labels, info)) this.#byRequest.plant(said, series);
    return series;
  }

  /** Is it a request that upstream counts? It has no place for what nobody serves. */
  #isCounted(info: RequestInfo): boolean {
    const { isResourceRequest, group, version, resource, subresource, subpath, method, path } = info;
    if (!isResourceRequest) return documentName(path) !== undefined;
    const entry = this.#catalogue.find({ group, version, plural: resource });
    if (!entry || subresource === '') return entry !== undefined;
    if (!(entry.definition.subresources as string[]).includes(subresource)) return false;
    if (subresource === 'proxy' || !streams.has(subresource)) return true;
    return subpath === '' && (method === 'GET' || method === 'POST');
  }

  #labelsOf(info: RequestInfo, isApply: boolean): Labels {
    const { verb, method, group, version, resource, subresource, query, path } = info;
    const dry_run = isDryRun(query) ? 'All' : '';
    const base = { dry_run, component: 'apiserver' };
    const entry = info.isResourceRequest && this.#catalogue.find({ group, version, plural: resource });
    if (!entry) {
      const known = documentName(path) ?? '';
      const nothing = { group: '', version: '', resource: '', scope: '' };
      const component = info.isResourceRequest ? 'apiserver' : '';
      return { verb: methods.has(method) ? method : 'OTHER', ...nothing, subresource: known, ...base, component };
    }
    const isKnown = (entry.definition.subresources as string[]).includes(subresource);
    const name = streams.has(subresource) ? 'CONNECT' : isApply && verb === 'patch' ? 'APPLY' : verbNames[verb];
    const scope = scopeOf(info);
    return { verb: name, group, version, resource, subresource: isKnown ? subresource : '', scope, ...base };
  }
}

/** Upstream counts what reaches a handler: a method that a path does not have leads to none. Whoever a request is passed on to may say the same. */
function isUnrouted({ isResourceRequest, subresource }: RequestInfo): boolean {
  return isResourceRequest && subresource !== 'proxy';
}

function countsOf(labels: Labels, byCode: ReadonlyMap<number, number>): Sample[] {
  return [...byCode].map(([code, value]) => ({ labels: { ...labels, code: String(code) }, value }));
}

/** All that the labels of a request's series come from. What differs most comes first: behind it, the series is mostly the one found last. */
function saidBy(info: RequestInfo, isApply: boolean) {
  const { verb, group, version, resource, subresource, subpath, method, query, isResourceRequest, path } = info;
  const what = isResourceRequest ? resource : path;
  const [applied, dry] = [isApply ? 'apply' : '', isDryRun(query) ? 'dry' : ''];
  const below = subpath === '' ? '' : 'below';
  return [what, verb, scopeOf(info), subresource, group, version, method, applied, dry, below] as const;
}

function withoutDryRun(labels: Labels): Labels {
  const { dry_run: _dryRun, ...rest } = labels;
  return rest;
}

/** Does the request want to change something? */
export const isMutating = ({ verb }: Pick<RequestInfo, 'verb'>): boolean => mutating.has(verb);

function isDryRun(query: URLSearchParams): boolean {
  return query.get('dryRun') === 'All';
}

/** Do the labels name what the request asked for, word for word? */
function tellsAll({ resource, subresource }: Labels, info: RequestInfo): boolean {
  if (!info.isResourceRequest) return documentPaths.get(info.path) === subresource;
  return resource === info.resource && subresource === info.subresource;
}

const documentPaths = new Map([
  ...['/livez', '/readyz', '/healthz'].map((path) => [path, path] as const),
  ['/openapi/v3', 'openapi/v3'],
]);

/** What upstream calls a path without a resource; undefined if it does not count requests there. */
function documentName(path: string): string | undefined {
  return path.startsWith('/openapi/v3/') ? 'openapi/v3/' : documentPaths.get(path);
}

/** What a request is about: one object, a namespace, or the whole cluster. */
export function scopeOf({ isNamed, verb, namespace, isResourceRequest }: RequestInfo): string {
  if (isNamed || verb === 'create') return 'resource';
  if (namespace !== '') return 'namespace';
  return isResourceRequest ? 'cluster' : '';
}
