// Do dashboards and alerts that are made for upstream's server read ours? Both get the same requests and are scraped.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';
import { metricsText } from '../../src/base/metrics/exposition.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { processFacts } from '../../src/base/system-process.ts';
import { WorkQueueMetrics } from '../../src/client/metrics/queue-metrics.ts';
import { RestClientMetrics } from '../../src/client/metrics/rest-client-metrics.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import { openLmdbStore } from '../../src/kvstore/lmdb-store.ts';
import type { RevisionStore } from '../../src/kvstore/types.ts';
import type { ApiAnswer } from '../fixtures/api-caller.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';
import { familiesOf, notShown, ownFamilies, seriesOf } from './upstream/metrics.ts';

const why = await whyNoUpstream();
if (why) report(`metrics are not compared with upstream's: ${why}`);

const { signal } = new AbortController();
const maps = '/api/v1/namespaces/default/configmaps';
const merge = { 'content-type': 'application/merge-patch+json' };
const apply = { 'content-type': 'application/apply-patch+yaml' };
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const config = (data: object): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data });

const requests: { line: string; body?: unknown; headers?: Record<string, string> }[] = [
  { line: `POST ${maps}`, body: config({ a: '1' }) },
  { line: `POST ${maps}`, body: config({ a: '1' }) },
  { line: `POST ${maps}?dryRun=All`, body: { metadata: { name: 'b' } } },
  { line: `GET ${maps}/a` },
  { line: `GET ${maps}/none` },
  { line: `GET ${maps}` },
  { line: `GET ${maps}`, headers: table },
  { line: 'GET /api/v1/configmaps' },
  { line: `PUT ${maps}/a`, body: config({ a: '2' }) },
  { line: `PATCH ${maps}/a`, body: { data: { a: '3' } }, headers: merge },
  { line: `PATCH ${maps}/a?fieldManager=m`, body: config({ b: '1' }), headers: apply },
  { line: `DELETE ${maps}/a` },
  { line: `DELETE ${maps}` },
  { line: 'GET /api/v1/nodes' },
  { line: 'GET /api/v1/nodes/none/proxy/metrics' },
  { line: 'POST /api/v1/namespaces/default/serviceaccounts/default/token', body: { spec: {} } },
  { line: 'GET /apis/apps/v1/namespaces/default/deployments/none/scale' },
  {
    line: 'POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { spec: { nonResourceAttributes: {} } },
  },
  { line: 'GET /apis/nothing.example.com/v1/things' },
  { line: 'GET /api' },
  { line: 'GET /apis' },
  { line: 'GET /apis/apps' },
  { line: 'GET /apis/apps/v1' },
  { line: 'GET /version' },
  { line: 'GET /readyz' },
  { line: 'GET /livez' },
  { line: 'GET /healthz' },
  { line: 'GET /livez/ping' },
  { line: 'GET /openapi/v2' },
  { line: 'GET /openapi/v3' },
  { line: 'GET /openapi/v3/api/v1' },
  { line: 'GET /' },
  { line: 'GET /nothing' },
  { line: 'GET /metrics' },
  // Nobody allows it.
  { line: `GET ${maps}`, headers: { 'impersonate-user': 'nobody' } },
];

