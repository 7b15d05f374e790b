// Does a cluster look after an etcd of its own? It starts with it, outlives its death, ends with it, and moves to LMDB and back.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { persistentVolumeClaims as claims } from '../../src/apis/resources.ts';
import { type ClusterSpec, dataFolder } from '../../src/localcluster/data-folder.ts';
import { type IdentityName, readIdentity } from '../../src/localcluster/pki.ts';
import { findProcesses } from '../../src/localcluster/processes.ts';
import { kubectlWith } from '../fixtures/kubectl.ts';
import { program } from './demo-run.ts';
import { immediateClass, poll, runningCluster } from './running-cluster.ts';

const exec = promisify(execFile);
const namespace = 'default';
const running = runningCluster({ namespaces: [], upOptions: ['--store', 'etcd', '--pool-size', '2Gi'] });
const root = (): string => running.cluster.dataDir;

async function amarre(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  return (await exec(process.execPath, [program, ...args], { env: { ...process.env, ...env } })).stdout;
}

const inFolder = (...args: string[]): Promise<string> => amarre([...args, '--data-dir', root()]);

async function specOf(): Promise<ClusterSpec> {
  return JSON.parse(await readFile(dataFolder(root()).clusterFile, 'utf8')) as ClusterSpec;
}

async function etcdPids(): Promise<number[]> {
  return (await findProcesses(root())).filter(({ program: name }) => name === 'etcd').map(({ pid }) => pid);
}

async function boundClaim(name: string): Promise<string> {
  const { client, signal } = running;
  const resources = { requests: { storage: '16Mi' } };
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: immediateClass, resources };
  await client.create(claims, { metadata: { namespace, name }, spec }, signal);
  const bound = await running.until(claims, { namespace, name }, ({ status }) => status?.phase === 'Bound');
  return bound.metadata.uid;
}

/** HTTP status and text of a page, as that identity sees it; the error's code if it is not let in. */
async function pageFor(identity: IdentityName | undefined, url: string, authority: IdentityName): Promise<string> {
  const { ca } = await readIdentity(dataFolder(root()), authority);
  const tls = identity && (await readIdentity(dataFolder(root()), identity));
  return new Promise((resolve, reject) => {
    const asked = request(url, { ...tls, ca, agent: false }, (answer) => {
      text(answer).then((body) => resolve(`${answer.statusCode} ${body}`), reject);
    });
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    asked.end();
  });
}

const healthFor = async (identity: IdentityName | undefined): Promise<string> =>
  pageFor(identity, `${(await specOf()).etcd?.endpoints[0]}/health`, 'etcd-client');

test('amarre status -> lists it, on loopback, and only the API server is let in', async () => {
  const facts = await running.cluster.facts(running.signal);
  expect(facts.components.find(({ name }) => name === 'etcd')).toMatchObject({ state: 'Running' });
  expect((await specOf()).etcd?.endpoints).toEqual([expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/)]);
  expect(await healthFor('etcd-client')).toMatch(/^200 /);
  for (const other of [undefined, 'admin', 'node-node-1'] as const)
    expect(await healthFor(other)).toMatch(/ALERT|ECONNRESET|EPROTO/);
});

test('it is killed -> it is started again, and the cluster goes on with the state that it had', async () => {
  const before = await boundClaim('before-its-death');
  const [pid = 0] = await etcdPids();
  process.kill(pid, 'SIGKILL');
  await poll('another etcd', async () => (await etcdPids()).some((each) => each !== pid));
  await poll('the API server to answer', () =>
    running.client.get(claims, { namespace, name: 'before-its-death' }, running.signal).then(
      ({ metadata }) => metadata.uid === before,
      () => false,
    ),
  );
  await boundClaim('after-its-death');
});

