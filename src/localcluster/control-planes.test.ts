import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../base/system-clock.ts';
import { systemRandom as random, systemRandomBytes as randomBytes } from '../base/system-random.ts';
import { loadKubeconfig } from '../client/kubeconfig.ts';
import { clusterUrls, controlPlaneOf, serverUrls, serverUrlsForNodes } from './control-planes.ts';
import { createFolders, dataFolder } from './data-folder.ts';
import { createPki } from './pki.ts';
import { planCluster } from './plan.ts';
import { writeKubeconfig } from './write-kubeconfig.ts';

const machine = { volumes: 'block' as const, network: 'namespaces' as const, notes: [] };
const etcd = { endpoints: ['http://127.0.0.1:2379'] };
const spec = planCluster(
  { dataDir: '/d', controlPlanes: 3, nodes: 1, etcd },
  { machine, clusterId: '00ffaa', usedCidrs: [] },
);

test('controlPlaneOf: what its processes were started with -> its names and addresses', () => {
  expect(controlPlaneOf(spec, '')).toMatchObject({ apiServer: 'apiserver', controllers: 'controllers' });
  expect(controlPlaneOf(spec, '2')).toMatchObject({
    apiServer: 'apiserver-2',
    addresses: ['127.0.0.2', '10.213.255.2'],
  });
  expect(() => controlPlaneOf(spec, '4')).toThrow('no control plane "4"');
});

test('server URLs -> the chosen one in front, all others behind it', () => {
  expect(serverUrls(spec)).toEqual({
    server: 'https://127.0.0.1:6443',
    others: ['https://127.0.0.2:6443', 'https://127.0.0.3:6443'],
  });
  expect(serverUrlsForNodes(spec, 4)).toEqual({
    server: 'https://10.213.255.2:6443',
    others: ['https://10.213.255.3:6443', 'https://10.213.255.1:6443'],
  });
});

test('clusterUrls -> the balancer in front of all servers; without one the first server', () => {
  expect(clusterUrls(spec)).toEqual({
    server: 'https://127.0.0.10:6443',
    others: ['https://127.0.0.1:6443', 'https://127.0.0.2:6443', 'https://127.0.0.3:6443'],
  });
  const { balancerAddresses: _, ...without } = spec;
  expect(clusterUrls(without)).toEqual(serverUrls(spec));
});

test('the kubeconfig -> a context for all servers, and one for each, which also names the others', async () => {
  const folder = dataFolder(await mkdtemp(join(tmpdir(), 'amarre-kubeconfig-')));
  onTestFinished(() => rm(folder.root, { recursive: true, force: true }));
  await createFolders(folder);
  await createPki(folder, spec, { nowMs: systemClock.now(), random, randomBytes });
  await writeKubeconfig(folder, spec);
  expect(await loadKubeconfig(folder.kubeconfig)).toMatchObject(clusterUrls(spec));
  expect(await loadKubeconfig(folder.kubeconfig, 'amarre-1')).toMatchObject(serverUrls(spec));
  expect(await loadKubeconfig(folder.kubeconfig, 'amarre-2')).toMatchObject(serverUrls(spec, 1));
});
