import { afterEach, beforeEach, expect, test } from 'vitest';
import { mergePatch, paths, startTestServer, type TestServer } from '../testing.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

const accounts = '/api/v1/namespaces/default/serviceaccounts';
const mountable = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u' };

test('what a kind warns of -> in the answer, once', async () => {
  const { headers } = await server.call(`POST ${accounts}`, { metadata: { name: 'a', annotations: mountable } });
  expect(headers['warning']).toMatch(/^299 - "metadata\.annotations\[[^,]*"$/);
  const changed = await server.call(`PATCH ${accounts}/a`, { metadata: { labels: { a: 'b' } } }, mergePatch);
  expect(changed.headers['warning']).toBeUndefined();
});

test.each([
  { name: 'fields', metadata: { name: 'a', annotations: mountable, labels: { a: '-' } }, path: accounts, fields: {} },
  {
    name: 'rules that admission loads',
    metadata: { name: 'a.static.k8s.io' },
    path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
    fields: { spec: { validations: [{ expression: 'x' }] } },
  },
])('refused for $name -> nothing is said', async ({ metadata, path, fields }) => {
  const { status, headers } = await server.call(`POST ${path}`, { metadata, ...fields });
  expect([status, headers['warning']]).toEqual([422, undefined]);
});

test('an owner named twice -> once, with a warning', async () => {
  const two = { metadata: { name: 'a', ownerReferences: [owner, { ...owner, name: 'y' }, owner] } };
  const { json, headers } = await server.call(`POST ${paths.configMaps}`, two);
  expect(json.metadata.ownerReferences).toEqual([owner, { ...owner, name: 'y' }]);
  expect(headers['warning']).toMatch(/contains duplicate entries; .*duplicate UID\(s\) observed: u"$/);
  const patch = { metadata: { ownerReferences: [owner, owner] } };
  const patched = await server.call(`PATCH ${paths.configMaps}/a`, patch, mergePatch);
  expect(patched.json.metadata.ownerReferences).toEqual([owner]);
  expect(patched.headers['warning']).toContain('after mutating admission happens');
});
