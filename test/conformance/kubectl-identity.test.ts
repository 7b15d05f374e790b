// Does kubectl see who it is, what it may do, and act as others? Both versions: what it prints, and its exit code.

import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSigningKeys } from '../../src/apiserver/auth/tokens/signing-keys.ts';
import { type HttpsTestServer, startHttpsTestServer, testIdentities } from '../../src/apiserver/https/testing.ts';
import { certificateRequest } from '../fixtures/certificate-request.ts';
import { type Kubectl, type KubectlResult, kubectlFor } from '../fixtures/kubectl.ts';

interface Row {
  args: string[];
  input?: string;
  out: RegExp;
  err?: RegExp;
  /** 0 when absent. */
  code?: number;
}

const rbac = 'rbac.authorization.k8s.io';
const { pem } = await certificateRequest('CN=jane');
const csr = (): string =>
  JSON.stringify({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'jane' },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
    },
  });

// In this order: later rows use what earlier ones made.
const rows: Row[] = [
  { args: ['auth', 'whoami'], out: /^ATTRIBUTE +VALUE\nUsername +amarre-admin\nGroups +\[system:masters.*\]\n/ },
  { args: ['auth', 'can-i', '*', '*'], out: /^yes\n$/ },
  { args: ['auth', 'can-i', 'list', 'pods', '--as', 'jane'], out: /^no\n$/, code: 1 },
  { args: ['auth', 'can-i', 'get', '/healthz', '--as', 'jane'], out: /^yes\n$/ },
  {
    args: ['auth', 'can-i', '--list', '--as', 'jane'],
    out: /selfsubjectaccessreviews\.authorization\.k8s\.io +\[\] +\[\] +\[create\]/,
  },
  {
    args: ['auth', 'whoami', '--as', 'jane', '--as-group', 'devs', '--as-uid', 'u-1'],
    out: /Username +jane\nUID +u-1\nGroups +\[devs system:authenticated\]\n/,
  },
  {
    args: ['get', 'pods', '--as', 'jane'],
    out: /^$/,
    err: /^Error from server \(Forbidden\): pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"\n$/,
    code: 1,
  },
  { args: ['create', 'serviceaccount', 'robot'], out: /^serviceaccount\/robot created\n$/ },
  {
    args: ['create', 'rolebinding', 'robot-views', '--clusterrole=view', '--serviceaccount=default:robot'],
    out: /^rolebinding.rbac.authorization.k8s.io\/robot-views created\n$/,
  },
  { args: ['auth', 'can-i', 'list', 'pods', '--as', 'system:serviceaccount:default:robot'], out: /^yes\n$/ },
  { args: ['auth', 'can-i', 'list', 'secrets', '--as', 'system:serviceaccount:default:robot'], out: /^no\n$/, code: 1 },
  { args: ['create', 'token', 'robot', '--duration=15m'], out: /^eyJ[\w-]+\.[\w-]+\.[\w-]+\n?$/ },
  { args: ['create', 'token', 'nobody'], out: /^$/, err: /serviceaccounts "nobody" not found/, code: 1 },
  {
    args: ['create', 'role', 'reader', '--verb=get', '--resource=pods'],
    out: /^role.rbac.authorization.k8s.io\/reader created\n$/,
  },
  {
    args: ['auth', 'reconcile', '-f', '-'],
    input: JSON.stringify({
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: 'reader', namespace: 'default' },
      rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }],
    }),
    out: /^role.rbac.authorization.k8s.io\/reader reconciled\n/,
  },
  {
    args: ['apply', '-f', '-'],
    input: JSON.stringify({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'robot-views', namespace: 'default' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'edit' },
    }),
    out: /^$/,
    err: /The RoleBinding "robot-views" is invalid: roleRef: Invalid value: .*: cannot change roleRef/,
    code: 1,
  },
  { args: ['create', '-f', '-'], input: csr(), out: /^certificatesigningrequest.certificates.k8s.io\/jane created\n$/ },
  {
    args: ['get', 'csr', 'jane'],
    out: /jane +\S+ +kubernetes.io\/kube-apiserver-client +amarre-admin +<none> +Pending\n$/,
  },
  { args: ['certificate', 'approve', 'jane'], out: /^certificatesigningrequest.certificates.k8s.io\/jane approved\n$/ },
  { args: ['get', 'csr', 'jane'], out: / Approved\n$/ },
  { args: ['certificate', 'deny', 'jane'], out: /^$/, code: 1 },
  { args: ['delete', 'csr', 'jane'], out: /^certificatesigningrequest.certificates.k8s.io "jane" deleted\n$/ },
];

describe.each(['1.34', '1.35'] as const)('kubectl %s', (version) => {
  let server: HttpsTestServer;
  let kubectl: Kubectl;
  /** Without a certificate: who it is, its flags say. */
  let nobody: Kubectl;
  beforeAll(async () => {
    const identities = await testIdentities();
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const keys = parseSigningKeys(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'sa.key');
    const issuer = 'https://kubernetes.default.svc.cluster.local';
    const tokens = { issuer, audiences: [issuer], keys: () => keys };
    server = await startHttpsTestServer(identities, { defaultRoles: true, tokens });
    kubectl = await kubectlFor(server.url, identities.admin, version);
    nobody = await kubectlFor(server.url, { ca: identities.admin.ca, cert: '', key: '' }, version);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([kubectl.dispose(), nobody.dispose()]);
    await server.stop();
  });

  test.each(rows)('$args', async ({ args, input, out, err, code = 0 }) => {
    const result: KubectlResult = await kubectl(args, input === undefined ? {} : { input });
    expect({ code: result.code, stdout: result.stdout }, result.stderr).toEqual({
      code,
      stdout: expect.stringMatching(out),
    });
    if (err) expect(result.stderr).toMatch(err);
  });

  test('a token that kubectl made -> its account, with that account’s rights alone', async () => {
    const { stdout } = await kubectl(['create', 'token', 'robot']);
    const token = `--token=${stdout.trim()}`;
    const whoami = await nobody([token, 'auth', 'whoami']);
    expect(whoami.stdout).toMatch(
      /Username +system:serviceaccount:default:robot\n.*Groups +\[system:serviceaccounts system:serviceaccounts:default system:authenticated\]/s,
    );
    expect(await nobody([token, 'get', 'pods'])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/No resources found/) as string,
    });
    const secrets = await nobody([token, 'get', 'secrets']);
    expect(secrets.stderr).toContain('User "system:serviceaccount:default:robot" cannot list resource "secrets"');
    const forged = await nobody([`${token.slice(0, -8)}AAAAAAAA`, 'get', 'pods']);
    expect(forged).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Unauthorized|must be logged in/) as string,
    });
    const noToken = await nobody(['get', 'pods', '--username=', '--password=']);
    expect(noToken.code).toBe(1);
  });
});
