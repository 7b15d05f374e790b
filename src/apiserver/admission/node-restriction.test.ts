// What may a node write into its own objects, where the URL does not tell?

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { certificateRequest } from '../../../test/fixtures/certificate-request.ts';
import { parseSigningKeys } from '../auth/tokens/signing-keys.ts';
import { claim, mergePatch, paths, pod, startTestServer, type TestServer } from '../testing.ts';
import type { UserInfo } from '../types.ts';

let server: TestServer;
let podUid: string;
const node: UserInfo = { name: 'system:node:node-1', groups: ['system:nodes', 'system:authenticated'] };
const issuer = 'https://kubernetes.default.svc';

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const keys = parseSigningKeys(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'sa.key');
  server = await startTestServer({ defaultRoles: true, tokens: { issuer, audiences: [issuer], keys: () => keys } });
  for (const name of ['node-1', 'node-2']) await server.create('/api/v1/nodes', { metadata: { name } });
  await server.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'web' } });
  const spec = {
    nodeName: 'node-1',
    serviceAccountName: 'web',
    volumes: [
      { name: 'v', persistentVolumeClaim: { claimName: 'c' } },
      { name: 't', projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }] } },
      { name: 'd', csi: { driver: 'd.example.com' } },
    ],
  };
  podUid = (await server.create(paths.pods, pod('own', spec))).metadata.uid;
  await server.create(paths.pods, pod('other', { nodeName: 'node-2', serviceAccountName: 'web' }));
  await server.create(paths.claims, claim('c'));
  await server.create('/apis/storage.k8s.io/v1/csidrivers', {
    metadata: { name: 'd.example.com' },
    spec: { tokenRequests: [{ audience: 'driver' }] },
  });
  await server.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: 'audience' },
    rules: [
      { verbs: ['request-serviceaccounts-token-audience'], apiGroups: [''], resources: ['granted'] },
      { verbs: ['delete'], apiGroups: [''], resources: ['nodes'] },
      { verbs: ['patch'], apiGroups: [''], resources: ['pods', 'pods/ephemeralcontainers', 'pods/resize'] },
      { verbs: ['create'], apiGroups: ['coordination.k8s.io'], resources: ['leases'] },
    ],
  });
  await server.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'audience' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'audience' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:nodes' }],
  });
});
afterAll(() => server.stop());

const own = '/api/v1/nodes/node-1';
const podStatus = `${paths.pods}/own/status`;
const tokens = '/api/v1/namespaces/default/serviceaccounts/web/token';
const bound = (ref: object, audiences?: string[]): object => ({
  spec: { audiences, boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'own', ...ref } },
});
const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u' };

