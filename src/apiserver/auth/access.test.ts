import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { FakeClock } from '../../base/fake-clock.ts';
import { pod, startTestServer, type TestServer } from '../testing.ts';
import type { UserInfo } from '../types.ts';
import { parseSigningKeys } from './tokens/signing-keys.ts';

const issuer = 'https://kubernetes.default.svc';
const newKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();
const jane: UserInfo = { name: 'jane', groups: ['devs', 'system:authenticated'] };
const tokens = '/api/v1/namespaces/default/serviceaccounts/web/token';

let pem: string;
let clock: FakeClock;
let server: TestServer;

beforeEach(async () => {
  pem = newKey();
  clock = new FakeClock();
  const keys = () => parseSigningKeys(pem, 'sa.key');
  server = await startTestServer({ clock, defaultRoles: true, tokens: { issuer, audiences: [issuer], keys } });
  await server.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'web' } });
});

afterEach(() => server.stop());

const requestToken = async (spec: object = {}): Promise<string> => {
  const { status, json } = await server.call(`POST ${tokens}`, { spec });
  expect(status).toBe(201);
  return (json['status'] as unknown as { token: string }).token;
};

/** One request with a bearer token and no certificate. */
const withToken = async (token: string, line: string): Promise<number> => {
  const [method = '', path = ''] = line.split(' ');
  const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
  const request = { method, path, headers, body: undefined, user: undefined };
  return (await server.apiServer.handle(request, new AbortController())).status;
};

const review = async (token: string, audiences?: string[]): Promise<object> => {
  const { json } = await server.call('POST /apis/authentication.k8s.io/v1/tokenreviews', {
    spec: { token, audiences },
  });
  return json['status'] as unknown as object;
};

const podOfWeb = (): Promise<KubeObject> =>
  server.create('/api/v1/namespaces/default/pods', pod('p', { serviceAccountName: 'web' }));

test('a token of a service account -> its user, groups and rights', async () => {
  const token = await requestToken();
  expect(await review(token)).toMatchObject({
    authenticated: true,
    audiences: [issuer],
    user: {
      username: 'system:serviceaccount:default:web',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=/)] },
    },
  });
  expect(await withToken(token, 'GET /api')).toBe(200);
  expect(await withToken(token, 'GET /api/v1/namespaces/default/pods')).toBe(403);
  await server.create('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
    metadata: { name: 'view' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: 'default' }],
  });
  expect(await withToken(token, 'GET /api/v1/namespaces/default/pods')).toBe(200);
  expect(await withToken(token, 'GET /api/v1/namespaces/default/secrets')).toBe(403);
  expect(await withToken(token, 'GET /api/v1/namespaces/kube-system/pods')).toBe(403);
});

test.each<{ name: string; spoil: (token: string) => string | Promise<unknown>; why: string }>([
  { name: 'altered', spoil: (token) => `${token.slice(0, -4)}AAAA`, why: 'invalid bearer token' },
  { name: 'no token at all', spoil: () => 'abc', why: 'invalid bearer token' },
  { name: 'expired', spoil: () => clock.advance(62 * 60 * 1000), why: 'service account token has expired' },
  {
    name: 'its account is gone',
    spoil: () => server.call('DELETE /api/v1/namespaces/default/serviceaccounts/web'),
    why: 'serviceaccounts "web" not found',
  },
  {
    name: 'its account was made anew',
    spoil: async () => {
      await server.call('DELETE /api/v1/namespaces/default/serviceaccounts/web');
      await server.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'web' } });
    },
    why: 'service account UID',
  },
  {
    name: 'its key is gone',
    spoil: () => {
      pem = newKey();
      return '';
    },
    why: 'token was signed by an unknown key',
  },
])('a token, $name -> refused', async ({ spoil, why }) => {
  const token = await requestToken();
  expect(await withToken(token, 'GET /api')).toBe(200);
  const spoiled = await spoil(token);
  const presented = typeof spoiled === 'string' && spoiled !== '' ? spoiled : token;
  expect(await withToken(presented, 'GET /api')).toBe(401);
  expect(await review(presented)).toMatchObject({ user: {}, error: expect.stringContaining(why) });
});

