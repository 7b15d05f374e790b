// Does the server count bodies, levels of pods, tokens, and who does not speak TLS?

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../base/system-clock.ts';
import { parseSigningKeys } from '../auth/tokens/signing-keys.ts';
import { admin, configMap, mergePatch, paths, pod, startTestServer, type TestServer } from '../testing.ts';

const issuer = 'https://kubernetes.default.svc';
const accounts = '/api/v1/namespaces/default/serviceaccounts';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const keys = parseSigningKeys(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'sa.key');

let server: TestServer;
let aheadMs = 0;
beforeAll(async () => {
  const clock = Object.assign(Object.create(systemClock) as typeof systemClock, {
    now: () => systemClock.now() + aheadMs,
  });
  server = await startTestServer({ clock, tokens: { issuer, audiences: [issuer], keys: () => keys } });
  await server.create(accounts, { metadata: { name: 'web' } });
});
afterAll(() => server.stop());

/** What `task` adds to counters and to the counts of histograms, whose names begin with `prefix`. */
async function added(prefix: string, task: () => Promise<unknown>): Promise<Record<string, number>> {
  const values = async (): Promise<[string, number][]> => {
    const { json } = await server.call('GET /metrics');
    const lines = String(json['text'])
      .split('\n')
      .filter((line) => line.startsWith(prefix) && !/_(?:bucket|sum)\b/.test(line));
    return lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]);
  };
  const before = new Map(await values());
  await task();
  const changes = (await values()).map(([series, value]) => [series, value - (before.get(series) ?? 0)] as const);
  return Object.fromEntries(changes.filter(([, change]) => change !== 0));
}

test('bodies of each verb -> one each, by what they are about; what is read has none', async () => {
  const found = await added('apiserver_request_body_size_bytes', async () => {
    await server.call(`POST ${paths.configMaps}`, configMap('a'));
    await server.call(`POST ${paths.configMaps}`, '{');
    await server.call(`PUT ${paths.configMaps}/a`, configMap('a'));
    await server.call(`PATCH ${paths.configMaps}/a`, {}, mergePatch);
    await server.call(`DELETE ${paths.configMaps}/a`);
    await server.call(`DELETE ${paths.configMaps}`);
    await server.call(`GET ${paths.configMaps}`);
    await server.call(`POST ${paths.configMaps}`, configMap('b'), { user: { name: 'nobody', groups: [] } });
  });
  const of = (verb: string): string =>
    `apiserver_request_body_size_bytes_count{group="",resource="configmaps",verb="${verb}"}`;
  expect(found).toEqual({
    [of('create')]: 2,
    [of('update')]: 1,
    [of('patch')]: 1,
    [of('delete')]: 1,
    [of('delete_collection')]: 1,
  });
});

test.each<{ name: string; labels: Record<string, string>; want: string[] }>([
  { name: 'without levels', labels: {}, want: ['allow enforce privileged latest'] },
  {
    name: 'that may run',
    labels: { enforce: 'baseline' },
    want: ['allow enforce baseline latest'],
  },
  {
    name: 'that breaks all levels',
    labels: { enforce: 'restricted', 'enforce-version': 'v1.30', audit: 'restricted', 'audit-version': 'v1.99' },
    want: ['deny audit restricted future', 'deny enforce restricted v1.30'],
  },
])('a pod $name -> the decision for each mode', async ({ name, labels, want }) => {
  const namespace = name.replaceAll(' ', '-');
  const entries = Object.entries(labels).map(([mode, value]) => [`pod-security.kubernetes.io/${mode}`, value]);
  await server.create('/api/v1/namespaces', { metadata: { name: namespace, labels: Object.fromEntries(entries) } });
  await server.create(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: 'default' } });
  const found = await added('pod_security_', () => server.call(`POST /api/v1/namespaces/${namespace}/pods`, pod('p')));
  const values = (series: string): string[] => [...series.matchAll(/="([^"]*)"/g)].map(([, value = '']) => value);
  expect(
    Object.keys(found)
      .map((series) => values(series).slice(0, 4).join(' '))
      .toSorted(),
  ).toEqual(want);
});

test('a token that tells when it is stale -> valid until then, stale after it, once for uses right after another', async () => {
  await server.create(paths.pods, pod('holder', { serviceAccountName: 'web' }));
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'holder' };
  const { json } = await server.call(`POST ${accounts}/web/token`, {
    spec: { expirationSeconds: 3607, boundObjectRef },
  });
  const { token } = json['status'] as unknown as { token: string };
  const headers = { authorization: `Bearer ${token}` };
  const use = (): Promise<unknown> => {
    const request = { method: 'GET', path: paths.configMaps, headers, body: undefined, user: undefined };
    return server.apiServer.handle(request, new AbortController());
  };
  const twice = (): Promise<unknown> => use().then(use);
  expect(await added('serviceaccount_', twice)).toEqual({ serviceaccount_valid_tokens_total: 1 });
  aheadMs = 10_000;
  expect(await added('serviceaccount_', use)).toEqual({ serviceaccount_valid_tokens_total: 1 });
  aheadMs = 3_608_000;
  expect(await added('serviceaccount_', twice)).toEqual({ serviceaccount_stale_tokens_total: 1 });
});

test('a connection that speaks no TLS -> an error', async () => {
  const fail = async (): Promise<void> => server.apiServer.handshakeFailed();
  expect(await added('apiserver_tls_handshake_errors_total', fail)).toEqual({
    apiserver_tls_handshake_errors_total: 1,
  });
});

test('a connection that is handed over -> counted when it has ended, with no code; one that is refused at once', async () => {
  await server.create(paths.pods, pod('page', { serviceAccountName: 'web' }));
  await server.call(
    `PATCH ${paths.pods}/page/status`,
    { status: { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }], phase: 'Running' } },
    mergePatch,
  );
  const open = async (path: string, signal: AbortSignal): Promise<void> => {
    const request = { method: 'GET', path: `${paths.pods}/${path}`, headers: {}, body: undefined, user: admin };
    (await server.apiServer.connect(request, signal)).accepted();
  };
  const series = (subresource: string, code: number): string =>
    `apiserver_request_total{verb="CONNECT",group="",version="v1",resource="pods",subresource="${subresource}",scope="resource",dry_run="",component="apiserver",code="${code}"}`;
  const ended = new AbortController();
  const none = await added('apiserver_request_total{verb="CONNECT"', () => open('page:80/proxy/', ended.signal));
  expect(none).toEqual({});
  const one = await added('apiserver_request_total{verb="CONNECT"', async () => ended.abort());
  expect(one).toEqual({ [series('proxy', 0)]: 1 });
  const { signal } = new AbortController();
  const refused = await added('apiserver_request_total{verb="CONNECT"', () =>
    open('none/exec?container=a&command=a', signal).catch(() => {}),
  );
  expect(refused).toEqual({ [series('exec', 404)]: 1 });
});