test.each<{ name: string; line: string; body: object; why?: string }>([
  {
    name: 'its label of the host',
    line: `PATCH ${own}`,
    body: { metadata: { labels: { 'kubernetes.io/hostname': 'n' } } },
  },
  {
    name: 'a label that workloads trust',
    line: `PATCH ${own}`,
    body: { metadata: { labels: { 'node-restriction.kubernetes.io/secure': 'true' } } },
    why: 'is not allowed to modify labels: node-restriction.kubernetes.io/secure',
  },
  {
    name: 'taints',
    line: `PATCH ${own}`,
    body: { spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } },
    why: 'node "node-1" is not allowed to modify taints',
  },
  {
    name: 'an owner, who could have it deleted',
    line: `PATCH ${own}`,
    body: { metadata: { ownerReferences: [owner] } },
    why: 'node "node-1" is not allowed to modify ownerReferences',
  },
  {
    name: 'a source of its configuration',
    line: `PATCH ${own}`,
    body: {
      spec: { configSource: { configMap: { name: 'x', namespace: 'kube-system', uid: 'u', kubeletConfigKey: 'k' } } },
    },
    why: 'node "node-1" is not allowed to update configSource to a new non-nil configSource',
  },
  { name: 'the phase of its pod', line: `PATCH ${podStatus}`, body: { status: { phase: 'Running' } } },
  {
    name: 'labels of its pod',
    line: `PATCH ${podStatus}`,
    body: { metadata: { labels: { app: 'other' } }, status: { phase: 'Running' } },
    why: 'node "node-1" cannot update labels through pod status',
  },
  {
    name: 'claims of its pod',
    line: `PATCH ${podStatus}`,
    body: { status: { resourceClaimStatuses: [{ name: 'r', resourceClaimName: 'stolen' }] } },
    why: 'node "node-1" cannot update resource claim statues',
  },
  {
    name: 'that another node is gone, with a right to that',
    line: 'DELETE /api/v1/nodes/node-2',
    body: {},
    why: 'node "node-1" is not allowed to modify node "node-2"',
  },
  {
    name: 'its pod itself, with a right to that',
    line: `PATCH ${paths.pods}/own`,
    body: { metadata: { labels: { app: 'other' } } },
    why: 'unexpected operation "UPDATE", node "node-1" can only create and delete mirror pods',
  },
  ...['ephemeralcontainers', 'resize'].map((subresource) => ({
    name: `${subresource} of its pod, with a right to that`,
    line: `PATCH ${paths.pods}/own/${subresource}`,
    body: { metadata: {} },
    why: `unexpected pod subresource "${subresource}", only 'status' and 'eviction' are allowed`,
  })),
  {
    name: 'a lease elsewhere, with a right to that',
    line: 'POST /apis/coordination.k8s.io/v1/namespaces/default/leases',
    body: { metadata: { name: 'node-1' } },
    why: 'can only access leases in the "kube-node-lease" system namespace',
  },
  { name: 'a token for its pod', line: `POST ${tokens}`, body: bound({ uid: 'own' }) },
  ...['vault', 'driver', 'granted'].map((audience) => ({
    name: `a token for its pod to show to ${audience}`,
    line: `POST ${tokens}`,
    body: bound({ uid: 'own' }, [audience]),
  })),
  {
    name: 'a token that its pod shows to nobody',
    line: `POST ${tokens}`,
    body: bound({ uid: 'own' }, ['bank']),
    why: 'audience "bank" not found in pod spec volume, system:node:node-1 is not authorized to request tokens for this audience',
  },
  {
    name: 'a token for two audiences',
    line: `POST ${tokens}`,
    body: bound({ uid: 'own' }, ['vault', 'bank']),
    why: 'node may only request 0 or 1 audiences',
  },
  {
    name: 'a token for its pod, whichever it is',
    line: `POST ${tokens}`,
    body: bound({}),
    why: 'node requested token with a pod binding without a uid',
  },
  { name: 'a token for nothing', line: `POST ${tokens}`, body: {}, why: 'node requested token not bound to a pod' },
  {
    name: "a token for another node's pod",
    line: `POST ${tokens}`,
    body: bound({ name: 'other', uid: 'other' }),
    why: 'node requested token bound to a pod scheduled on a different node',
  },
])('a node writes $name -> as NodeRestriction has it', async ({ line, body, why }) => {
  const other = await server.call(`GET ${paths.pods}/other`);
  const text = JSON.stringify(body)
    .replace('"uid":"own"', `"uid":"${podUid}"`)
    .replace('"uid":"other"', `"uid":"${other.json.metadata.uid}"`);
  const options = line.startsWith('PATCH') ? { ...mergePatch, user: node } : { user: node };
  const { status, json } = await server.call(line, text, options);
  if (why === undefined) expect(status, json.message).toBeLessThan(300);
  else expect([status, json.message]).toEqual([403, expect.stringContaining(`is forbidden: ${why}`)]);
});

test.each<{ name: string; subject: string; signerName?: string; why?: string }>([
  { name: 'itself', subject: 'O=system:nodes, CN=system:node:node-1' },
  {
    name: 'another node',
    subject: 'O=system:nodes, CN=system:node:node-2',
    why: 'can only create a node CSR with CN=system:node:node-1',
  },
  {
    name: 'another node that serves',
    subject: 'O=system:nodes, CN=system:node:node-2',
    signerName: 'kubernetes.io/kubelet-serving',
    why: 'can only create a node CSR with CN=system:node:node-1',
  },
  {
    name: 'one of the masters',
    subject: 'O=system:masters, CN=jane',
    signerName: 'kubernetes.io/kube-apiserver-client',
    why: 'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
  },
])('a node asks for a certificate as $name -> as NodeRestriction has it', async (row) => {
  const { subject, signerName = 'kubernetes.io/kube-apiserver-client-kubelet', why } = row;
  const { pem } = await certificateRequest(subject);
  const spec = { request: Buffer.from(pem).toString('base64'), signerName, usages: ['client auth'] };
  const metadata = { generateName: 'csr-' };
  const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const { status, json } = await server.call(`POST ${path}`, { metadata, spec }, { user: node });
  if (why === undefined) expect(status, json.message).toBe(201);
  else expect([status, json.message]).toEqual([403, expect.stringContaining(`is forbidden: ${why}`)]);
});
