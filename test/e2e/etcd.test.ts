// Does a whole cluster live on etcd? Its claims bind, its state moves there and back, and a second control plane takes over.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject, Resource } from '../../src/apimachinery/meta.ts';
import { persistentVolumeClaims as claims, leases, secrets, storageClasses } from '../../src/apis/resources.ts';
import { freePort } from '../../src/base/free-port.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { connectClient } from '../../src/client/connect.ts';
import { loadKubeconfig } from '../../src/client/kubeconfig.ts';
import type { Client } from '../../src/client/types.ts';
import { type EtcdProcess, startEtcd } from '../../src/kvstore/etcd-testing.ts';
import { type ClusterSpec, dataFolder } from '../../src/localcluster/data-folder.ts';
import { findProcesses } from '../../src/localcluster/processes.ts';
import { type Kubectl, kubectlWith } from '../fixtures/kubectl.ts';
import { program } from './demo-run.ts';
import { poll } from './running-cluster.ts';

const exec = promisify(execFile);
const { signal } = new AbortController();
const namespace = 'default';
let work: string;
let dataDir: string;
let etcd: EtcdProcess;
const more: EtcdProcess[] = [];
const started: ChildProcess[] = [];
let kubectl: Kubectl;

beforeAll(async () => {
  work = await mkdtemp('/var/tmp/amarre-e2e-etcd-');
  dataDir = join(work, 'cluster');
  etcd = await startEtcd();
  const size = ['--nodes', '1', '--pool-size', '2Gi', '--port', String(await freePort())];
  await amarre('up', '--detach', ...size, '--etcd-endpoints', etcd.endpoint);
  kubectl = await kubectlWith(join(dataDir, 'kubeconfig'));
  const local = { provisioner: 'local.csi.amarre.io', volumeBindingMode: 'Immediate' };
  await asAdmin((client) => client.create(storageClasses, { metadata: { name: 'immediate' }, ...local }, signal));
}, 120_000);
afterAll(async () => {
  for (const child of started) child.kill('SIGKILL');
  await amarre('down', '--purge');
  await kubectl.dispose();
  for (const each of [etcd, ...more]) await each.remove();
  await rm(work, { recursive: true, force: true });
}, 120_000);

async function amarre(...args: string[]): Promise<string> {
  return (await exec(process.execPath, [program, ...args, '--data-dir', dataDir])).stdout;
}

async function asAdmin<T>(use: (client: Client) => Promise<T>, server?: string): Promise<T> {
  const connection = await loadKubeconfig(join(dataDir, 'kubeconfig'));
  const client = connectClient({ ...connection, ...(server && { server }) }, systemClock);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

/** Makes a claim, waits until it is bound, and gives it. */
function boundClaim(name: string, server?: string) {
  const resources = { requests: { storage: '16Mi' } };
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: 'immediate', resources };
  return asAdmin(async (client) => {
    await client.create(claims, { metadata: { namespace, name }, spec }, signal);
    return until(client, claims, { namespace, name, isSo: (claim) => claim.status?.phase === 'Bound' });
  }, server);
}

interface Awaited<T> {
  namespace: string;
  name: string;
  isSo: (object: T) => boolean;
}

async function until<T extends KubeObject>(client: Client, resource: Resource<T>, wanted: Awaited<T>): Promise<T> {
  const { isSo, ...at } = wanted;
  let found: T | undefined;
  await poll(`${resource.kind} ${at.name} to be as wanted`, async (bounded) =>
    isSo((found = await client.get(resource, at, bounded))),
  );
  return found as T;
}

const versionOf = ({ metadata }: KubeObject): number => Number(metadata.resourceVersion);

/** All claims with what tells them apart, and the greatest resource version. */
async function claimsNow(): Promise<{ bound: string[]; greatest: number }> {
  const { items } = await asAdmin((client) => client.list(claims, { namespace }, signal));
  const bound = items.map(({ metadata, spec, status }) => `${metadata.uid} ${spec?.volumeName} ${status?.phase}`);
  return { bound: bound.toSorted(), greatest: Math.max(...items.map(versionOf)) };
}

test('etcd answers, is gone, and answers again -> /readyz says so', async () => {
  const ready = (): Promise<string> => kubectl(['get', '--raw', '/readyz?verbose']).then(({ stdout }) => stdout);
  expect(await ready()).toMatch(/^\[\+\]etcd ok$/m);
  await etcd.kill();
  const { code, stderr } = await kubectl(['get', '--raw', '/readyz/etcd']);
  expect(code).toBe(1);
  expect(stderr).toContain('internal server error: ');
  await etcd.start();
  await poll('etcd in /readyz', async () => /^\[\+\]etcd ok$/m.test(await ready()));
  expect((await boundClaim('after-etcd')).spec?.volumeName).toBeDefined();
});

