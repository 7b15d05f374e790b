// What do the tests of the API server share? A server over a store in memory, and short requests to it.

import type { KubeObject } from '../apimachinery/meta.ts';
import { builtinResources, builtinSchemas } from '../apis/builtin.ts';
import type { Clock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/seeded-random.ts';
import { systemClock } from '../base/system-clock.ts';
import { memoryStore } from '../kvstore/memory-store.ts';
import type { RevisionStore } from '../kvstore/types.ts';
import type { ApiServer, ApiServerOptions } from './api-server.ts';
import { createApiServer } from './server.ts';
import type { StatusBody } from './status-body.ts';
import type { UserInfo } from './types.ts';

export const admin: UserInfo = { name: 'amarre-admin', groups: ['system:masters'] };

/** Where the tests of the API server put their objects. */
export const paths = {
  claims: '/api/v1/namespaces/default/persistentvolumeclaims',
  configMaps: '/api/v1/namespaces/default/configmaps',
  events: '/api/v1/namespaces/default/events',
  pods: '/api/v1/namespaces/default/pods',
  snapshots: '/apis/snapshot.storage.k8s.io/v1/namespaces/default/volumesnapshots',
};

export const mergePatch = { contentType: 'application/merge-patch+json' };

export const configMap = (name: string, overrides: object = {}): object => ({
  metadata: { name, ...overrides },
  data: { a: '1' },
});
export const pod = (name: string, spec: object = {}): object => ({
  metadata: { name },
  spec: { containers: [{ name: 'app', image: 'amarre.io/host', command: ['sleep', '1'] }], ...spec },
});
export const claim = (name: string, overrides: object = {}): object => ({
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...overrides },
});

export interface TestAnswer {
  status: number;
  headers: Record<string, string>;
  /** The parsed body. */
  json: KubeObject & StatusBody & { items: KubeObject[] } & Record<string, unknown>;
}

export interface TestServer {
  apiServer: ApiServer;
  store: RevisionStore;
  /** Creates an object; throws unless the answer is 201. */
  create(path: string, object: object): Promise<KubeObject>;
  /** One request, as `GET /api/v1/nodes`; `body` is sent as JSON, a text as it is. */
  call(line: string, body?: unknown, options?: CallOptions): Promise<TestAnswer>;
  /** Events of a watch until `count` have come. */
  watch(path: string, count: number, options?: { accept?: string }): Promise<{ type: string; object: KubeObject }[]>;
  stop(): Promise<void>;
}

export interface CallOptions {
  user?: UserInfo;
  contentType?: string;
  accept?: string;
  /** Beside those two. */
  headers?: Record<string, string>;
}

/** Starts a server in this process; `stop` it. */
export async function startTestServer(
  options: Partial<ApiServerOptions> & { clock?: Clock } = {},
): Promise<TestServer> {
  const store = options.store ?? memoryStore();
  const apiServer = createApiServer({
    store,
    definitions: builtinResources,
    schemas: builtinSchemas,
    clock: systemClock,
    random: seededRandom(1),
    log: silentLogger,
    ...options,
  });
  const stopping = new AbortController();
  const running = apiServer.run(stopping.signal);
  await Promise.race([apiServer.ready(stopping.signal), running]);
  return {
    apiServer,
    store,
    create: async (path, object) => {
      const { status, json } = await call(apiServer, { line: `POST ${path}`, body: object });
      if (status !== 201) throw new Error(`${path} answered ${status}: ${json.message}`);
      return json;
    },
    call: (line, body, callOptions) => call(apiServer, { line, body, ...callOptions }),
    watch: (path, count, { accept = 'application/json' } = {}) => watch(apiServer, path, { count, accept }),
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function call(
  apiServer: ApiServer,
  {
    line,
    body,
    user = admin,
    contentType = 'application/json',
    accept = 'application/json',
    headers: others = {},
  }: CallOptions & { line: string; body: unknown },
): Promise<TestAnswer> {
  const [method = '', path = ''] = line.split(' ');
  const request = {
    method,
    path,
    headers: { 'content-type': contentType, accept, ...others },
    body: body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    user,
  };
  const response = await apiServer.handle(request, new AbortController());
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const json = (text.startsWith('{') ? JSON.parse(text) : { text }) as TestAnswer['json'];
  const { status, headers, auditId } = response;
  return { status, headers: { ...headers, ...(auditId && { 'audit-id': auditId }) }, json };
}

async function watch(
  apiServer: ApiServer,
  path: string,
  { count, accept }: { count: number; accept: string },
): Promise<{ type: string; object: KubeObject }[]> {
  const stopping = new AbortController();
  const headers = { accept };
  const response = await apiServer.handle({ method: 'GET', path, headers, body: undefined, user: admin }, stopping);
  const events: { type: string; object: KubeObject }[] = [];
  let text = '';
  try {
    for await (const chunk of response.body) {
      text += Buffer.from(chunk).toString();
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      events.push(...lines.map((line) => JSON.parse(line)));
      if (events.length >= count) break;
    }
  } finally {
    stopping.abort();
  }
  return events;
}