test('a token behind two spaces -> none, and the client is told', async () => {
  const authorization = `Bearer  ${await requestToken()}`;
  const request = { method: 'GET', path: '/api/v1/pods', headers: { authorization }, body: undefined, user: undefined };
  const { status, headers } = await server.apiServer.handle(request, new AbortController());
  const told = 'the provided Authorization header contains extra space before the bearer token, and is ignored';
  expect([status, headers['warning']]).toEqual([401, `299 - "${told}"`]);
});

test('a new key in front -> it signs, and older tokens hold', async () => {
  const old = await requestToken();
  pem = `${newKey()}${pem}`;
  const fresh = await requestToken();
  expect(await withToken(old, 'GET /api')).toBe(200);
  expect(await withToken(fresh, 'GET /api')).toBe(200);
  const { json } = await server.call('GET /openid/v1/jwks', undefined, { accept: '*/*' });
  expect(json['keys']).toHaveLength(2);
  expect((await server.call('GET /.well-known/openid-configuration')).json).toMatchObject({ issuer });
});

test('a token that is bound to a pod -> refused as soon as the pod is gone', async () => {
  const { metadata } = await podOfWeb();
  const token = await requestToken({ boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: metadata.uid } });
  expect(await review(token)).toMatchObject({
    authenticated: true,
    user: { extra: { 'authentication.kubernetes.io/pod-name': ['p'] } },
  });
  await server.call('DELETE /api/v1/namespaces/default/pods/p', { gracePeriodSeconds: 0 });
  expect(await review(token)).toMatchObject({
    user: {},
    error: '[invalid bearer token, service account token has been invalidated]',
  });
  await podOfWeb();
  expect(await review(token)).toMatchObject({ error: expect.stringMatching(/^\[invalid bearer token, pod UID/) });
});

test.each<{ name: string; spec: object; code: number; message: string }>([
  {
    name: 'too short',
    spec: { expirationSeconds: 60 },
    code: 422,
    message:
      'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
  },
  {
    name: 'a pod that is not there',
    spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'x' } },
    code: 404,
    message: 'pods "x" not found',
  },
  {
    name: 'a pod of another account',
    spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'other' } },
    code: 400,
    message: 'cannot bind token for serviceaccount "web" to pod running with different serviceaccount name.',
  },
  {
    name: 'a kind that tokens are not bound to',
    spec: { boundObjectRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } },
    code: 400,
    message: 'cannot bind token to object of type apps/v1, Kind=Deployment',
  },
])('a token request, $name -> $code', async ({ spec, code, message }) => {
  await server.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'else' } });
  await server.create('/api/v1/namespaces/default/pods', pod('other', { serviceAccountName: 'else' }));
  const { status, json } = await server.call(`POST ${tokens}`, { spec });
  expect({ status, message: json.message }).toEqual({ status: code, message });
});

test('a token for another audience -> not for this server, and for those who ask for that audience', async () => {
  const token = await requestToken({ audiences: ['vault'] });
  expect(await withToken(token, 'GET /api')).toBe(401);
  expect(await review(token)).toMatchObject({ user: {}, error: expect.any(String) as string });
  expect(await review(token, ['vault', 'x'])).toMatchObject({ authenticated: true, audiences: ['vault'] });
});

const asUser = async (
  line: string,
  headers: Record<string, string>,
  user = jane,
): Promise<{ status: number; text: string }> => {
  const [method = '', path = ''] = line.split(' ');
  const body = method === 'POST' ? Buffer.from('{}') : undefined;
  const request = {
    method,
    path,
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    body,
    user,
  };
  const response = await server.apiServer.handle(request, new AbortController());
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return { status: response.status, text: Buffer.concat(chunks).toString() };
};

const admin: UserInfo = { name: 'amarre-admin', groups: ['system:masters'] };
const whoAmI = 'POST /apis/authentication.k8s.io/v1/selfsubjectreviews';

