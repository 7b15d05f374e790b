// What HTTP says: paths that are written in odd ways, methods, time limits, what is accepted, and who asks.

import { type Case, merge, type Step } from './exchange.ts';

const maps = '/api/v1/namespaces/{ns}/configmaps';
const made: Step = [`POST ${maps}`, { metadata: { name: 'a' } }];
const oneWatched = `${maps}?watch=true&timeoutSeconds=1&resourceVersion=0&fieldSelector=metadata.name%3Da`;
const accepting = (accept: string, line: string): Step => [line, undefined, { accept }];

const oddNames = ['.', '..', '%2e%2e', 'a%25b', 'a%252Fb', 'a%2Fb', 'a%20b'];
const readMethods = ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

export const wireCases: Case[] = [
  {
    name: 'odd paths',
    steps: [
      made,
      '//api',
      '/api//v1',
      '/api/v1//namespaces',
      '/api/v1/namespaces/x%2Fy/configmaps',
      '/healthz/',
      '/livez//',
      '/openapi//v3',
      '/livez//ping',
      '/metrics/',
      '/foo',
      '/foo/',
      '/livez/ping/x',
      '/'.repeat(3),
      `${maps}/`,
      `${maps}//`,
      `${maps}/a/`,
      `${maps}//a`,
      `${maps}/%61`,
      '/api/v1/namespaces/{ns}//configmaps',
      '/apis/apps//v1',
      '/apis/apps/v1//deployments',
      '/api/v1/namespaces/{ns}/pods/a/bogus',
      `${maps}/a/status`,
      '/api/v1/namespaces/{ns}/finalize',
      '/api/v1/namespaces/{ns}/serviceaccounts/default/token',
    ].map((each) => (typeof each === 'string' ? `GET ${each}` : each)),
  },
  {
    name: 'odd names',
    steps: oddNames.flatMap((name): Step[] => [
      `GET ${maps}/${name}`,
      `DELETE ${maps}/${name}`,
      [`PATCH ${maps}/${name}`, {}, merge],
      `GET /api/v1/nodes/${name}`,
      `GET /api/v1/namespaces/${name}`,
      `GET /api/v1/namespaces/{ns}/pods/${name}/status`,
      `GET /api/v1/namespaces/{ns}/pods/${name}/log`,
      `GET /apis/apps/v1/namespaces/{ns}/deployments/${name}/scale`,
    ]),
  },
  {
    name: 'methods',
    steps: [
      ...readMethods.flatMap((method) =>
        ['/api', '/api/v1', '/apis/apps', '/apis/apps/v1', '/apis/apps/v9', '/readyz/ping', '/openid/v1/jwks'].map(
          (path) => `${method} ${path}`,
        ),
      ),
      'DELETE /api/v1/pods',
      'POST /api/v1/namespaces/{ns}',
      'PUT /api/v1/namespaces',
      'POST /api/v1/nodes/a',
      `DELETE ${maps}/a/status`,
      'POST /apis/apps/v1/namespaces/{ns}/deployments/x/scale',
      'GET /api/v1/namespaces/{ns}/pods/x/binding',
      'GET /api/v1/namespaces/{ns}/pods/x/eviction',
      'GET /apis/authorization.k8s.io/v1/subjectaccessreviews',
      `TRACE ${maps}`,
      `OPTIONS ${maps}`,
      `HEAD ${maps}/none`,
      'PUT /api/v1/namespaces/{ns}/pods/x/log',
      'PATCH /api/v1/namespaces/{ns}/finalize',
    ],
  },
  {
    name: 'time limits',
    steps: [
      made,
      ...['1', '1x', '', '1.5s', '-1s', '1h', '1s1', '.5s', '+1s', '.s', 'NaN', '99999999999h', '0', '1 s', '5µs1'].map(
        (timeout) => `GET ${maps}/none?timeout=${encodeURIComponent(timeout)}`,
      ),
      [`POST ${maps}?timeout=bogus`, { metadata: { name: 'z' } }],
      `DELETE ${maps}/none?timeout=bogus`,
      ...['/version', '/api', '/healthz', '/foo', '/metrics'].map((path) => `GET ${path}?timeout=bogus`),
      ['GET /api/v1/nodes?timeout=bogus', undefined, { 'impersonate-user': 'nobody' }],
      'GET /api/v1/namespaces/{ns}/pods/x/log?timeout=bogus',
      'GET /api/v1/namespaces/{ns}/pods/x/proxy?timeout=bogus',
      `GET ${oneWatched}&timeout=bogus`,
    ],
  },
  {
    name: 'what is accepted',
    steps: [
      made,
      ...[
        'application/json;q=0.5,application/yaml',
        'application/yaml;q=0.2,application/json;q=0.1',
        'application/json;q=0',
        'application/yaml, application/json',
        'text/*',
        'application/yaml;q=0.5, text/plain',
        '*/*;q=0.1',
        'application/json;charset=utf-8',
        'application/json; pretty=1',
        'application/cbor',
        ',',
        'APPLICATION/JSON',
        'application/json;q=bogus',
        'application',
        'application/json/x',
        '*',
        'application/json;as=Table;v=v1;g=meta.k8s.io;q=0.1, application/yaml;q=0.9',
        'application/json;stream=bogus',
        'application/json;stream=watch',
        'application/yaml;stream=watch',
        'application/json;stream=bogus, application/json',
        'application/cbor, application/json',
        'application/json;stream=watch;as=Table;v=v1;g=meta.k8s.io',
      ].flatMap((accept) =>
        [`${maps}/a`, `${maps}/none`, oneWatched, '/api', '/apis/apps/v1', '/foo'].map((path) =>
          accepting(accept, `GET ${path}`),
        ),
      ),
      ...['*/*', 'application/jwk-set+json', 'application/*', 'application/json', 'text/plain'].map((accept) =>
        accepting(accept, 'GET /openid/v1/jwks'),
      ),
      accepting('text/plain', 'GET /.well-known/openid-configuration'),
    ],
  },
  {
    name: 'who asks, and how',
    steps: [
      made,
      ...['Mozilla/5.0', 'curl/7', 'Wget/1'].map(
        (agent): Step => [`GET ${maps}/a`, undefined, { 'user-agent': agent }],
      ),
      [`GET ${maps}/a?pretty=0`, undefined, { 'user-agent': 'curl/7' }],
      [`GET ${maps}/a`, undefined, { authorization: 'Bearer bogus' }],
      [`GET ${maps}/a`, undefined, { 'impersonate-user': 'u' }],
      [`GET ${maps}/a`, undefined, { 'impersonate-group': 'u' }],
      [`GET ${maps}/a`, undefined, { origin: 'http://x' }],
      [`GET ${maps}/a`, undefined, { 'audit-id': 'mine' }],
      [`POST ${maps}`, ''],
      ...['[]', 'null', '"x"', '{}{}', '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"q"}}'].map(
        (body): Step => [`POST ${maps}`, body],
      ),
      ...['application/json', 'text/plain', '', 'application/merge-patch+json; charset=utf-8'].map(
        (type): Step => [`PATCH ${maps}/a`, '{}', { 'content-type': type }],
      ),
    ],
  },
];
