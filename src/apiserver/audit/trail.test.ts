import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FakeClock } from '../../base/fake-clock.ts';
import { silentLogger } from '../../base/log.ts';
import { configMap, paths, startTestServer } from '../testing.ts';
import { AuditLogFile } from './log-file.ts';
import type { PolicyRule } from './policy.ts';

interface Event {
  auditID: string;
  stage: string;
  verb: string;
  level: string;
  objectRef?: { name?: string; resourceVersion?: string };
  responseStatus?: { code: number; status?: string; details?: object };
  requestObject?: object;
  responseObject?: object;
  user: { username?: string };
  impersonatedUser?: { username: string };
  annotations?: Record<string, string>;
}

async function audited(rules: PolicyRule[]) {
  const events: Event[] = [];
  const sink = { write: (event: object) => void events.push(event as Event) };
  const server = await startTestServer({ defaultRoles: true, audit: { policy: () => ({ rules }), sink } });
  onTestFinished(() => server.stop());
  return { server, events };
}

test('Metadata -> who did what to which object and how it went, at two stages, under the ID of the answer', async () => {
  const { server, events } = await audited([{ level: 'Metadata' }]);
  const { headers } = await server.call(`POST ${paths.configMaps}`, configMap('c'));
  expect(events.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseComplete']);
  const [, done] = events;
  expect(done).toMatchObject({
    auditID: headers['audit-id'],
    level: 'Metadata',
    verb: 'create',
    user: { username: 'amarre-admin' },
    objectRef: { resource: 'configmaps', namespace: 'default', name: 'c', apiVersion: 'v1' },
    responseStatus: { code: 201 },
    annotations: { 'authorization.k8s.io/decision': 'allow' },
  });
  expect(done?.requestObject).toBeUndefined();
  expect(JSON.stringify(events)).not.toContain('"a":"1"');
});

test('Request and RequestResponse -> the bodies too', async () => {
  const { server, events } = await audited([
    { level: 'Request', verbs: ['create'], omitStages: ['RequestReceived'] },
    { level: 'RequestResponse', verbs: ['get'], omitStages: ['RequestReceived'] },
  ]);
  await server.call(`POST ${paths.configMaps}`, configMap('c'));
  await server.call(`GET ${paths.configMaps}/c`);
  const [created, read] = events;
  expect(created).toMatchObject({ requestObject: { data: { a: '1' } }, objectRef: { name: 'c' } });
  expect(created?.responseObject).toBeUndefined();
  expect(read).toMatchObject({ responseObject: { data: { a: '1' } } });
});

test('a request that is refused -> the decision and the refusal', async () => {
  const { server, events } = await audited([{ level: 'Metadata', omitStages: ['RequestReceived'] }]);
  await server.call('GET /api/v1/nodes', undefined, { user: { name: 'jane', groups: [] } });
  expect(events).toMatchObject([
    {
      user: { username: 'jane' },
      responseStatus: { code: 403, reason: 'Forbidden' },
      annotations: { 'authorization.k8s.io/decision': 'forbid' },
    },
  ]);
});

test('what may not be sent is not read -> neither its name nor its body', async () => {
  const { server, events } = await audited([{ level: 'RequestResponse', omitStages: ['RequestReceived'] }]);
  await server.call(`POST ${paths.configMaps}`, configMap('c'), { user: { name: 'jane', groups: [] } });
  const [event] = events;
  expect(event?.objectRef).toEqual({ resource: 'configmaps', namespace: 'default', apiVersion: 'v1' });
  expect(event?.requestObject).toBeUndefined();
});

test('what is sent with a version -> the version; what is deleted -> what it was', async () => {
  const { server, events } = await audited([{ level: 'Metadata', omitStages: ['RequestReceived'] }]);
  await server.create(paths.configMaps, configMap('c'));
  await server.call(`PUT ${paths.configMaps}/c`, { ...configMap('c'), metadata: { name: 'c', resourceVersion: '1' } });
  await server.call(`DELETE ${paths.configMaps}/c`);
  const [, put, gone] = events;
  expect(put).toMatchObject({ objectRef: { resourceVersion: '1' }, responseStatus: { details: { name: 'c' } } });
  expect(gone?.responseStatus).toMatchObject({ status: 'Success', details: { name: 'c', kind: 'configmaps' } });
});

test('a user treated as another -> noted once that is decided', async () => {
  const { server, events } = await audited([{ level: 'Metadata' }]);
  const user = { name: 'amarre-admin', groups: ['system:masters'] };
  const request = {
    method: 'GET',
    path: paths.configMaps,
    headers: { 'impersonate-user': 'jane' },
    body: undefined,
    user,
  };
  await server.apiServer.handle(request, new AbortController());
  expect(events.map(({ impersonatedUser }) => impersonatedUser?.username)).toEqual([undefined, 'jane']);
});

test('a path that everyone may read -> who read it', async () => {
  const { server, events } = await audited([{ level: 'Metadata', omitStages: ['RequestReceived'] }]);
  await server.call('GET /version');
  const request = { method: 'GET', path: '/version', headers: {}, body: undefined, user: undefined };
  await server.apiServer.handle(request, new AbortController());
  expect(events.map(({ user }) => user.username)).toEqual(['amarre-admin', 'system:anonymous']);
  expect(events.map(({ annotations }) => annotations?.['authorization.k8s.io/decision'])).toEqual(['allow', 'allow']);
});

test('a pod -> the level it was let in by, and what would break the one that is only noted', async () => {
  const { server, events } = await audited([
    { level: 'Metadata', resources: [{ resources: ['pods'] }], omitStages: ['RequestReceived'] },
  ]);
  const labels = { 'pod-security.kubernetes.io/audit': 'baseline' };
  await server.create('/api/v1/namespaces', { metadata: { name: 'noted', labels } });
  await server.create('/api/v1/namespaces/noted/serviceaccounts', { metadata: { name: 'default' } });
  await server.create('/api/v1/namespaces/noted/pods', {
    metadata: { name: 'p' },
    spec: { hostPID: true, containers: [{ name: 'c', image: 'i' }] },
  });
  expect(events[0]?.annotations).toMatchObject({
    'pod-security.kubernetes.io/enforce-policy': 'privileged:latest',
    'pod-security.kubernetes.io/audit-violations':
      'would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)',
  });
});

test('nobody that is known -> written down once, without a user', async () => {
  const { server, events } = await audited([{ level: 'Metadata' }]);
  const request = { method: 'GET', path: '/api/v1/nodes', headers: {}, body: undefined, user: undefined };
  await server.apiServer.handle(request, new AbortController());
  expect(events).toMatchObject([{ stage: 'ResponseStarted', user: {}, responseStatus: { code: 401 } }]);
});

test('a watch -> written down when it begins and when it ends', async () => {
  const { server, events } = await audited([{ level: 'Metadata', verbs: ['watch'] }]);
  await server.create(paths.configMaps, configMap('c'));
  await server.watch(`${paths.configMaps}?watch=1&resourceVersion=0`, 1);
  expect(events.map(({ stage }) => stage)).toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete']);
});

test('a request that no rule is about -> nothing', async () => {
  const { server, events } = await audited([{ level: 'None', users: ['amarre-admin'] }, { level: 'Metadata' }]);
  await server.call(`GET ${paths.configMaps}`);
  expect(events).toEqual([]);
});

async function logFile(options: { bytesMax?: number; bufferMax?: number; backupsMax?: number } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'amarre-audit-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'audit.log');
  const sink = new AuditLogFile({ path, clock: new FakeClock(), log: silentLogger, ...options });
  return { folder, path, sink };
}

test('the log -> lines of JSON in a file of mode 0600, all there when it ends', async () => {
  const { path, sink } = await logFile();
  for (let count = 0; count < 3; count++) sink.write({ count });
  await sink.run(AbortSignal.abort());
  expect(await readFile(path, 'utf8')).toBe('{"count":0}\n{"count":1}\n{"count":2}\n');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('the log grows too large -> put aside, and only so many kept', async () => {
  const { folder, sink } = await logFile({ bytesMax: 20, backupsMax: 2 });
  for (let count = 0; count < 5; count++) {
    sink.write({ text: 'x'.repeat(30), count });
    await sink.run(AbortSignal.abort());
  }
  expect(await readdir(folder)).toHaveLength(3);
});

test('a disk that is too slow -> events are dropped and counted, nobody waits', async () => {
  const { sink } = await logFile({ bufferMax: 2 });
  for (let count = 0; count < 5; count++) sink.write({ count });
  expect(sink.dropped).toBe(3);
});
