import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from './testing.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const path = '/apis/apiregistration.k8s.io/v1/apiservices';

test('list -> one for each group version, all local and available', async () => {
  const { status, json } = await server.call(`GET ${path}`);
  expect(status).toBe(200);
  const names = json.items.map(({ metadata }) => metadata.name);
  expect(names).toEqual(expect.arrayContaining(['v1.', 'v1.apps', 'v1.storage.k8s.io', 'v1beta1.metrics.k8s.io']));
  expect(new Set(names).size).toBe(names.length);
  const local = { type: 'Available', status: 'True', reason: 'Local' };
  for (const item of json.items) expect(item).toMatchObject({ status: { conditions: [local] } });
});

test('get -> that one, also as a row of a table; another -> not found', async () => {
  const { json } = await server.call(`GET ${path}/v1.apps`);
  expect(json).toMatchObject({
    kind: 'APIService',
    spec: { group: 'apps', version: 'v1', groupPriorityMinimum: expect.any(Number), versionPriority: 15 },
  });
  const table = await server.call(`GET ${path}/v1.apps`, undefined, {
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  });
  expect((table.json['rows'] as { cells: unknown[] }[])[0]?.cells.slice(0, 3)).toEqual(['v1.apps', 'Local', 'True']);
  expect((await server.call(`GET ${path}/v7.apps`)).json.message).toBe(
    'apiservices.apiregistration.k8s.io "v7.apps" not found',
  );
});

test.each(['POST', 'DELETE'])('%s -> not allowed', async (method) => {
  expect((await server.call(`${method} ${path}`, {})).status).toBe(405);
});