describe.skipIf(why)('metrics', () => {
  let servers: BothServers;
  let folder: string;
  let store: RevisionStore;
  const pages: Record<string, { ours: string; upstream: string }> = {};
  let before: { ours: string; upstream: string };
  /** Of those who are not let in. */
  const statuses: number[] = [];
  /** While a watch goes on. */
  let running: { ours: string; upstream: string };

  const scrape = async (path: string): Promise<{ ours: string; upstream: string }> => {
    const { ours, upstream } = await servers.both(`GET ${path}`, undefined, { accept: '*/*' });
    for (const { status } of [ours, upstream]) expect(status, path).toBe(200);
    const type = ({ headers }: ApiAnswer): string | undefined => headers['content-type'];
    expect(type(ours)).toBe(type(upstream));
    return { ours: ours.text, upstream: upstream.text };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'upstream-metrics-'));
    store = await openLmdbStore({ path: folder, log: silentLogger });
    servers = await startBothServers({ processFacts, store });
    // What a pod makes a server ask itself is its own.
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    await servers.both('POST /api/v1/namespaces/default/pods?dryRun=All', { metadata: { name: 'p' }, spec });
    before = await scrape('/metrics');
    const watches = await Promise.all(
      [servers.ours, servers.upstream].map((call) => call.follow(`${maps}?watch=true`)),
    );
    for (const { line, body, headers } of requests) await servers.both(line, body, headers);
    const { ours, upstream } = servers.stranger;
    for (const call of [ours, upstream])
      statuses.push((await call(`GET ${maps}`, undefined, { authorization: 'Bearer none' })).status);
    await pollUntil(() => Promise.resolve(watches.every((watch) => watch.received().length > 0)), {
      clock,
      signal,
      intervalMs: 20,
    });
    running = await scrape('/metrics');
    for (const watch of watches) watch.stop();
    // A watch is counted when it has ended, which a server finds out a moment later.
    const isCounted = async (): Promise<boolean> => {
      const { ours, upstream } = await scrape('/metrics');
      return [ours, upstream].every((page) => watchesOf(page, 'apiserver_request_total').length > 0);
    };
    await pollUntil(isCounted, { clock, signal, intervalMs: 50 });
    for (const path of ['/metrics', '/metrics/slis']) pages[path] = await scrape(path);
  });
  afterAll(async () => {
    await servers?.stop();
    await store?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(['/metrics', '/metrics/slis'])('%s: what both show -> has the same type, labels and buckets', (path) => {
    const page = path === '/metrics' ? running : pages[path];
    const ours = familiesOf(page?.ours ?? '');
    const upstream = familiesOf(page?.upstream ?? '');
    for (const [name, there] of upstream) {
      const here = ours.get(name);
      if (!here) continue;
      expect(here.type, name).toBe(there.type);
      if (there.labels.size > 0) expect([...here.labels], name).toEqual([...there.labels]);
      if (there.bounds.size > 0) expect([...here.bounds], name).toEqual([...there.bounds]);
    }
  });

  test('queues and clients, which our other processes tell of -> have the same types, labels and buckets', () => {
    const queues = new WorkQueueMetrics(clock);
    const queue = queues.of('q');
    queue.added('key');
    queue.taken('key');
    queue.finished('key');
    const clients = new RestClientMetrics();
    clients.answered({ method: 'GET', host: 'h' }, 200);
    clients.took({ method: 'GET', host: 'h' }, 1);
    const ours = familiesOf(metricsText([...queues.metrics(), ...clients.metrics()]));
    const upstream = familiesOf(running.upstream);
    const alike = [...ours.keys()].map((name) => [name, upstream.get(name)]);
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(alike));
    expect(ours.size).toBe(9);
  });

  test('a watch -> is counted when it has ended, with the time that it took', () => {
    const names = ['apiserver_request_total', 'apiserver_request_duration_seconds_count'];
    for (const name of names) {
      for (const page of [running.ours, running.upstream]) expect(watchesOf(page, name), name).toEqual([]);
      const { ours = '', upstream = '' } = pages['/metrics'] ?? {};
      expect(watchesOf(ours, name)).toEqual(watchesOf(upstream, name));
      expect(watchesOf(ours, name)).toHaveLength(1);
    }
  });

  test('who is not let in -> an attempt that failed, and no request', () => {
    expect(statuses).toEqual([401, 401]);
    const { ours = '', upstream = '' } = pages['/metrics'] ?? {};
    for (const page of [ours, upstream]) expect(seriesOf(page, 'authentication_attempts')).toContain('result="error"');
    for (const page of [ours, upstream]) expect(page).not.toMatch(/^apiserver_request_total\{.*code="40[13]"/m);
  });

  test('apiserver_longrunning_requests: a watch that goes on -> the same series', () => {
    const watches = (page: string): string[] =>
      [...seriesOf(page, 'apiserver_longrunning_requests')].filter((series) => series.includes('"configmaps"'));
    expect(watches(running.upstream)).toEqual(expect.arrayContaining(watches(running.ours)));
    expect(watches(running.ours)).not.toEqual([]);
  });

  test.each(['/metrics', '/metrics/slis'])('%s: what only one shows -> is known, with a reason', (path) => {
    const ours = familiesOf(pages[path]?.ours ?? '');
    const upstream = familiesOf(pages[path]?.upstream ?? '');
    const missing = [...upstream.keys()].filter((name) => !ours.has(name));
    expect(missing.filter((name) => !notShown.some(({ families }) => families.test(name)))).toEqual([]);
    const own = [...ours.keys()].filter((name) => !upstream.has(name));
    expect(own.filter((name) => !ownFamilies.has(name) && !onlySometimes.has(name))).toEqual([]);
  });

  test('every known reason -> still stands for something', () => {
    const ours = familiesOf(pages['/metrics']?.ours ?? '');
    const missing = [...familiesOf(pages['/metrics']?.upstream ?? '').keys()].filter((name) => !ours.has(name));
    for (const { families, why: reason } of notShown)
      expect(
        missing.some((name) => families.test(name)),
        `${families}: ${reason}`,
      ).toBe(true);
  });

  /** What the requests above added, beside what one of the servers had before. */
  const added = (side: 'ours' | 'upstream', name: string): string[] => {
    const known = new Set([...seriesOf(before.ours, name), ...seriesOf(before.upstream, name)]);
    const asked = /resource="(?:configmaps|nodes|deployments|serviceaccounts|selfsubjectaccessreviews|)"/;
    // The size of a watch is known to who reads it.
    const isUnknown = (series: string): boolean => name === 'apiserver_response_sizes_count' && /"WATCH"/.test(series);
    return [...seriesOf(pages['/metrics']?.[side] ?? '', name)]
      .filter((series) => !known.has(series) && asked.test(series) && !isUnknown(series))
      .toSorted();
  };

  test.each([
    'apiserver_request_total',
    'apiserver_request_duration_seconds_count',
    'apiserver_request_sli_duration_seconds_count',
    'apiserver_response_sizes_count',
    'apiserver_watch_events_total',
  ])('%s: the same requests -> the same series', (name) => {
    expect(added('ours', name)).toEqual(added('upstream', name));
  });
});

/** Series of watches of the requests above. */
function watchesOf(page: string, name: string): string[] {
  return [...seriesOf(page, name)].filter((series) => /resource="configmaps".*verb="WATCH"/.test(series));
}

/** Shown where there is something to tell; upstream's appear the same way. */
const onlySometimes = new Set([
  'apiserver_terminated_watchers_total',
  'apiserver_request_terminations_total',
  'apiserver_requested_deprecated_apis',
]);
