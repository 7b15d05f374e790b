// Do Go clients read our protobuf? kubectl with JSON taken out of what it accepts.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Kubectl, kubectlFor } from '../../../test/fixtures/kubectl.ts';
import { silentLogger } from '../../base/log.ts';
import type { ApiServer } from '../api-server.ts';
import { startTestServer, type TestServer } from '../testing.ts';
import { serveHttps } from './serve.ts';
import { testIdentities } from './testing.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const seen: string[] = [];

/** Leaves a client that reads protobuf and JSON only the protobuf. */
function protobufOnly(apiServer: ApiServer): ApiServer {
  return {
    handshakeFailed: () => {},
    connect: (request, signal) => apiServer.connect(request, signal),
    run: (signal) => apiServer.run(signal),
    ready: (signal) => apiServer.ready(signal),
    async handle(request, lifetime) {
      const { accept = '' } = request.headers;
      const isTyped = accept.startsWith(`${protobuf},`) && !accept.includes('as=');
      const headers = isTyped ? { ...request.headers, accept: protobuf } : request.headers;
      const response = await apiServer.handle({ ...request, headers }, lifetime);
      if (isTyped) seen.push(response.headers['content-type'] ?? '');
      return response;
    },
  };
}

let server: TestServer;
let stop: () => Promise<void>;
let kubectl: Kubectl;
beforeAll(async () => {
  const identities = await testIdentities();
  server = await startTestServer();
  const stopping = new AbortController();
  const { addresses, closed } = await serveHttps(
    {
      apiServer: protobufOnly(server.apiServer),
      listen: [{ host: '127.0.0.1', port: 0 }],
      tls: identities.server,
      log: silentLogger,
    },
    stopping.signal,
  );
  stop = async () => {
    stopping.abort();
    await closed;
    await server.stop();
  };
  kubectl = await kubectlFor(`https://127.0.0.1:${addresses[0]?.port}`, identities.admin, '1.35');
}, 60_000);
afterAll(async () => {
  await kubectl.dispose();
  await stop();
});

test('create, describe, events, drain -> replies in protobuf are read', async () => {
  const run = async (args: string): Promise<string> => {
    const { code, stdout, stderr } = await kubectl(args.split(' '));
    expect(code, stderr).toBe(0);
    return stdout;
  };
  expect(await run('create namespace typed')).toBe('namespace/typed created\n');
  expect(await run('create configmap c --from-literal=a=1 -n typed')).toBe('configmap/c created\n');
  expect(await run('create deployment d --image=i --replicas=0 -n typed')).toBe('deployment.apps/d created\n');
  expect(await run('describe deployment d -n typed')).toMatch(/Replicas: +0 desired \| 0 updated \| 0 total/);
  expect(await run('describe configmap c -n typed')).toMatch(/a:\n----\n1\n/);
  const event = {
    involvedObject: { kind: 'ConfigMap', namespace: 'typed', name: 'c' },
    reason: 'Seen',
    message: 'it is',
    type: 'Normal',
    source: { component: 't' },
    lastTimestamp: '2026-01-01T00:00:00Z',
    count: 2,
  };
  await server.create('/api/v1/namespaces/typed/events', { metadata: { name: 'e', namespace: 'typed' }, ...event });
  expect(await run('events -n typed')).toMatch(/Normal +Seen +ConfigMap\/c +it is/);
  expect(await run('describe node')).toBe('');
  const missing = await kubectl(['describe', 'configmap', 'nope', '-n', 'typed']);
  expect(missing.stderr).toContain('configmaps "nope" not found');
  expect(new Set(seen)).toEqual(new Set([protobuf]));
}, 60_000);

test('a typed watch -> its frames in protobuf are read', async () => {
  seen.length = 0;
  const event = {
    involvedObject: { kind: 'ConfigMap', namespace: 'default', name: 'c' },
    reason: 'Seen',
    message: 'again',
    type: 'Normal',
    source: { component: 't' },
  };
  const watching = kubectl(['events', '--watch', '-n', 'default'], { timeoutMs: 5000 });
  await expect
    .poll(() => seen.filter((type) => type.includes('stream=watch')).length, { timeout: 4000 })
    .toBeGreaterThan(0);
  await server.create('/api/v1/namespaces/default/events', { metadata: { name: 'late' }, ...event });
  expect((await watching).stdout).toMatch(/Normal +Seen +ConfigMap\/c +again/);
}, 20_000);
