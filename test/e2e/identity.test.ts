// Do the cluster's keys and identities do their work? Certificates that it signs, tokens that its pods use, keys that change.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pods, secrets } from '../../src/apis/resources.ts';
import { loadKubeconfig } from '../../src/client/kubeconfig.ts';
import { dataFolder } from '../../src/localcluster/data-folder.ts';
import { encryptionKeysPath } from '../../src/localcluster/pki.ts';
import { certificateRequest } from '../fixtures/certificate-request.ts';
import { type Kubectl, kubectlFor, kubectlWith } from '../fixtures/kubectl.ts';
import { program } from './demo-run.ts';
import { runningCluster } from './running-cluster.ts';

const exec = promisify(execFile);
const namespace = 'identity';
const world = runningCluster({ namespaces: [namespace], upOptions: ['--pool-size', '1Gi'] });
const repository = join(import.meta.dirname, '../..');
let kubectl: Kubectl;
let work: string;

beforeAll(async () => {
  kubectl = await kubectlWith(world.cluster.kubeconfig);
  work = await mkdtemp(join(tmpdir(), 'amarre-identity-'));
}, 90_000);
afterAll(async () => {
  await kubectl.dispose();
  await rm(work, { recursive: true, force: true });
});

const amarre = async (...args: string[]): Promise<string> =>
  (await exec(process.execPath, [program, ...args, '--data-dir', world.cluster.dataDir])).stdout;

async function out(args: string[], input?: string): Promise<string> {
  const options = { timeoutMs: 90_000, ...(input !== undefined && { input }) };
  const { code, stdout, stderr } = await kubectl(['--namespace', namespace, ...args], options);
  expect(code, stderr).toBe(0);
  return stdout;
}

test('a certificate that kubectl approves -> signed by the cluster, and its holder is who it says', async () => {
  const { pem, key } = await certificateRequest('CN=jane, O=devs');
  const request = Buffer.from(pem).toString('base64');
  const spec = { request, signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] };
  const csr = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'jane' },
    spec,
  };
  await out(['create', '-f', '-'], JSON.stringify(csr));
  expect(await out(['get', 'csr', 'jane', '--no-headers'])).toMatch(/Pending\n$/);
  await out(['certificate', 'approve', 'jane']);
  await out(['wait', '--for=jsonpath={.status.certificate}', 'csr/jane', '--timeout=60s']);
  expect(await out(['get', 'csr', 'jane', '--no-headers'])).toMatch(/Approved,Issued\n$/);
  const cert = Buffer.from(
    await out(['get', 'csr', 'jane', '-o', 'jsonpath={.status.certificate}']),
    'base64',
  ).toString();

  const { server, identity } = await loadKubeconfig(world.cluster.kubeconfig);
  const jane = await kubectlFor(server, { ca: identity.ca, cert, key });
  try {
    const whoami = (await jane(['auth', 'whoami'])).stdout;
    expect(whoami).toMatch(/Username +jane\n.*Groups +\[devs system:authenticated\]/s);
    expect(await jane(['auth', 'can-i', 'list', 'pods', '-n', namespace])).toMatchObject({ code: 1, stdout: 'no\n' });
    await out(['create', 'rolebinding', 'devs', '--clusterrole=view', '--group=devs']);
    expect(await jane(['auth', 'can-i', 'list', 'pods', '-n', namespace])).toMatchObject({ code: 0, stdout: 'yes\n' });
  } finally {
    await jane.dispose();
  }
});

test('a pod -> reaches the API server by its variables, and is its service account there', async () => {
  const library = pathToFileURL(join(repository, 'node_modules/@kubernetes/client-node-1.4/dist/index.js')).href;
  const script = `
    import { KubeConfig, CoreV1Api, AuthenticationV1Api } from ${JSON.stringify(library)};
    const config = new KubeConfig();
    config.loadFromCluster();
    const review = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body: {} });
    console.log(review.status.userInfo.username);
    const core = config.makeApiClient(CoreV1Api);
    const { items } = await core.listNamespacedPod({ namespace: ${JSON.stringify(namespace)} });
    console.log(items.map(({ metadata }) => metadata.name).join());
    const refused = await core.listNamespacedSecret({ namespace: ${JSON.stringify(namespace)} }).catch((error) => error.code);
    console.log(refused);
  `;
  await out(['create', 'serviceaccount', 'robot']);
  await out(['create', 'rolebinding', 'robot', '--clusterrole=view', `--serviceaccount=${namespace}:robot`]);
  const command = [process.execPath, '--input-type=module', '-e', script];
  const container = { name: 'main', image: 'amarre.io/host', command };
  const spec = { restartPolicy: 'Never', serviceAccountName: 'robot', containers: [container] };
  await out(
    ['create', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'inside' }, spec }),
  );
  await world.until(pods, { namespace, name: 'inside' }, ({ status }) =>
    ['Succeeded', 'Failed'].includes(status?.phase ?? ''),
  );
  expect(await out(['logs', 'inside'])).toBe(`system:serviceaccount:${namespace}:robot\ninside\n403\n`);
});

