// Do upstream's own controllers work with this API server? An unmodified kube-controller-manager, which speaks protobuf,
// brings workloads to life and takes them away again.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/apimachinery/meta.ts';
import { type HttpsTestServer, startHttpsTestServer, testIdentities } from '../../src/apiserver/https/testing.ts';
import { freePort } from '../../src/base/free-port.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { systemClock as clock } from '../../src/base/system-clock.ts';
import { report } from '../../src/csi/drivers/local/driver.fixture.ts';
import { goClient, whyNoGoClients } from '../fixtures/go-clients.ts';

const why = await whyNoGoClients(['kube-controller-manager']);
if (why) report(`upstream's controllers are not run here: ${why}`);

const { signal } = new AbortController();
const apps = '/apis/apps/v1/namespaces/shop/deployments';
const pods = '/api/v1/namespaces/shop/pods';
const containers = [{ name: 'main', image: 'web' }];
const labels = { app: 'web' };

describe.skipIf(why)("upstream's controllers", () => {
  let server: HttpsTestServer;
  let folder: string;
  let child: ChildProcess;
  let log = '';

  beforeAll(async () => {
    const identities = await testIdentities();
    server = await startHttpsTestServer(identities, {
      defaultRoles: true,
      systemObjects: { clientAuthority: identities.server.ca },
    });
    folder = await mkdtemp(join(tmpdir(), 'upstream-controllers-'));
    const { admin } = identities;
    const data = (text: string): string => Buffer.from(text).toString('base64');
    const cluster = { server: server.url, 'certificate-authority-data': data(admin.ca) };
    const user = { 'client-certificate-data': data(admin.cert), 'client-key-data': data(admin.key) };
    const kubeconfig = join(folder, 'kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'a', cluster }],
      users: [{ name: 'a', user }],
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      'current-context': 'a',
    };
    await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 });
    const flags = {
      kubeconfig,
      'authentication-kubeconfig': kubeconfig,
      'authorization-kubeconfig': kubeconfig,
      'bind-address': '127.0.0.1',
      'secure-port': String(await freePort()),
      'cert-dir': folder,
      'flex-volume-plugin-dir': join(folder, 'flex'),
      // Nobody tells of nodes here, and nobody answers for volumes.
      controllers: '*,-node-lifecycle-controller,-persistentvolume-attach-detach-controller',
    };
    const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    child = spawn((await goClient('kube-controller-manager')) ?? '', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.on('data', (text: Buffer) => (log = (log + text.toString()).slice(-4000)));
    await server.create('/api/v1/namespaces', { metadata: { name: 'shop' } });
  });
  afterAll(async () => {
    if (child && child.exitCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    await server?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  const listed = async (path: string): Promise<KubeObject[]> => (await server.call(`GET ${path}`)).json.items;
  const count = async (path: string, wanted: number): Promise<void> => {
    const isThere = async (): Promise<boolean> => {
      if (child.exitCode !== null) throw new Error(`kube-controller-manager ended: ${log}`);
      return (await listed(path)).length === wanted;
    };
    await pollUntil(isThere, { clock, signal, intervalMs: 100 });
  };

  test('a Deployment -> pods of a ReplicaSet; scaled, it has fewer; deleted, all go', async () => {
    const template = { metadata: { labels }, spec: { containers } };
    await server.create(apps, {
      metadata: { name: 'web' },
      spec: { replicas: 3, selector: { matchLabels: labels }, template },
    });
    await count(pods, 3);
    const [pod] = await listed(pods);
    expect(pod?.metadata.ownerReferences).toMatchObject([{ kind: 'ReplicaSet', controller: true }]);
    await server.call(`PUT ${apps}/web/scale`, { metadata: { name: 'web' }, spec: { replicas: 1 } });
    await count(pods, 1);
    const options = { propagationPolicy: 'Foreground' };
    await server.call(`DELETE ${apps}/web`, options);
    await count(apps, 0);
    await count(pods, 0);
  });

  test('a Job, and a Service with a pod of its own -> a pod, and an EndpointSlice', async () => {
    await server.create('/apis/batch/v1/namespaces/shop/jobs', {
      metadata: { name: 'once' },
      spec: { template: { spec: { restartPolicy: 'Never', containers } } },
    });
    await count(`${pods}?labelSelector=job-name=once`, 1);
    await server.create('/api/v1/namespaces/shop/services', {
      metadata: { name: 'web' },
      spec: { selector: labels, ports: [{ port: 80 }] },
    });
    await count(
      '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices?labelSelector=kubernetes.io/service-name=web',
      1,
    );
  });

  test('a namespace that is deleted -> emptied, and gone', async () => {
    await server.call('DELETE /api/v1/namespaces/shop');
    await count('/api/v1/namespaces?fieldSelector=metadata.name=shop', 0);
    expect(await listed(pods)).toEqual([]);
  });
});