test('a second control plane over the same etcd -> stands by, and takes over when the first is killed', async () => {
  const { server, spec } = await startSecondControlPlane();
  const lease = { namespace: 'kube-system', name: 'amarre-controllers' };
  const holder = async (): Promise<string> =>
    (await asAdmin((client) => client.get(leases, lease, signal), server)).spec?.holderIdentity ?? '';
  await poll('the second API server', async () => (await holder().catch(() => '')) !== '');
  const first = await holder();
  expect(first).not.toContain(spec.clusterId);
  // What one server writes the other shows, and the controllers behind the first one do the work.
  await boundClaim('through-the-second', server);
  expect(await holder()).toBe(first);

  const folder = dataFolder(dataDir);
  await writeFile(join(folder.run, 'stopping'), '');
  const gone = new Set(['amarre-launcher', 'apiserver', 'controllers']);
  for (const { pid, program: name } of await findProcesses(dataDir)) if (gone.has(name)) process.kill(pid, 'SIGKILL');
  await poll('the second to lead', async () => (await holder()).includes(spec.clusterId));
  await boundClaim('after-the-first', server);
  for (const child of started) {
    child.kill('SIGTERM');
    await once(child, 'close');
  }
  await amarre('down');
  await amarre('up', '--detach');
});

test('state to LMDB and back to another etcd -> every claim as before, and resource versions only grow', async () => {
  await asAdmin((client) =>
    client.create(secrets, { metadata: { namespace, name: 'kept' }, stringData: { a: 'kept' } }, signal),
  );
  const before = await claimsNow();
  const file = join(work, 'backup');
  expect(await amarre('state', 'backup', file)).toMatch(/^Wrote the objects of revision \d+ to /);

  await amarre('down');
  await amarre('state', 'copy', '--to', 'lmdb');
  await amarre('up', '--detach');
  const inLmdb = await claimsNow();
  expect(inLmdb.bound).toEqual(before.bound);
  expect(inLmdb.greatest).toBeGreaterThan(before.greatest);
  const late = await boundClaim('in-lmdb');
  expect(versionOf(late)).toBeGreaterThan(inLmdb.greatest);

  await amarre('down');
  const other = await startEtcd();
  more.push(other);
  await amarre('state', 'copy', '--to', 'etcd', '--etcd-endpoints', other.endpoint);
  await amarre('up', '--detach');
  const inEtcd = await claimsNow();
  expect(inEtcd.bound).toEqual(
    [...before.bound, `${late.metadata.uid} ${late.spec?.volumeName} ${late.status?.phase}`].toSorted(),
  );
  expect(inEtcd.greatest).toBeGreaterThan(versionOf(late));

  // A backup of the first etcd, put back by way of LMDB: what came after it is gone, the versions grow on.
  await amarre('down');
  await amarre('state', 'copy', '--to', 'lmdb');
  expect(await amarre('state', 'restore', file)).toContain('the next revision is ');
  await amarre('up', '--detach');
  const restored = await claimsNow();
  expect(restored.bound).toEqual(before.bound);
  const { stdout } = await kubectl(['get', 'secret', 'kept', '-o', 'jsonpath={.data.a}']);
  expect(Buffer.from(stdout, 'base64').toString()).toBe('kept');
  const after = await boundClaim('after-restore');
  expect(versionOf(after)).toBeGreaterThan(inEtcd.greatest);
});

/** An API server and controllers of their own, with the keys of the first cluster and its storage. */
async function startSecondControlPlane(): Promise<{ server: string; spec: ClusterSpec }> {
  const first = dataFolder(dataDir);
  const folder = dataFolder(join(work, 'second'));
  const port = await freePort();
  const own = { clusterId: 'second', nodes: [], port, apiAddresses: ['127.0.0.1'], bridge: undefined };
  const spec = { ...(JSON.parse(await readFile(first.clusterFile, 'utf8')) as ClusterSpec), ...own };
  for (const path of [folder.root, folder.run, folder.log, folder.pool, folder.backups]) await mkdir(path);
  await symlink(first.pki, folder.pki);
  await symlink(first.csiControllerSocket, folder.csiControllerSocket);
  await writeFile(folder.clusterFile, JSON.stringify(spec));
  // It has no launcher, and none must be started.
  await writeFile(join(folder.run, 'stopping'), '');
  for (const name of ['apiserver', 'controllers']) {
    const script = join(program, '..', `${name}.js`);
    started.push(spawn(process.execPath, [script, folder.root], { stdio: 'ignore' }));
  }
  return { server: `https://127.0.0.1:${port}`, spec };
}