test('the metrics that amarre status names -> for administrators, not for everybody; health for anybody', async () => {
  const facts = await running.cluster.facts(running.signal);
  const urlOf = (name: string): string => facts.components.find((each) => each.name === name)?.metrics ?? '';
  const page = await pageFor('admin', urlOf('controllers'), 'admin');
  for (const line of [
    /^leader_election_master_status\{name="amarre-controllers"\} 1$/m,
    /^rest_client_requests_total\{code="20[01]",host="127\.0\.0\.1:\d+",method="POST"\} [1-9]/m,
    /^workqueue_adds_total\{name="provisioner"\} [1-9]/m,
    /^workqueue_work_duration_seconds_bucket\{name="provisioner",le="\+Inf"\} [1-9]/m,
    /^process_cpu_seconds_total [\d.]+$/m,
    /^csi_sidecar_operations_seconds_count\{driver_name="local\.csi\.amarre\.io",grpc_status_code="OK",method_name="\/csi\.v1\.Controller\/CreateVolume"\} [1-9]/m,
    /^scheduler_pending_pods\{queue="active"\} \d+$/m,
  ])
    expect(page).toMatch(line);
  expect(await pageFor(undefined, urlOf('controllers'), 'admin')).toMatch(/^403 .*system:anonymous/);
  expect(await pageFor('node-node-1', urlOf('controllers'), 'admin')).toMatch(/^403 .*system:node:node-1/);
  expect(await pageFor(undefined, urlOf('controllers').replace('metrics', 'livez'), 'admin')).toBe('200 ok');
  const plugin = await pageFor('admin', urlOf('csi-controller'), 'admin');
  expect(plugin).toMatch(
    /^csi_plugin_operations_seconds_count\{.*method_name="\/csi\.v1\.Controller\/CreateVolume"\} [1-9]/m,
  );
  expect(await pageFor('node-node-1', urlOf('csi-controller'), 'admin')).toMatch(/^403 .*system:node:node-1/);
  const nodePlugin = await pageFor('admin', urlOf('csi-node'), 'admin');
  expect(nodePlugin).toMatch(
    /^csi_plugin_operations_seconds_count\{.*method_name="\/csi\.v1\.Node\/NodeGetInfo"\} [1-9]/m,
  );
  expect(await pageFor(undefined, urlOf('csi-node').replace('metrics', 'healthz'), 'admin')).toBe('200 ok');
  const agent = await pageFor('admin', urlOf('agent'), 'admin');
  expect(agent).toMatch(
    /^csi_operations_seconds_count\{.*method_name="\/csi\.v1\.Node\/NodeGetInfo",migrated="false"\} [1-9]/m,
  );
  expect(agent).toMatch(/^kubelet_running_pods \d+$/m);
  expect(await pageFor('admin', urlOf('apiserver'), 'admin')).toMatch(/^apiserver_request_total\{/m);
  const kubectl = await kubectlWith(running.cluster.kubeconfig);
  try {
    const { stdout } = await kubectl(['get', '--raw', '/api/v1/nodes/node-1/proxy/metrics']);
    expect(stdout).toMatch(/^rest_client_requests_total\{code="200",/m);
  } finally {
    await kubectl.dispose();
  }
});

test('down and up -> it ends with the cluster, and comes back with it; another store is refused', async () => {
  const uid = await boundClaim('kept');
  await inFolder('down');
  expect(await findProcesses(root())).toEqual([]);
  const refused = inFolder('up', '--detach', '--store', 'lmdb');
  await expect(refused).rejects.toThrow(/is in etcd\. Move it with `amarre state copy --to lmdb /);
  await inFolder('up', '--detach');
  expect((await running.client.get(claims, { namespace, name: 'kept' }, running.signal)).metadata.uid).toBe(uid);
});

test('state to LMDB and back -> the same claims each time, and resource versions only grow', async () => {
  const { client, signal } = running;
  const now = async (): Promise<{ uids: string[]; greatest: number }> => {
    const { items } = await client.list(claims, { namespace }, signal);
    const versions = items.map(({ metadata }) => Number(metadata.resourceVersion));
    return { uids: items.map(({ metadata }) => metadata.uid), greatest: Math.max(...versions) };
  };
  let before = await now();
  for (const to of ['lmdb', 'etcd']) {
    await inFolder('down');
    expect(await inFolder('state', 'copy', '--to', to)).toContain(`objects to ${to};`);
    expect(await findProcesses(root())).toEqual([]);
    await inFolder('up', '--detach', '--store', to);
    const after = await now();
    expect(after.uids).toEqual(before.uids);
    expect(after.greatest).toBeGreaterThan(before.greatest);
    before = after;
  }
  await boundClaim('moved');
});

test('no etcd on the machine -> says how to get it, and leaves no cluster', async () => {
  const work = await mkdtemp('/var/tmp/amarre-e2e-');
  try {
    const up = amarre(['up', '--detach', '--store', 'etcd', '--data-dir', join(work, 'cluster')], {
      PATH: '/sbin-only',
    });
    await expect(up).rejects.toThrow(/has no program `etcd`. Install it with `apt-get install etcd-server`/);
    await expect(amarre(['status', '--data-dir', join(work, 'cluster')])).rejects.toThrow('There is no cluster');
  } finally {
    await rm(work, { recursive: true, force: true });
  }
});
