import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../testing.ts';
import type { UserInfo } from '../types.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
const jane: UserInfo = { name: 'jane', groups: ['devs', 'system:authenticated'] };
const joe: UserInfo = { name: 'joe', groups: ['system:authenticated'] };
let server: TestServer;

const rule = (verbs: string[], resources: string[], group = '') => ({ verbs, apiGroups: [group], resources });

beforeAll(async () => {
  server = await startTestServer({ defaultRoles: true });
  // jane is an administrator of her namespace and may make cluster roles; joe may escalate and bind besides.
  await server.create(`${rbac}/clusterroles`, {
    metadata: { name: 'rbac-writer' },
    rules: [rule(['create', 'update', 'get', 'patch'], ['*'], apiGroup)],
  });
  await server.create(`${rbac}/clusterroles`, {
    metadata: { name: 'rbac-lord' },
    rules: [rule(['escalate', 'bind'], ['*'], apiGroup)],
  });
  const bind = (name: string, user: string) =>
    server.create(`${rbac}/clusterrolebindings`, {
      metadata: { name: `${name}-${user}` },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [{ apiGroup, kind: 'User', name: user }],
    });
  await bind('rbac-writer', 'jane');
  await bind('rbac-writer', 'joe');
  await bind('rbac-lord', 'joe');
  await server.create(`${rbac}/namespaces/default/rolebindings`, {
    metadata: { name: 'view' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup, kind: 'User', name: 'jane' }],
  });
});
afterAll(() => server.stop());

const role = (name: string, rules: object[]) => ({ metadata: { name }, rules });
const binding = (name: string, ref: string, kind = 'ClusterRole') => ({
  metadata: { name },
  roleRef: { apiGroup, kind, name: ref },
  subjects: [{ apiGroup, kind: 'User', name: 'mallory' }],
});

test.each<{ name: string; user?: UserInfo; line: string; body: object; code: number; message?: string }>([
  {
    name: 'a role with rights that its author has there',
    line: `POST ${rbac}/namespaces/default/roles`,
    body: role('mine', [rule(['get', 'list'], ['pods'])]),
    code: 201,
  },
  {
    name: 'a role with rights that its author lacks',
    line: `POST ${rbac}/namespaces/default/roles`,
    body: role('more', [rule(['get', 'delete'], ['pods', 'secrets'])]),
    code: 403,
    message:
      'roles.rbac.authorization.k8s.io "more" is forbidden: user "jane" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
  },
  {
    name: 'the same role in another namespace',
    line: `POST ${rbac}/namespaces/kube-system/roles`,
    body: role('mine', [rule(['get'], ['pods'])]),
    code: 403,
  },
  {
    name: 'such a role by one who may escalate',
    user: joe,
    line: `POST ${rbac}/namespaces/default/roles`,
    body: role('joes', [rule(['*'], ['*'])]),
    code: 201,
  },
  {
    name: 'a binding to a role whose rights its author has',
    line: `POST ${rbac}/namespaces/default/rolebindings`,
    body: binding('view-too', 'view'),
    code: 201,
  },
  {
    name: 'a binding to a role with more rights',
    line: `POST ${rbac}/clusterrolebindings`,
    body: binding('root', 'cluster-admin'),
    code: 403,
    message:
      'clusterrolebindings.rbac.authorization.k8s.io "root" is forbidden: user "jane" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
  },
  {
    name: 'such a binding by one who may bind',
    user: joe,
    line: `POST ${rbac}/clusterrolebindings`,
    body: binding('root', 'cluster-admin'),
    code: 201,
  },
  {
    name: 'a binding to a role that is not there',
    line: `POST ${rbac}/namespaces/default/rolebindings`,
    body: binding('gone', 'gone', 'Role'),
    code: 404,
    message: 'roles.rbac.authorization.k8s.io "gone" not found',
  },
  {
    name: 'a role with more rights, restored from a backup',
    user: { name: 'system:amarre:backup', groups: ['system:authenticated'] },
    line: `POST ${rbac}/namespaces/default/roles`,
    body: role('restored', [rule(['delete'], ['deployments'], 'apps')]),
    code: 201,
  },
  {
    name: 'a role that takes in others',
    line: `POST ${rbac}/clusterroles`,
    body: { ...role('sum', []), aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } },
    code: 403,
    message:
      'clusterroles.rbac.authorization.k8s.io "sum" is forbidden: must have cluster-admin privileges to use an aggregationRule',
  },
])('$name -> $code', async ({ user = jane, line, body, code, message }) => {
  const { status, json } = await server.call(line, body, { user });
  expect({ status, message: message && json.message }).toEqual({ status: code, message });
});

test('a change of a role or binding with more rights -> refused, even of labels only: by them a role becomes part of others', async () => {
  const options = { user: jane, contentType: 'application/merge-patch+json' };
  const change = async (what: string, patch: object): Promise<number> =>
    (await server.call(`PATCH ${rbac}/${what}/cluster-admin`, patch, options)).status;
  const labels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' };
  const rules = [{ verbs: ['get'], apiGroups: ['*'], resources: ['*'] }];
  expect(await change('clusterroles', { metadata: { labels } })).toBe(403);
  expect(await change('clusterroles', { rules })).toBe(403);
  expect(await change('clusterrolebindings', { metadata: { labels } })).toBe(403);
  expect(await change('clusterroles', {})).toBe(200);
  expect(await change('clusterrolebindings', { metadata: { finalizers: ['a/b'] } })).toBe(200);
  expect(await change('clusterrolebindings', { metadata: { finalizers: [] } })).toBe(200);
});

test('a new role by one who may escalate one of that name -> refused: a path that creates has no name', async () => {
  await server.create(`${rbac}/clusterroles`, {
    metadata: { name: 'one' },
    rules: [{ ...rule(['escalate'], ['clusterroles'], apiGroup), resourceNames: ['wanted'] }],
  });
  await server.create(`${rbac}/clusterrolebindings`, {
    ...binding('one', 'one'),
    subjects: [{ apiGroup, kind: 'User', name: 'jane' }],
  });
  const wanted = role('wanted', [rule(['delete'], ['nodes'])]);
  expect((await server.call(`POST ${rbac}/clusterroles`, wanted, { user: jane })).status).toBe(403);
  await server.create(`${rbac}/clusterroles`, wanted);
  const more = role('wanted', [rule(['delete', 'create'], ['nodes'])]);
  expect((await server.call(`PUT ${rbac}/clusterroles/wanted`, more, { user: jane })).status).toBe(200);
});
