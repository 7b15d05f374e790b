// What stands in the heads of answers, and in what health says? Both servers get the same requests.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import type { ApiAnswer } from '../fixtures/api-caller.ts';
import { type BothServers, startBothServers } from '../fixtures/both-servers.ts';
import { whyNoUpstream } from '../fixtures/upstream-server.ts';

const why = await whyNoUpstream();
if (why) report(`heads of answers are not compared with upstream's: ${why}`);

const gzip = { 'accept-encoding': 'gzip' };
const swagger = { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' };
const discovery = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' };
const pods = '/api/v1/namespaces/default/pods';

const peopleRead = [
  '/api',
  '/apis/apps',
  '/api/v1',
  '/openapi/v3',
  '/version',
  '/',
  '/api/v1/nodes/none',
  `${pods}?limit=1`,
];

const requests: { line: string; body?: unknown; headers?: Record<string, string>; known?: readonly string[] }[] = [
  { line: 'GET /version' },
  { line: 'GET /.well-known/openid-configuration' },
  { line: 'GET /openid/v1/jwks' },
  { line: 'GET /api' },
  // People read what is indented.
  ...['curl/8.5', 'Wget/1.2', 'Mozilla/5.0 (X)', 'other'].flatMap((agent) =>
    [...peopleRead, ...['true', '1', 'false', 'yes', ''].map((pretty) => `/api/v1/pods?pretty=${pretty}`)].map(
      (path) => ({ line: `GET ${path}`, headers: { 'user-agent': agent } }),
    ),
  ),
  { line: 'GET /api/v1/pods', headers: { accept: 'application/json;pretty=1' } },
  { line: 'GET /api/v1/pods?watch=true&timeoutSeconds=1&pretty=true' },
  { line: 'GET /api', headers: discovery },
  { line: 'GET /apis' },
  { line: 'GET /apis', headers: discovery },
  { line: 'GET /api/v1' },
  { line: 'GET /' },
  { line: 'GET /nothing' },
  { line: 'GET /api/v1/pods' },
  { line: 'GET /api/v1/pods', headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } },
  { line: `POST ${pods}`, body: { metadata: { name: 'a' }, spec: { containers: [{ name: 'a', image: 'a' }] } } },
  { line: `GET ${pods}/a` },
  { line: `GET ${pods}/a`, headers: { accept: 'application/yaml' } },
  { line: `GET ${pods}/a`, headers: { accept: 'application/vnd.kubernetes.protobuf' } },
  { line: `GET ${pods}/none` },
  { line: `HEAD ${pods}/a` },
  { line: `DELETE ${pods}/a?gracePeriodSeconds=0` },
  { line: 'HEAD /readyz' },
  { line: 'GET /livez/ping' },
  { line: 'GET /livez/none' },
  { line: 'GET /metrics/slis' },
  { line: 'GET /openapi/v2' },
  { line: 'GET /openapi/v2', headers: swagger },
  { line: 'GET /openapi/v2', headers: gzip },
  { line: 'GET /openapi/v2', headers: { range: 'bytes=0-9' } },
  { line: 'GET /openapi/v2', headers: { range: 'bytes=99999999-' } },
  { line: 'HEAD /openapi/v2' },
  { line: 'GET /openapi/v2', headers: { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' } },
  { line: 'GET /openapi/v3' },
  // Compressed for who can read it; upstream's is not.
  { line: 'GET /openapi/v3/api/v1', known: ['vary'] },
  { line: 'GET /openapi/v3/api/v1', headers: { range: 'bytes=-5' }, known: ['vary'] },
  { line: 'HEAD /openapi/v3/api/v1', known: ['vary'] },
  { line: 'GET /openapi/v3/none' },
];

/** Values differ between any two servers, or from request to request. */
const valuesOfOneServer = new Set(['audit-id', 'date', 'etag', 'last-modified', 'content-range']);
/** Which flow schema and level a request had: there are none as objects. How Go cuts an answer is its own. */
const notCompared = /^x-kubernetes-pf-|^process-start-time-unix$|^content-length$/;

function headOf({ status, headers, text }: ApiAnswer, known: readonly string[]): Record<string, unknown> {
  const shown = Object.entries(headers).filter(([name]) => !notCompared.test(name) && !known.includes(name));
  const told = shown.map(([name, value]) => [name, valuesOfOneServer.has(name) ? 'of one server' : value]);
  // What a terminal shows after the text, and how much of it on a line.
  const isJson = headers['content-type'] === 'application/json';
  const written = isJson && { isIndented: text.startsWith('{\n'), hasLastLine: text.endsWith('\n') };
  return { status, ...written, ...(Object.fromEntries(told) as Record<string, string>) };
}

/** Checks that upstream has for parts that there are not, or that are not waited for. */
const notChecked = new RegExp(
  [
    ...['log', 'loopback-serving-certificate', 'etcd', 'etcd-readiness', 'autoregister-completion'].map(
      (name) => `^${name}$`,
    ),
    ...[
      'start-(?:apiserver|apiextensions|cluster|kube|legacy|service|kubernetes)-',
      'generic-apiserver-',
      'priority-and-',
    ].map((name) => `^poststarthook/${name}`),
    ...['storage-object-count-', 'peer-endpoint-', 'apiservice-', 'kube-apiserver-', 'bootstrap-controller'].map(
      (name) => `^poststarthook/${name}`,
    ),
    ...['rbac/', 'scheduling/'].map((name) => `^poststarthook/${name}`),
  ].join('|'),
);

describe.skipIf(why)('heads of answers', () => {
  let servers: BothServers;
  beforeAll(async () => {
    servers = await startBothServers();
  });
  afterAll(() => servers?.stop());

  test.each(requests)('$line $headers', async ({ line, body, headers, known = [] }) => {
    const { ours, upstream } = await servers.both(line, body, headers);
    expect(headOf(ours, known)).toEqual(headOf(upstream, known));
  });

  test.each(['livez', 'readyz', 'healthz'])('/%s?verbose -> checks under the same names', async (endpoint) => {
    const { ours, upstream } = await servers.both(`GET /${endpoint}?verbose`);
    const names = ({ text }: ApiAnswer): string[] =>
      [...text.matchAll(/^\[.\](\S+) ok$/gm)].map(([, name = '']) => name);
    // Of the store in memory here; `etcd` where there is one.
    expect(
      names(ours)
        .filter((name) => name !== 'storage')
        .toSorted(),
    ).toEqual(
      names(upstream)
        .filter((name) => !notChecked.test(name))
        .toSorted(),
    );
    for (const name of names(ours).filter((each) => each !== 'storage')) {
      const pair = await servers.both(`GET /${endpoint}/${name}`);
      expect(pair.ours.text, name).toBe(pair.upstream.text);
    }
  });
});
