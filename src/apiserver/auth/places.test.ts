// Does a right in a namespace reach what is not in it?

import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtinResources } from '../../apis/builtin.ts';
import { startTestServer, type TestServer } from '../testing.ts';
import type { UserInfo } from '../types.ts';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
/** Everything, but in `default` only. */
const jane: UserInfo = { name: 'jane', groups: ['system:authenticated'] };
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ defaultRoles: true });
  await server.create('/api/v1/nodes', { metadata: { name: 'x' } });
  await server.create(`${rbac}/namespaces/default/rolebindings`, {
    metadata: { name: 'all' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup, kind: 'User', name: 'jane' }],
  });
});
afterAll(() => server.stop());

const ofCluster = builtinResources.filter(({ resource }) => !resource.namespaced);

test.each(ofCluster.map(({ resource }) => resource))(
  '$plural of $group $version by way of a namespace -> not found',
  async ({ group, version, plural }) => {
    const within = `${group === '' ? '/api' : `/apis/${group}`}/${version}/namespaces/default/${plural}`;
    const lines = [
      ...['GET', 'DELETE', 'POST'].map((method) => `${method} ${within}`),
      ...['GET', 'DELETE', 'PUT', 'PATCH'].map((method) => `${method} ${within}/x`),
      `GET ${within}?watch=true&timeoutSeconds=1`,
      `GET ${within}/x/status`,
      `GET ${within}/x/proxy/`,
    ];
    for (const line of lines) expect([line, (await server.call(line, {}, { user: jane })).status]).toEqual([line, 404]);
  },
);

test('a namespace by way of another one -> not found; itself -> found', async () => {
  const call = async (line: string): Promise<number> => (await server.call(line, undefined, { user: jane })).status;
  expect(await call('GET /api/v1/namespaces/default')).toBe(200);
  expect(await call('GET /api/v1/namespaces/default/namespaces/kube-system')).toBe(404);
  expect(await call('DELETE /api/v1/namespaces/default/namespaces/kube-system')).toBe(404);
  expect(await call('PUT /api/v1/namespaces/default/namespaces/kube-system/finalize')).toBe(404);
});

test('a stream to a node by way of a namespace -> not found', async () => {
  const path = '/api/v1/namespaces/default/nodes/x/proxy/exec';
  const request = { method: 'GET', path, headers: {}, body: undefined, user: jane };
  await expect(server.apiServer.connect(request, new AbortController().signal)).rejects.toThrow(
    'the server could not find the requested resource',
  );
});
