// Does the server count what dashboards ask for? Access, admission, webhooks, watches, refusals, the audit log, health.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtinResources } from '../../apis/builtin.ts';
import { numberText } from '../../base/metrics/exposition.ts';
import { systemClock } from '../../base/system-clock.ts';
import { base64, type Hook, register, startHook, unregister } from '../admission/dynamic/testing.ts';
import { Catalogue } from '../registry/catalogue.ts';
import { requestInfoOf } from '../request-info.ts';
import { admin, configMap, paths, startTestServer, type TestServer } from '../testing.ts';
import { RequestMetrics } from './request-metrics.ts';

let server: TestServer;
let hook: Hook;

beforeAll(async () => {
  const policy = () => ({ rules: [{ level: 'Metadata' as const, omitStages: ['RequestReceived' as const] }] });
  server = await startTestServer({ audit: { policy, sink: { write: () => {} } } });
  hook = await startHook();
  hook.answers['/mark'] = () => ({
    allowed: true,
    patchType: 'JSONPatch',
    patch: base64([{ op: 'add', path: '/data/mark', value: 'yes' }]),
  });
});
afterAll(async () => {
  await server.stop();
  await hook.stop();
});

/** Values by series, of the metrics whose names begin with `prefix`. */
async function scraped(prefix: string, path = '/metrics'): Promise<Map<string, number>> {
  const { json } = await server.call(`GET ${path}`);
  const lines = String(json['text'])
    .split('\n')
    .filter((line) => line.startsWith(prefix));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** What `task` adds to each series. */
async function added(prefix: string, task: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await scraped(prefix);
  await task();
  const after = await scraped(prefix);
  const changes = [...after].map(([series, value]) => [series, value - (before.get(series) ?? 0)] as const);
  return Object.fromEntries(changes.filter(([series, change]) => change !== 0 && !/_(?:bucket|sum)\b/.test(series)));
}

test('users are told apart by certificate, and refused -> attempts, names, decisions and lifetimes', async () => {
  const ask = async (name: string, groups: string[], certificateExpiresAtMs?: number): Promise<unknown> => {
    const user = { name, groups };
    const request = { method: 'GET', path: '/api/v1/nodes', headers: {}, body: undefined, user };
    return server.apiServer.handle({ ...request, certificateExpiresAtMs }, new AbortController());
  };
  const nobody = { method: 'GET', path: '/api/v1/nodes', headers: {}, body: undefined, user: undefined };
  const stranger = { ...nobody, headers: { authorization: 'Bearer abc' } };
  const task = async (): Promise<void> => {
    await ask('admin', admin.groups, systemClock.now() + 3_600_000);
    await ask('jane@example.com', []);
    await ask('jane', []);
    for (const request of [nobody, stranger]) await server.apiServer.handle(request, new AbortController());
  };
  // The scrape that comes after it is one more request of the administrator.
  expect(await added('authenti', task)).toEqual({
    'authenticated_user_requests{username="admin"}': 1,
    'authenticated_user_requests{username="email_id"}': 1,
    'authenticated_user_requests{username="other"}': 2,
    'authentication_attempts{result="success"}': 4,
    'authentication_attempts{result="failure"}': 1,
    'authentication_attempts{result="error"}': 1,
    'authentication_duration_seconds_count{result="success"}': 4,
    'authentication_duration_seconds_count{result="failure"}': 1,
    'authentication_duration_seconds_count{result="error"}': 1,
  });
  expect(await added('authorization', task)).toEqual({
    'authorization_attempts_total{result="allowed"}': 2,
    'authorization_attempts_total{result="no-opinion"}': 2,
    'authorization_duration_seconds_count{result="allowed"}': 2,
    'authorization_duration_seconds_count{result="no-opinion"}': 2,
  });
  const lifetimes = await scraped('apiserver_client_certificate_expiration_seconds');
  expect(lifetimes.get('apiserver_client_certificate_expiration_seconds_bucket{le="1800"}')).toBe(0);
  expect(lifetimes.get('apiserver_client_certificate_expiration_seconds_bucket{le="3600"}')).toBe(2);
  expect(lifetimes.get('apiserver_client_certificate_expiration_seconds_bucket{le="2.592e+06"}')).toBe(2);
});

test('who wants to be treated as another -> counted as who they are, also where they may not', async () => {
  const ask = async (name: string, groups: string[]): Promise<unknown> => {
    const headers = { 'impersonate-user': 'jane@example.com' };
    const request = { method: 'GET', path: '/api/v1/nodes', headers, body: undefined, user: { name, groups } };
    return server.apiServer.handle(request, new AbortController());
  };
  const task = (): Promise<unknown> => ask('admin', admin.groups).then(() => ask('client', []));
  // With the scrape that comes after it.
  expect(await added('authenti', task)).toEqual({
    'authenticated_user_requests{username="admin"}': 1,
    'authenticated_user_requests{username="client"}': 1,
    'authenticated_user_requests{username="other"}': 1,
    'authentication_attempts{result="success"}': 3,
    'authentication_duration_seconds_count{result="success"}': 3,
  });
});

test('what should not be asked for any more -> told of once, with each subresource', async () => {
  const found = await added('apiserver_requested_deprecated_apis', async () => {
    for (const path of ['endpoints', 'endpoints', 'endpoints/none', 'services'])
      await server.call(`GET /api/v1/namespaces/default/${path}`);
  });
  const labels = 'group="",removed_release="",resource="endpoints",subresource="",version="v1"';
  expect(found).toEqual({ [`apiserver_requested_deprecated_apis{${labels}}`]: 1 });
});

test('a write, and one into a namespace that is not there -> phases and plugins of admission', async () => {
  const phases = await added('apiserver_admission_step', async () => {
    await server.create(paths.configMaps, configMap('admitted'));
    await server.call('POST /api/v1/namespaces/none/configmaps', configMap('refused'));
  });
  const of = (rejected: boolean, type: string): string =>
    `apiserver_admission_step_admission_duration_seconds_count{operation="CREATE",rejected="${rejected}",type="${type}"}`;
  expect(phases).toEqual({ [of(false, 'admit')]: 1, [of(false, 'validate')]: 1, [of(true, 'admit')]: 1 });
  const plugins = await scraped('apiserver_admission_controller_admission_duration_seconds_count');
  const name = 'apiserver_admission_controller_admission_duration_seconds_count{name="NamespaceLifecycle"';
  expect(plugins.get(`${name},operation="CREATE",rejected="true",type="admit"}`)).toBe(1);
});

test.each<{
  name: string;
  path: string;
  overrides?: object;
  kind: 'mutating' | 'validating';
  want: Record<string, number>;
}>([
  {
    name: 'changes the object',
    path: '/mark',
    kind: 'mutating',
    want: { 'request_total{code="200",name="mark.example.com",operation="CREATE",rejected="false",type="admit"}': 1 },
  },
  {
    name: 'refuses',
    path: '/deny',
    kind: 'validating',
    want: {
      'request_total{code="403",name="deny.example.com",operation="CREATE",rejected="true",type="validating"}': 1,
      'rejection_count{error_type="no_error",name="deny.example.com",operation="CREATE",rejection_code="403",type="validating"}': 1,
    },
  },
  {
    name: 'can not be read',
    path: '/uid',
    kind: 'validating',
    want: {
      'request_total{code="503",name="uid.example.com",operation="CREATE",rejected="true",type="validating"}': 1,
      'rejection_count{error_type="calling_webhook_error",name="uid.example.com",operation="CREATE",rejection_code="503",type="validating"}': 1,
    },
  },
  {
    name: 'can not be read, and is not needed',
    path: '/uid',
    overrides: { failurePolicy: 'Ignore' },
    kind: 'mutating',
    want: {
      'request_total{code="503",name="uid.example.com",operation="CREATE",rejected="false",type="admit"}': 1,
      'fail_open_count{name="uid.example.com",type="admit"}': 1,
    },
  },
])('a webhook: $name -> counted', async ({ path, overrides = {}, kind, want }) => {
  await register({ server, hook }, kind, { path, ...overrides });
  const found = await added('apiserver_admission_webhook', async () => {
    await server.call(`POST ${paths.configMaps}?dryRun=All`, configMap('hooked'));
  });
  await unregister(server);
  const shown = Object.entries(found).filter(([series]) => !series.includes('_duration_'));
  expect(
    Object.fromEntries(shown.map(([series, value]) => [series.replace('apiserver_admission_webhook_', ''), value])),
  ).toEqual(want);
});

test('a watch -> its events and their sizes; an answer to a read -> its size', async () => {
  await server.create(paths.configMaps, configMap('seen'));
  const labels = 'group="",resource="configmaps",version="v1"';
  const events = await added('apiserver_watch_events', () => server.watch(`${paths.configMaps}?watch=true`, 1));
  expect(events[`apiserver_watch_events_total{${labels}}`]).toBeGreaterThanOrEqual(1);
  expect(events[`apiserver_watch_events_sizes_count{${labels}}`]).toBe(
    events[`apiserver_watch_events_total{${labels}}`],
  );
  const sizes = await added('apiserver_response_sizes_count', () => server.call(`GET ${paths.configMaps}/seen`));
  expect(Object.keys(sizes)).toEqual([expect.stringContaining('resource="configmaps"')]);
});

test('requests that are written down -> as many events', async () => {
  const events = await added('apiserver_audit_event_total', () => server.call(`GET ${paths.configMaps}`));
  // With the two scrapes, the first of which was written down when it had been answered.
  expect(events).toEqual({ apiserver_audit_event_total: 2 });
});

test('health is asked for -> /metrics/slis has the last result of each check, and how often', async () => {
  await server.call('GET /readyz');
  await server.call('GET /readyz');
  const slis = await scraped('kubernetes_', '/metrics/slis');
  expect(slis.get('kubernetes_healthcheck{name="ping",type="readyz"}')).toBe(1);
  expect(slis.get('kubernetes_healthchecks_total{name="ping",status="success",type="readyz"}')).toBe(2);
});

test('RequestMetrics: time that others took, and what is tried out -> not in the own time; refusals to protect the server', () => {
  const metrics = new RequestMetrics(new Catalogue(builtinResources));
  const answered = { code: 201, ms: 900, delayMs: 890, body: undefined, contentType: 'application/json' };
  for (const query of ['', '?dryRun=All']) {
    const info = requestInfoOf({ method: 'POST', path: `${paths.configMaps}${query}` });
    metrics.began(info);
    metrics.ended(info);
    metrics.answered(info, answered);
  }
  const read = requestInfoOf({ method: 'GET', path: '/api/v1/nodes' });
  metrics.terminated(read, { code: 429, contentType: 'application/json' });
  const samples = (name: string) => metrics.metrics().find((metric) => metric.name === name)?.samples ?? [];
  const own = samples('apiserver_request_sli_duration_seconds');
  expect(own.find(({ labels }) => labels['le'] === '0.05')?.value).toBe(1);
  expect(own.find(({ suffix }) => suffix === '_count')?.value).toBe(1);
  expect(samples('apiserver_request_terminations_total')).toMatchObject([
    { labels: { code: '429', verb: 'LIST', resource: 'nodes' }, value: 1 },
  ]);
});

test('RequestMetrics: requests that differ in one thing that a label tells -> counted apart, in any order', () => {
  const metrics = new RequestMetrics(new Catalogue(builtinResources));
  const { configMaps } = paths;
  const distinct = [
    `GET ${configMaps}`,
    'GET /api/v1/configmaps',
    `GET ${configMaps}?watch=true`,
    `GET ${configMaps}/a`,
    `GET ${paths.pods}`,
    'GET /apis/autoscaling/v1/horizontalpodautoscalers',
    'GET /apis/autoscaling/v2/horizontalpodautoscalers',
    'GET /apis/events.k8s.io/v1/events',
    'GET /api/v1/events',
    'GET /api/v1/nodes/a',
    'GET /api/v1/nodes/a/status',
    'GET /livez',
    'HEAD /livez',
    `PATCH ${configMaps}/a`,
    `PATCH ${configMaps}/a?dryRun=All`,
    `PATCH ${configMaps}/a as application/apply-patch+yaml`,
    `PATCH ${configMaps}/a?dryRun=All as application/apply-patch+yaml`,
  ];
  for (const line of [...distinct, ...distinct.toReversed()]) {
    const [request = '', contentType = ''] = line.split(' as ');
    const [method = '', path = ''] = request.split(' ');
    const answer = { code: 200, ms: 1, delayMs: 0, body: undefined, contentType };
    metrics.answered(requestInfoOf({ method, path }), answer);
  }
  const counts = metrics.metrics().find(({ name }) => name === 'apiserver_request_total')?.samples ?? [];
  expect(counts.map(({ value }) => value)).toEqual(distinct.map(() => 2));
});

test.each([
  { value: 0, want: '0' },
  { value: 0.0001, want: '0.0001' },
  { value: 0.00001, want: '1e-05' },
  { value: 9.999999999999999e-6, want: '9.999999999999999e-06' },
  { value: 604_800, want: '604800' },
  { value: 1_000_000, want: '1e+06' },
  { value: 2_592_000, want: '2.592e+06' },
  { value: Number.POSITIVE_INFINITY, want: 'Infinity' },
])('numberText: $value -> $want, as Go writes it', ({ value, want }) => {
  expect(numberText(value)).toBe(want);
});
