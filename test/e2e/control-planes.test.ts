// Does a cluster with several control planes go on when one of them is lost? API servers are killed and frozen under writes.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Draft, type KubeObject, keyOf, type Resource } from '../../src/apimachinery/meta.ts';
import { isStatus } from '../../src/apimachinery/status-error.ts';
import { fenceProofs } from '../../src/apis/amarre/types.ts';
import type { Endpoints } from '../../src/apis/core/generated/v1.ts';
import {
  persistentVolumeClaims as claims,
  configMaps,
  leases,
  nodes,
  pods,
  serviceAccounts,
} from '../../src/apis/resources.ts';
import { isListening } from '../../src/base/listening.ts';
import { silentLogger as log } from '../../src/base/log.ts';
import { sendSignal } from '../../src/base/marked-processes.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { systemRandom as random } from '../../src/base/system-random.ts';
import { ResourceInformer } from '../../src/client/informer.ts';
import { type ObjectName, UnreachableError } from '../../src/client/types.ts';
import type { ClusterSpec } from '../../src/localcluster/data-folder.ts';
import { findProcesses } from '../../src/localcluster/processes.ts';
import { kubectlWith } from '../fixtures/kubectl.ts';
import { immediateClass, poll, runningCluster } from './running-cluster.ts';

const namespace = 'default';
const running = runningCluster({
  namespaces: [],
  nodes: 2,
  upOptions: ['--store', 'etcd', '--control-planes', '2', '--pool-size', '2Gi'],
});
const endpoints: Resource<Endpoints> = {
  group: '',
  version: 'v1',
  plural: 'endpoints',
  kind: 'Endpoints',
  namespaced: true,
};
const lease = { namespace: 'kube-system', name: 'amarre-controllers' };
let frozen: number[] = [];
beforeAll(async () => {
  await poll('a leader', async () => (await holder()) !== '');
  const account = { namespace, name: 'default' };
  await poll('the service account of pods', async () => (await found(serviceAccounts, account)) !== undefined);
});
afterAll(() => {
  for (const pid of frozen) sendSignal(pid, 'SIGCONT');
});

async function clusterFile(): Promise<ClusterSpec> {
  return JSON.parse(await readFile(join(running.cluster.dataDir, 'amarre.json'), 'utf8')) as ClusterSpec;
}

async function pidOf(name: string): Promise<number> {
  let pid: number | undefined;
  await poll(`the process ${name}`, async () => {
    pid = (await findProcesses(running.cluster.dataDir)).find(({ program }) => program === name)?.pid;
    return pid !== undefined;
  });
  return pid as number;
}

/** While `task` runs, nobody starts again what dies. */
async function withoutLauncher(task: () => Promise<void>): Promise<void> {
  const pid = await pidOf('amarre-launcher');
  frozen = [pid];
  process.kill(pid, 'SIGSTOP');
  try {
    await task();
  } finally {
    process.kill(pid, 'SIGCONT');
    frozen = [];
  }
}

/** Creates an object, if need be again: whether a request was carried out whose server died meanwhile nobody knows. */
async function create<T extends KubeObject>(resource: Resource<T>, object: Draft<T>): Promise<void> {
  await poll(`${resource.kind} ${object.metadata.name} to be made`, async (bounded) => {
    try {
      await running.client.create(resource, object, bounded);
      return true;
    } catch (error) {
      if (error instanceof UnreachableError) return false;
      if (isStatus(error, 'AlreadyExists')) return true;
      throw error;
    }
  });
}

/** Makes a claim and a pod on it, and waits until it is bound and the pod runs. */
async function claimAndPod(name: string): Promise<void> {
  const resources = { requests: { storage: '16Mi' } };
  const spec = { accessModes: ['ReadWriteOnce'], storageClassName: immediateClass, resources };
  await create(claims, { metadata: { namespace, name }, spec });
  const container = { name: 'main', image: 'amarre.io/host', command: ['sleep', 'infinity'] };
  await create(pods, {
    metadata: { namespace, name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ ...container, volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }],
    },
  });
  await running.until(claims, { namespace, name }, ({ status }) => status?.phase === 'Bound');
  await running.until(pods, { namespace, name }, ({ status }) => status?.phase === 'Running');
}

/** An object that is made a while after the start; undefined until then. */
async function found<T extends KubeObject>(resource: Resource<T>, at: ObjectName): Promise<T | undefined> {
  try {
    return await running.client.get(resource, at, running.signal);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
    return undefined;
  }
}

/** Addresses of the API servers that the Service `kubernetes` leads to. */
async function namedServers(): Promise<string[]> {
  const { subsets = [] } = (await found(endpoints, { namespace, name: 'kubernetes' })) ?? {};
  return subsets.flatMap(({ addresses }) => addresses?.map(({ ip }) => ip) ?? []);
}

async function holder(): Promise<string> {
  return (await found(leases, lease))?.spec?.holderIdentity ?? '';
}

