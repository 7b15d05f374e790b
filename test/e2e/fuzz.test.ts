// Can any request make the server fail? 200,000 that are broken in some way, and none may end in a 5xx, an error in
// the log, an unreadable answer or memory that is not given back.

import { Agent, type RequestOptions, request } from 'node:https';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { startHttpsTestServer, testIdentities } from '../../src/apiserver/https/testing.ts';
import { admin, startTestServer, type TestServer } from '../../src/apiserver/testing.ts';
import type { Logger } from '../../src/base/log.ts';
import { silentLogger } from '../../src/base/log.ts';
import { seededRandom } from '../../src/base/seeded-random.ts';
import { Fuzzer, type FuzzRequest } from './fuzz/inputs.ts';
import { seedObjects } from './fuzz/seed-objects.ts';

const seed = 20_261_125;
const inputs = 200_000;
const httpsInputs = 2000;
const roundInputs = 20_000;

/** A revision that lies ahead, and an eviction under two budgets. */
const upstreamFailsToo = ['Too large resource version', 'more than one PodDisruptionBudget'];

interface Failure {
  request: string;
  answer: string;
}

async function tryRequest(
  server: TestServer,
  { path, headers, method, body }: FuzzRequest,
): Promise<{ failure?: Failure; token?: string }> {
  const stopping = new AbortController();
  const described = `${method} ${path} ${headers['content-type']} ${Buffer.from(body ?? [])
    .toString('latin1')
    .slice(0, 2000)}`;
  const response = await server.apiServer.handle({ method, path, headers, body, user: admin }, stopping);
  const chunks: Uint8Array[] = [];
  const isWatch = /[?&/]watch/.test(path);
  for await (const chunk of response.body) {
    chunks.push(chunk);
    if (isWatch) break;
  }
  stopping.abort(new Error('read'));
  const text = Buffer.concat(chunks).toString();
  const isAllowed = response.status < 500 || upstreamFailsToo.some((words) => text.includes(words));
  if (!isAllowed) return { failure: { request: described, answer: text.slice(0, 500) } };
  if (isWatch || response.headers['content-type'] !== 'application/json' || text === '') return {};
  const token = (JSON.parse(text) as { metadata?: { continue?: string } } | null)?.metadata?.continue;
  return token === undefined ? {} : { token };
}

async function emptyServer(server: TestServer): Promise<void> {
  for (const { path } of seedObjects) {
    const list = await server.call(`GET ${path}`);
    for (const { metadata } of (list.json.items as unknown as typeof list.json.items | undefined) ?? []) {
      if (path === '/api/v1/namespaces' && !metadata.name.startsWith('namespace-')) continue;
      const at = `${path}/${encodeURIComponent(metadata.name)}`;
      await server.call(
        `PATCH ${at}`,
        { metadata: { finalizers: null } },
        { contentType: 'application/merge-patch+json' },
      );
      await server.call(`DELETE ${at}`, { gracePeriodSeconds: 0 });
    }
  }
  const revision = server.store.currentRevision();
  // A read is answered when the cache has seen all of that; what definitions of custom resources still cause comes later.
  await server.call('GET /api/v1/namespaces');
  await server.store.compact(revision);
}

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

test(`${inputs} broken requests -> no 5xx, no error logged, no memory kept`, { timeout: 900_000 }, async () => {
  const logged: unknown[] = [];
  const log: Logger = { ...silentLogger, error: (message, fields) => logged.push([message, fields]) };
  const server = await startTestServer({ log });
  const fuzzer = new Fuzzer(seededRandom(seed));
  const failures: Failure[] = [];
  const heap: number[] = [];
  for (let done = 0; done < inputs && failures.length < 5; done += roundInputs) {
    for (let i = 0; i < roundInputs && failures.length < 5; i += 1) {
      const { failure, token } = await tryRequest(server, fuzzer.next());
      if (failure) failures.push(failure);
      if (token && fuzzer.tokens.length < 100) fuzzer.tokens.push(token);
    }
    await emptyServer(server);
    collectGarbage();
    heap.push(process.memoryUsage().heapUsed / 2 ** 20);
  }
  await server.stop();
  expect(failures).toEqual([]);
  expect(logged).toEqual([]);
  // Caches fill in the first rounds; after that nothing may be added round by round.
  const settled = heap[2] ?? 0;
  expect(Math.max(...heap.slice(3)) - settled, heap.map(Math.round).join(' ')).toBeLessThan(30);
  expect(({} as Record<string, unknown>)['polluted'] ?? Object.keys(Object.prototype)).toEqual([]);
});

test(`${httpsInputs} of them over HTTPS -> every one is answered, and the connection lives on`, async () => {
  const identities = await testIdentities();
  const server = await startHttpsTestServer(identities);
  const { ca, cert, key } = identities.admin;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert, key });
  const fuzzer = new Fuzzer(seededRandom(seed + 1));
  const failures: string[] = [];
  for (let done = 0; done < httpsInputs; done += 1) {
    const { method, path, headers, body } = fuzzer.next();
    // What HTTP has no letters for can't be sent; a watch would not end.
    if (!/^[A-Z]+$/.test(method) || /watch/.test(path)) continue;
    const target = {
      port: server.port,
      host: '127.0.0.1',
      agent,
      method,
      path: encodeURI(path),
      headers: { ...sendable(headers), 'content-length': String(body?.byteLength ?? 0) },
    };
    const { status, text } = await send(target, body);
    if (status >= 500 && !upstreamFailsToo.some((words) => text.includes(words)))
      failures.push(`${method} ${path} ${text}`);
  }
  agent.destroy();
  await server.stop();
  expect(failures).toEqual([]);
});

const sendable = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => /^[\x20-\x7e]*$/.test(value)));

function send(target: RequestOptions, body: Uint8Array | undefined): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(target, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
