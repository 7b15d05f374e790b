import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { parseSigningKeys } from '../auth/tokens/signing-keys.ts';
import { pod, startTestServer, type TestServer } from '../testing.ts';

const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const keys = parseSigningKeys(pem.toString(), 'sa.key');
const pods = '/api/v1/namespaces/default/pods';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ tokens: { issuer: 'https://x', audiences: ['https://x'], keys: () => keys } });
  const accounts: [string, object][] = [
    ['default', {}],
    ['pulls', { imagePullSecrets: [{ name: 'registry' }] }],
    ['quiet', { automountServiceAccountToken: false }],
    ['strict', { secrets: [{ name: 'known' }] }],
  ];
  for (const [name, rest] of accounts) {
    const annotations = name === 'strict' ? { 'kubernetes.io/enforce-mountable-secrets': 'true' } : {};
    await server.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name, annotations }, ...rest });
  }
});
afterAll(() => server.stop());

let count = 0;
const create = async (
  spec: object,
  annotations: object = {},
): Promise<{ spec: NonNullable<Pod['spec']>; message: string }> => {
  const { metadata, ...rest } = pod(`p${count++}`, spec) as { metadata: object };
  const { json } = await server.call(`POST ${pods}`, { ...rest, metadata: { ...metadata, annotations } });
  return json as unknown as { spec: NonNullable<Pod['spec']>; message: string };
};

test('a pod that names no account -> the default one, with a token, the authority and its namespace', async () => {
  const { spec } = await create({});
  expect(spec.serviceAccountName).toBe('default');
  expect(spec.serviceAccount).toBe('default');
  const [volume] = spec.volumes ?? [];
  expect(volume?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/);
  expect(volume?.projected).toEqual({
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
  });
  expect(spec.containers[0]?.volumeMounts).toEqual([
    { name: volume?.name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ]);
});

test.each([
  { name: 'its own word is no', spec: { automountServiceAccountToken: false } },
  { name: "its account's word is no", spec: { serviceAccountName: 'quiet' } },
])('a pod, $name -> no token', async ({ spec }) => {
  expect((await create(spec)).spec.volumes ?? []).toEqual([]);
});

test('a pod that mounts something there itself -> left as it is', async () => {
  const own = { name: 'own', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
  const containers = [{ name: 'app', image: 'amarre.io/host', command: ['x'], volumeMounts: [own] }];
  const { spec } = await create({ containers, volumes: [{ name: 'own', emptyDir: {} }] });
  expect(spec.volumes?.map(({ name }) => name)).toEqual(['own']);
});

test('an account with pull secrets -> the pod has them, unless it has its own', async () => {
  expect((await create({ serviceAccountName: 'pulls' })).spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
  const own = { serviceAccountName: 'pulls', imagePullSecrets: [{ name: 'mine' }] };
  expect((await create(own)).spec.imagePullSecrets).toEqual([{ name: 'mine' }]);
});

test.each<{ name: string; spec: object; annotations?: object; why: string }>([
  {
    name: 'an account that is not there',
    spec: { serviceAccountName: 'gone' },
    why: 'error looking up service account default/gone: serviceaccount "gone" not found',
  },
  {
    name: 'a secret that a strict account does not list',
    spec: { serviceAccountName: 'strict', volumes: [{ name: 's', secret: { secretName: 'other' } }] },
    why: 'volume with secret.secretName="other" is not allowed because service account strict does not reference that secret',
  },
  {
    name: 'a mirror pod with an account',
    spec: { serviceAccountName: 'default' },
    annotations: { 'kubernetes.io/config.mirror': 'x' },
    why: 'a mirror pod may not reference service accounts',
  },
])('a pod with $name -> Forbidden', async ({ spec, annotations, why }) => {
  expect((await create(spec, annotations)).message).toMatch(new RegExp(`^pods "p\\d+" is forbidden: ${why}$`));
});