/** Names of objects whose creation was acknowledged while `task` ran. Each name is tried until it is known to be there. */
async function writingDuring(prefix: string, task: () => Promise<void>): Promise<string[]> {
  const { signal } = running;
  const ended = new AbortController();
  const acknowledged: string[] = [];
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    const client = await running.cluster.connect();
    try {
      for (let index = 0; !ended.signal.aborted; index += 1) {
        const name = `${prefix}-${writer}-${index}`;
        try {
          await client.create(configMaps, { metadata: { namespace, name } }, signal);
          acknowledged.push(name);
        } catch (error) {
          // Nobody knows whether it was carried out. That a server refuses a write because another died is no outcome.
          if (!(error instanceof UnreachableError)) throw error;
        }
      }
    } finally {
      client.close();
    }
  });
  try {
    await task();
  } finally {
    ended.abort();
  }
  await Promise.all(writers);
  return acknowledged;
}

test('two control planes -> both API servers serve and are named, one of the controllers leads', async () => {
  const { signal, cluster } = running;
  const kubectl = await kubectlWith(cluster.kubeconfig);
  try {
    for (const context of ['amarre', 'amarre-2']) {
      const { stdout } = await kubectl(['--context', context, 'get', 'nodes', '-o', 'name']);
      expect(stdout).toBe('node/node-1\nnode/node-2\n');
    }
  } finally {
    await kubectl.dispose();
  }
  const { apiAddresses, moreApiAddresses = [] } = await clusterFile();
  const named = [apiAddresses, ...moreApiAddresses].map((addresses) => addresses.at(-1));
  await poll('both servers among the endpoints', async () => `${await namedServers()}` === `${named}`);
  const { components } = await cluster.facts(signal);
  const states = components.filter(({ node }) => !node).map(({ name, state }) => `${name} ${state}`);
  for (const name of ['etcd', 'apiserver', 'apiserver-2', 'controllers', 'controllers-2'])
    expect(states).toContain(`${name} Running`);
});

// Before the kills, so that one of the agents is at that server.
test('an API server stands still -> nodes stay Ready, nobody is fenced, and its address goes and comes', async () => {
  const { client, signal } = running;
  const pid = await pidOf('apiserver-2');
  const named = async (): Promise<number> => (await namedServers()).length;
  await poll('both servers among the endpoints', async () => (await named()) === 2);
  const readySince = async (): Promise<string> => {
    const { items } = await client.list(nodes, {}, signal);
    const ready = items.map(({ status }) => status?.conditions?.find(({ type }) => type === 'Ready'));
    return ready.map((condition) => `${condition?.status} ${condition?.lastTransitionTime}`).join();
  };
  const before = await readySince();
  frozen = [pid];
  process.kill(pid, 'SIGSTOP');
  try {
    await claimAndPod('beside-a-frozen-one');
    await poll('the frozen server to be taken out', async () => (await named()) === 1);
    expect(await readySince()).toBe(before);
    expect((await client.list(fenceProofs, {}, signal)).items).toEqual([]);
  } finally {
    process.kill(pid, 'SIGCONT');
    frozen = [];
  }
  await poll('it to be back', async () => (await named()) === 2);
});

test.each(['apiserver', 'apiserver-2'])(
  'kill -9 of %s under writes -> writes, watches, agents and controllers go on with the other',
  async (name) => {
    const { client, signal } = running;
    const led = await holder();
    const watching = new AbortController();
    const informer = new ResourceInformer(configMaps, { client, clock, random, log });
    const seen: string[] = [];
    informer.onChange(({ type, object }) => seen.push(`${type} ${keyOf(object)}`));
    const following = informer.run(watching.signal);
    await informer.synced(signal);

    let whileDead: string[] = [];
    const acknowledged = await writingDuring(`under-${name}`, () =>
      withoutLauncher(async () => {
        process.kill(await pidOf(name), 'SIGKILL');
        await claimAndPod(`without-${name}`);
        const alive = (await findProcesses(running.cluster.dataDir)).map(({ program }) => program);
        expect(alive).not.toContain(name);
        whileDead = (await client.list(configMaps, { namespace }, signal)).items.map(keyOf);
      }),
    );
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(await holder()).toBe(led);

    const { items, resourceVersion } = await client.list(configMaps, {}, signal);
    const all = items.map(keyOf);
    for (const each of acknowledged) expect(all).toContain(`${namespace}/${each}`);
    expect(whileDead.length).toBeGreaterThan(0);
    await create(configMaps, { metadata: { namespace, name: `last-${name}` } });
    await poll('the watch to show the last write', async () => informer.shownRevision() > Number(resourceVersion));
    watching.abort();
    await following;
    // Every object once: the watch went on where it was.
    const added = seen.filter((each) => each.startsWith('added')).map((each) => each.slice('added '.length));
    expect(added.toSorted()).toEqual([...all, `${namespace}/last-${name}`].toSorted());
    // The next one to be killed must not be the only one that serves.
    const { apiAddresses, moreApiAddresses = [], port } = await clusterFile();
    for (const [host] of [apiAddresses, ...moreApiAddresses])
      await poll(`a server at ${host}`, () => isListening({ host: host as string, port }));
  },
);

test('kill -9 of the controllers that lead -> those that stand by take over', async () => {
  const led = await holder();
  const name = led.endsWith('-2') ? 'controllers-2' : 'controllers';
  await withoutLauncher(async () => {
    process.kill(await pidOf(name), 'SIGKILL');
    await poll('another leader', async () => ![led, ''].includes(await holder()));
    await claimAndPod('under-the-next-leader');
  });
});
