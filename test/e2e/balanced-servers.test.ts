// Do clients that know one address outlive the API servers behind it? kubectl with its kubeconfig, and a pod with its variables.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pods, serviceAccounts } from '../../src/apis/resources.ts';
import { sendSignal } from '../../src/base/marked-processes.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { findProcesses } from '../../src/localcluster/processes.ts';
import { type Kubectl, kubectlWith } from '../fixtures/kubectl.ts';
import { poll, runningCluster } from './running-cluster.ts';

const namespace = 'default';
/** Longer than three questions of the balancer without an answer, and a request that was under way then. */
const answeredMs = 10_000;
const running = runningCluster({
  namespaces: [],
  upOptions: ['--store', 'etcd', '--control-planes', '2', '--pool-size', '1Gi'],
});
let kubectl: Kubectl;
let frozen: number[] = [];

/** Asks the API server five times a second, over one connection while that lasts, and says whose answer came. */
const script = `
  const { readFileSync } = require('node:fs');
  const { Agent, get } = require('node:https');
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount/';
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(folder + 'ca.crt') });
  const headers = { authorization: 'Bearer ' + readFileSync(folder + 'token', 'utf8') };
  let answers = 0;
  const ask = () => {
    const again = () => setTimeout(ask, 200);
    const request = get({ host, port, path: '/api', agent, headers }, (response) => {
      response.resume().once('end', () => { console.log(host, response.statusCode, answers++); again(); });
    });
    request.once('error', (error) => { console.log(host, error.code); again(); });
  };
  ask();
`;

beforeAll(async () => {
  kubectl = await kubectlWith(running.cluster.kubeconfig);
  await poll('the service account of pods', async (bounded) => {
    const { items } = await running.client.list(serviceAccounts, { namespace }, bounded);
    return items.some(({ metadata }) => metadata.name === 'default');
  });
  const container = { name: 'main', image: 'amarre.io/host', command: [process.execPath, '-e', script] };
  const spec = { terminationGracePeriodSeconds: 0, containers: [container] };
  await running.client.create(pods, { metadata: { namespace, name: 'asks' }, spec }, running.signal);
  await running.until(pods, { namespace, name: 'asks' }, ({ status }) => status?.phase === 'Running');
  // A process that has just started has yet to say something.
  await poll('the pod to get its first answer', async () => (await answersInPod()) >= 0);
});
afterAll(async () => {
  for (const pid of frozen) sendSignal(pid, 'SIGCONT');
  await kubectl?.dispose();
});

async function pidOf(name: string): Promise<number> {
  let pid: number | undefined;
  await poll(`the process ${name}`, async () => {
    pid = (await findProcesses(running.cluster.dataDir)).find(({ program }) => program === name)?.pid;
    return pid !== undefined;
  });
  return pid as number;
}

async function clusterFile(): Promise<{ balancerAddresses: [string, string]; port: number }> {
  const text = await readFile(join(running.cluster.dataDir, 'amarre.json'), 'utf8');
  return JSON.parse(text) as { balancerAddresses: [string, string]; port: number };
}

/** How many answers the pod has got. */
async function answersInPod(): Promise<number> {
  const { stdout } = await kubectl(['logs', 'asks', '--tail=20']);
  const counts = [...stdout.matchAll(/ 200 (\d+)$/gm)].map(([, count]) => Number(count));
  return counts.at(-1) ?? -1;
}

/** kubectl and the pod get answers within `answeredMs` from now. */
async function expectAnswers(): Promise<void> {
  const before = systemClock.monotonic();
  await poll('kubectl to get an answer', async () => {
    const { code, stdout } = await kubectl(['get', 'nodes', '-o', 'name', '--request-timeout=3s']);
    return code === 0 && stdout === 'node/node-1\n';
  });
  const first = await answersInPod();
  await poll('the pod to get more answers', async () => (await answersInPod()) > first + 2);
  expect(systemClock.monotonic() - before).toBeLessThan(answeredMs);
}

/** While `task` runs, nobody starts again what dies. */
async function withoutLauncher(task: () => Promise<void>): Promise<void> {
  const pid = await pidOf('amarre-launcher');
  frozen.push(pid);
  process.kill(pid, 'SIGSTOP');
  try {
    await task();
  } finally {
    process.kill(pid, 'SIGCONT');
    frozen = frozen.filter((other) => other !== pid);
  }
}

async function untilReady(context: string): Promise<void> {
  await poll(`the server of ${context}`, async () => {
    const { stdout } = await kubectl(['--context', context, 'get', '--raw', '/readyz', '--request-timeout=3s']);
    return stdout === 'ok';
  });
}

test('kubeconfig, pods and status -> know the one address, which is no server of its own', async () => {
  const { balancerAddresses, port } = await clusterFile();
  const server = `https://${balancerAddresses[0]}:${port}`;
  expect((await kubectl(['config', 'view', '--minify', '-o', 'jsonpath={.clusters[*].cluster.server}'])).stdout).toBe(
    server,
  );
  expect((await kubectl(['logs', 'asks', '--tail=1'])).stdout).toContain(`${balancerAddresses[1]} 200 `);
  const { components } = await running.cluster.facts(running.signal);
  expect(components.find(({ name }) => name === 'balancer')?.state).toBe('Running');
  await expectAnswers();
});

test.each(['apiserver', 'apiserver-2'])('kill -9 of %s -> kubectl and the pod reach the other', async (name) => {
  await untilReady('amarre-1');
  await untilReady('amarre-2');
  await withoutLauncher(async () => {
    process.kill(await pidOf(name), 'SIGKILL');
    await expectAnswers();
    const alive = (await findProcesses(running.cluster.dataDir)).map(({ program }) => program);
    expect(alive).not.toContain(name);
  });
});

test.each(['apiserver', 'apiserver-2'])('%s stands still -> kubectl and the pod reach the other', async (name) => {
  await untilReady('amarre-1');
  await untilReady('amarre-2');
  const pid = await pidOf(name);
  frozen.push(pid);
  process.kill(pid, 'SIGSTOP');
  try {
    await expectAnswers();
  } finally {
    process.kill(pid, 'SIGCONT');
    frozen = frozen.filter((other) => other !== pid);
  }
});

test('etcd stands still -> connections through the balancer stay, and the address leads to a server as before', async () => {
  await untilReady('amarre-1');
  await untilReady('amarre-2');
  const { balancerAddresses, port } = await clusterFile();
  // It is not looked at who is there: only that nobody closes it.
  const socket = connect({ host: balancerAddresses[0], port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  socket.resume();
  const pid = await pidOf('etcd');
  frozen.push(pid);
  process.kill(pid, 'SIGSTOP');
  try {
    await systemClock.sleep(answeredMs, running.signal);
    expect(socket.readableEnded || socket.destroyed).toBe(false);
  } finally {
    process.kill(pid, 'SIGCONT');
    frozen = frozen.filter((other) => other !== pid);
    socket.destroy();
  }
  await expectAnswers();
});

test('kill -9 of the balancer -> it is started again, and the address leads to a server as before', async () => {
  process.kill(await pidOf('balancer'), 'SIGKILL');
  await expectAnswers();
});
