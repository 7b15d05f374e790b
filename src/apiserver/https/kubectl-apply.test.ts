// Does kubectl's server-side apply work against the server? Conflicts, force, takeover and diff.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Kubectl, kubectlFor } from '../../../test/fixtures/kubectl.ts';
import { type HttpsTestServer, startHttpsTestServer, testIdentities } from './testing.ts';

let server: HttpsTestServer;
let kubectl: Kubectl;
beforeAll(async () => {
  const identities = await testIdentities();
  server = await startHttpsTestServer(identities);
  kubectl = await kubectlFor(server.url, identities.admin);
}, 60_000);
afterAll(async () => {
  await kubectl.dispose();
  await server.stop();
});

const manifest = (name: string, data: Record<string, string>): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

async function out(args: string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await kubectl(args, input === undefined ? {} : { input });
  expect(code, stderr).toBe(0);
  return stdout;
}

const serverSide = ['apply', '--server-side', '-f', '-'];

test('apply --server-side -> applied; a conflict is told and ends with 1; --force-conflicts takes the field', async () => {
  expect(await out(serverSide, manifest('a', { x: '1' }))).toBe('configmap/a serverside-applied\n');
  const refused = await kubectl([...serverSide, '--field-manager', 'other'], { input: manifest('a', { x: '2' }) });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('Apply failed with 1 conflict: conflict with "kubectl": .data.x');
  expect(refused.stderr).toContain('Please review the fields above--they currently have other managers.');
  await out([...serverSide, '--field-manager', 'other', '--force-conflicts'], manifest('a', { x: '2' }));
  const shown = JSON.parse(await out(['get', 'configmap', 'a', '-o', 'json', '--show-managed-fields']));
  expect(shown.data).toEqual({ x: '2' });
  expect(shown.metadata.managedFields.map(({ manager }: { manager: string }) => manager)).toEqual(['other']);
}, 60_000);

test('objects of client-side apply -> taken over whole: what is named no more goes', async () => {
  await out(['apply', '-f', '-'], manifest('b', { x: '1', y: '2' }));
  expect(await out(serverSide, manifest('b', { x: '3' }))).toBe('configmap/b serverside-applied\n');
  const shown = JSON.parse(await out(['get', 'configmap', 'b', '-o', 'json', '--show-managed-fields']));
  expect(shown.data).toEqual({ x: '3' });
  const managers = shown.metadata.managedFields.map(
    ({ manager, operation }: { manager: string; operation: string }) => `${manager} ${operation}`,
  );
  expect(managers).toContain('kubectl Apply');
  expect(managers).not.toContain('kubectl-client-side-apply Update');
  const last = shown.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration'];
  expect(JSON.parse(last).data).toEqual({ x: '3' });
}, 60_000);

test('diff --server-side -> the change and exit code 1; nothing is stored', async () => {
  await out(serverSide, manifest('c', { x: '1' }));
  const diff = await kubectl(['diff', '--server-side', '-f', '-'], { input: manifest('c', { x: '2' }) });
  expect([diff.code, diff.stdout]).toEqual([1, expect.stringMatching(/-  x: "1"\n\+  x: "2"/)]);
  expect(await out(['get', 'configmap', 'c', '-o', 'jsonpath={.data.x}'])).toBe('1');
  const same = await kubectl(['diff', '--server-side', '-f', '-'], { input: manifest('c', { x: '1' }) });
  expect([same.code, same.stdout]).toEqual([0, '']);
}, 60_000);

test('a patch whose test fails -> the words that upstream has for it', async () => {
  await out(['create', 'configmap', 'd', '--from-literal=x=1']);
  const patch = JSON.stringify([{ op: 'test', path: '/data/x', value: '2' }]);
  const { code, stderr } = await kubectl(['patch', 'configmap', 'd', '--type=json', '-p', patch]);
  expect([code, stderr]).toEqual([
    1,
    'The request is invalid: the server rejected our request due to an error in our request\n',
  ]);
}, 60_000);