test('the Service `kubernetes` -> names the API server, and is no workload', async () => {
  expect(await kubectl(['get', 'all', '-n', 'default', '--no-headers'])).toMatchObject({
    stdout: expect.stringMatching(/^service\/kubernetes +ClusterIP +10\.96\.0\.1 +<none> +443\/TCP +\S+\n$/) as string,
  });
  const { apiAddresses, port } = JSON.parse(await readFile(join(world.cluster.dataDir, 'amarre.json'), 'utf8')) as {
    apiAddresses: string[];
    port: number;
  };
  const slices = [
    'get',
    'endpointslices',
    '-n',
    'default',
    '-o',
    'jsonpath={.items[*].endpoints[*].addresses[*]}:{.items[*].ports[*].port}',
  ];
  expect((await kubectl(slices)).stdout).toBe(`${apiAddresses.at(-1)}:${port}`);
});

test('nodes/proxy -> the statistics of the agent', async () => {
  const { stdout } = await kubectl(['get', '--raw', '/api/v1/nodes/node-1/proxy/stats/summary']);
  expect(JSON.parse(stdout)).toMatchObject({ node: { nodeName: 'node-1' } });
});

test('an aggregated role -> has what its parts have, also those that come and go', async () => {
  const verbs = (): Promise<string> => out(['get', 'clusterrole', 'sum', '-o', 'jsonpath={.rules[*].resources[*]}']);
  const meta = { name: 'sum' };
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { 'example.com/to-sum': 'true' } }] };
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: meta, aggregationRule };
  await out(['create', '-f', '-'], JSON.stringify(role));
  for (const name of ['pods', 'nodes'])
    await out(['create', 'clusterrole', `part-${name}`, '--verb=get', `--resource=${name}`]);
  await out(['label', 'clusterrole', 'part-pods', 'part-nodes', 'example.com/to-sum=true']);
  await out(['wait', '--for=jsonpath={.rules[1].resources[0]}=pods', 'clusterrole/sum', '--timeout=60s']);
  expect(await verbs()).toBe('nodes pods');
  await out(['delete', 'clusterrole', 'part-nodes']);
  await out(['wait', '--for=jsonpath={.rules[0].resources[0]}=pods', 'clusterrole/sum', '--timeout=60s']);
  expect(await verbs()).toBe('pods');
});

test('new keys while the cluster runs -> Secrets stay readable, tokens too, and an old backup says which key it lacks', async () => {
  const read = (): Promise<string> => out(['get', 'secret', 'kept', '-o', 'jsonpath={.data.a}']);
  await world.client.create(
    secrets,
    { metadata: { namespace, name: 'kept' }, stringData: { a: 'kept' } },
    world.signal,
  );
  const token = (await out(['create', 'token', 'default'])).trim();
  const backup = join(work, 'backup');
  await amarre('state', 'backup', backup);
  const oldKeys = await readFile(encryptionKeysPath(dataFolder(world.cluster.dataDir)), 'utf8');

  expect(await amarre('rotate', 'encryption-key')).toContain('the key key2;');
  expect(Buffer.from(await read(), 'base64').toString()).toBe('kept');
  expect(await readFile(encryptionKeysPath(dataFolder(world.cluster.dataDir)), 'utf8')).not.toContain('"key1"');
  await amarre('rotate', 'token-key');
  const { server, identity } = await loadKubeconfig(world.cluster.kubeconfig);
  const nobody = await kubectlFor(server, { ca: identity.ca, cert: '', key: '' });
  const whoami = await nobody([`--token=${token}`, 'auth', 'whoami']);
  await nobody.dispose();
  expect(whoami.stdout).toContain(`system:serviceaccount:${namespace}:default`);

  await amarre('down');
  const refused = await amarre('state', 'restore', backup).catch((error: Error) => error.message);
  expect(refused).toContain('it was encrypted with the key "key1", and the keys at hand are "key2"');
  expect(oldKeys).toContain('"key1"');
  await amarre('up', '--detach');
  expect(Buffer.from(await read(), 'base64').toString()).toBe('kept');
});
