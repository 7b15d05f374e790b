import { afterEach, beforeEach, expect, test } from 'vitest';
import { admin, mergePatch, startTestServer, type TestServer } from '../testing.ts';

const taints = [{ key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }];
const by = 'amarre.io/out-of-service-by';
const at = 'amarre.io/out-of-service-at';
let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

async function patched(body: object, user = 'ada'): Promise<Record<string, string>> {
  const asked = { ...mergePatch, user: { ...admin, name: user } };
  const { status, json } = await server.call('PATCH /api/v1/nodes/n', body, asked);
  expect(status).toBe(200);
  return json.metadata.annotations ?? {};
}

test('a node is taken out of service -> who did and when is kept, whatever anybody writes, until the taint goes', async () => {
  await server.create('/api/v1/nodes', { metadata: { name: 'n', annotations: { [by]: 'forged', mine: 'kept' } } });
  expect(await patched({ metadata: { labels: { a: 'b' } } })).toEqual({ mine: 'kept' });
  const said = await patched({ spec: { taints }, metadata: { annotations: { [at]: 'forged' } } });
  expect(said).toEqual({ mine: 'kept', [by]: 'ada', [at]: expect.stringMatching(/^\d{4}-.*Z$/) });
  expect(await patched({ metadata: { annotations: { [by]: null, [at]: 'forged' } } }, 'eve')).toEqual(said);
  expect(await patched({ spec: { taints: [] } }, 'eve')).toEqual({ mine: 'kept' });
  expect(await patched({ spec: { taints } }, 'eve')).toMatchObject({ [by]: 'eve' });
});

test('a node that begins out of service -> the word of who made it', async () => {
  const { metadata } = await server.create('/api/v1/nodes', { metadata: { name: 'n' }, spec: { taints } });
  expect(metadata.annotations).toMatchObject({ [by]: admin.name });
});