test.each<{ name: string; user?: UserInfo; headers: Record<string, string>; want: object }>([
  {
    name: 'a user',
    headers: { 'impersonate-user': 'joe' },
    want: { username: 'joe', groups: ['system:authenticated'] },
  },
  {
    name: 'a user with groups, uid and extra fields',
    headers: {
      'impersonate-user': 'joe',
      'impersonate-group': 'a, b',
      'impersonate-uid': '7',
      'impersonate-extra-scopes': 'read',
    },
    want: { username: 'joe', uid: '7', groups: ['a', 'b', 'system:authenticated'], extra: { scopes: ['read'] } },
  },
  {
    name: 'a service account',
    headers: { 'impersonate-user': 'system:serviceaccount:shop:web' },
    want: { groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'] },
  },
])('impersonation by an administrator: $name -> treated as that', async ({ headers, want }) => {
  const { status, text } = await asUser(whoAmI, headers, admin);
  expect(status).toBe(201);
  expect(JSON.parse(text).status.userInfo).toMatchObject(want);
});

test.each<{ groups?: string; want: string[] }>([
  { want: ['system:unauthenticated'] },
  { groups: 'a', want: ['a', 'system:unauthenticated'] },
  { groups: 'system:unauthenticated', want: ['system:unauthenticated'] },
])('impersonation of nobody in particular, with the groups $groups -> one of those that nobody knows', async (row) => {
  await server.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'unknown' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:basic-user' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:unauthenticated' }],
  });
  const asked = { 'impersonate-user': 'system:anonymous', ...(row.groups && { 'impersonate-group': row.groups }) };
  const { status, text } = await asUser(whoAmI, asked, admin);
  expect(status).toBe(201);
  expect(JSON.parse(text).status.userInfo).toEqual({ username: 'system:anonymous', groups: row.want });
});

test.each([
  {
    headers: { 'impersonate-user': 'joe' },
    why: 'users \\"joe\\" is forbidden: User \\"jane\\" cannot impersonate resource \\"users\\" in API group \\"\\" at the cluster scope',
  },
  {
    headers: { 'impersonate-user': 'system:serviceaccount:shop:web' },
    why: 'serviceaccounts \\"web\\" is forbidden: User \\"jane\\" cannot impersonate resource \\"serviceaccounts\\" in API group \\"\\" in the namespace \\"shop\\"',
  },
])('impersonation by a user without the right: $headers -> Forbidden', async ({ headers, why }) => {
  const { status, text } = await asUser(whoAmI, headers);
  expect(status).toBe(403);
  expect(text).toContain(why);
});

test('impersonation with the right to one group only -> that group and no other', async () => {
  await server.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: 'as-joe' },
    rules: [
      { verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['joe'] },
      { verbs: ['impersonate'], apiGroups: [''], resources: ['groups'], resourceNames: ['ops'] },
    ],
  });
  await server.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'as-joe' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'as-joe' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'devs' }],
  });
  expect((await asUser(whoAmI, { 'impersonate-user': 'joe', 'impersonate-group': 'ops' })).status).toBe(201);
  expect((await asUser(whoAmI, { 'impersonate-user': 'joe', 'impersonate-group': 'system:masters' })).status).toBe(403);
  expect((await asUser(whoAmI, { 'impersonate-group': 'ops' })).status).toBe(400);
});

test.each<{ name: string; path: string; spec: object; want: object }>([
  {
    name: 'what jane may not',
    path: 'subjectaccessreviews',
    spec: { user: 'jane', resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } },
    want: { allowed: false },
  },
  {
    name: 'what every user may',
    path: 'subjectaccessreviews',
    spec: { user: 'jane', groups: ['system:authenticated'], nonResourceAttributes: { verb: 'get', path: '/api' } },
    want: {
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    },
  },
  {
    name: 'what the administrator may',
    path: 'selfsubjectaccessreviews',
    spec: { resourceAttributes: { verb: 'delete', resource: 'nodes' } },
    want: { allowed: true },
  },
])('a review: $name', async ({ path, spec, want }) => {
  const { json } = await server.call(`POST /apis/authorization.k8s.io/v1/${path}`, { spec });
  expect(json['status']).toEqual(want);
});

test('rules of a user -> those of every authenticated user, and no more', async () => {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
  const { json } = await server.call(`POST ${path}`, { spec: { namespace: 'default' } }, { user: jane });
  const { resourceRules, nonResourceRules, incomplete } = json['status'] as unknown as Record<
    string,
    { resources: string[] }[]
  >;
  expect(incomplete).toBe(false);
  expect(resourceRules?.flatMap(({ resources }) => resources)).toEqual([
    'selfsubjectaccessreviews',
    'selfsubjectrulesreviews',
    'selfsubjectreviews',
  ]);
  expect(nonResourceRules?.length).toBe(2);
});
