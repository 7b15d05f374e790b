// How long does a token last, for whom is it, and which requests for one are refused?

import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { epochMsOf } from '../../base/clock.ts';
import { parseSigningKeys } from '../auth/tokens/signing-keys.ts';
import { paths, pod, startTestServer, type TestServer } from '../testing.ts';

const issuer = 'https://kubernetes.default.svc';
const accounts = '/api/v1/namespaces/default/serviceaccounts';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const keys = parseSigningKeys(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'sa.key');

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer({ tokens: { issuer, audiences: [issuer], keys: () => keys } });
  await server.create(accounts, { metadata: { name: 'web' } });
  await server.create(paths.pods, pod('p', { serviceAccountName: 'web', nodeName: 'gone' }));
});
afterEach(() => server.stop());

interface Claims {
  iat: number;
  exp: number;
  'kubernetes.io': { warnafter?: number; node?: object };
}

async function claimsFor(spec: object): Promise<Claims> {
  const { json } = await server.call(`POST ${accounts}/web/token`, { spec });
  const { token } = json['status'] as unknown as { token: string };
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
}

const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p' };
const year = 365 * 24 * 60 * 60;

test.each([
  { name: 'what a pod asks for its volume -> a year, with the time to warn', seconds: 3607, lasts: year, warns: 3607 },
  { name: 'another time -> that', seconds: 3600, lasts: 3600, warns: undefined },
  { name: 'for somebody else -> that', seconds: 3607, audiences: ['x'], lasts: 3607, warns: undefined },
  { name: 'for somebody else, too -> that', seconds: 3607, audiences: [issuer, 'x'], lasts: 3607, warns: undefined },
])('a token of a pod, $name', async ({ seconds, audiences, lasts, warns }) => {
  const {
    iat,
    exp,
    'kubernetes.io': bound,
  } = await claimsFor({ expirationSeconds: seconds, audiences, boundObjectRef });
  expect([exp - iat, bound.warnafter && bound.warnafter - iat]).toEqual([lasts, warns]);
  expect(bound.node).toEqual({ name: 'gone' });
});

test('a token of no pod -> lasts as long as was asked', async () => {
  const { iat, exp, 'kubernetes.io': bound } = await claimsFor({ expirationSeconds: 3607 });
  expect([exp - iat, bound.warnafter]).toEqual([3607, undefined]);
});

test('the answer tells when to ask again, and the UID of the account', async () => {
  const account = (await server.call(`GET ${accounts}/web`)).json;
  const { json } = await server.call(`POST ${accounts}/web/token`, {
    spec: { expirationSeconds: 3607, boundObjectRef },
  });
  expect(json.metadata.uid).toBe(account.metadata.uid);
  const { expirationTimestamp } = json['status'] as unknown as { expirationTimestamp: string };
  const seconds = (epochMsOf(expirationTimestamp) - epochMsOf(json.metadata.creationTimestamp ?? '')) / 1000;
  expect(seconds).toBe(3607);
});

test.each([
  {
    name: 'of another name',
    metadata: { name: 'other' },
    code: 422,
    want: 'TokenRequest.authentication.k8s.io "web" is invalid: metadata.name: Invalid value: "other": must match the service account name if specified',
  },
  {
    name: 'of another namespace',
    metadata: { namespace: 'other' },
    code: 400,
    want: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    name: 'of an account that is gone',
    metadata: { uid: 'x' },
    code: 409,
    want: expect.stringContaining('the UID in the token request (x) does not match the UID of the service account ('),
  },
])('a request $name -> $code', async ({ metadata, code, want }) => {
  const { status, json } = await server.call(`POST ${accounts}/web/token`, { metadata, spec: {} });
  expect([status, json.message]).toEqual([code, want]);
});
