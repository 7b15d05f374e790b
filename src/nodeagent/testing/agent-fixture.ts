// An agent with everything real but the API server: supervisor process, containers, mounts, kubelet API.

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubeObject, Resource } from '../../apimachinery/meta.ts';
import type { Pod } from '../../apis/core/generated/v1.ts';
import { persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '../../apis/resources.ts';
import { createAuthority, issueCertificate } from '../../base/certificates.ts';
import { freePort } from '../../base/free-port.ts';
import { silentLogger } from '../../base/log.ts';
import { systemClock } from '../../base/system-clock.ts';
import { systemLogger } from '../../base/system-log.ts';
import { systemRandom } from '../../base/system-random.ts';
import type { TlsIdentity } from '../../base/tls.ts';
import { FakeApi } from '../../client/fake-api.ts';
import { createClient, type KubeClient } from '../../client/kube-client.ts';
import { runAgent } from '../agent/run.ts';
import { type AgentConfig, nodePaths } from '../config.ts';
import { attachmentName } from '../volumes/paths.ts';
import { type FakeCsiNode, fakeDriverName, startFakeCsiNode } from './fake-csi-node.ts';
import { type NodeFixture, nodeFixture, until } from './node-fixture.ts';

const { signal } = new AbortController();

export interface AgentFixture {
  node: NodeFixture;
  api: FakeApi;
  client: KubeClient;
  csi: FakeCsiNode;
  config: AgentConfig;
  /** What the agent warned of. */
  warnings: string[];
  /** A client certificate of group system:masters. */
  admin: TlsIdentity;
  startAgent: () => void;
  /** Ends the agent as a kill does: nothing is told to anybody. */
  stopAgent: () => Promise<void>;
  pod: (name?: string) => Promise<Pod>;
  waitForPod: (check: (pod: Pod) => boolean, name?: string) => Promise<Pod>;
  dispose: () => Promise<void>;
}

async function identities(): Promise<{ tls: TlsIdentity; admin: TlsIdentity }> {
  const issue = { nowMs: systemClock.now(), validDays: 1, random: systemRandom };
  const authority = await createAuthority('ca', issue);
  const tls = await issueCertificate(
    authority,
    { commonName: 'system:node:node-1', ipAddresses: ['127.0.0.1'], usages: ['server', 'client'] },
    issue,
  );
  const admin = await issueCertificate(
    authority,
    { commonName: 'admin', organizations: ['system:masters'], usages: ['client'] },
    issue,
  );
  return { tls, admin };
}

export async function agentFixture(): Promise<AgentFixture> {
  const node = await nodeFixture();
  const { tls, admin } = await identities();
  const api = new FakeApi();
  const client = createClient({ transport: api, clock: systemClock });
  const paths = nodePaths(node.nodeDir);
  await mkdir(join(node.dir, 'volumes'), { recursive: true });
  const csi = await startFakeCsiNode(join(node.dir, 'csi.sock'), join(node.dir, 'volumes'));
  const config: AgentConfig = {
    nodeName: 'node-1',
    nodeDir: node.nodeDir,
    address: '127.0.0.1',
    kubeletPort: await freePort(),
    tls,
    apiServerClientName: 'kube-apiserver-kubelet-client',
    supervisorSocket: paths.supervisorSocket,
    csiSocket: join(node.dir, 'csi.sock'),
    labels: { 'topology.kubernetes.io/zone': 'zone-a' },
    leaseRenewMs: 500,
    leaseDurationSeconds: 2,
    version: 'v1.36.0-amarre.0.1.0',
  };
  const warnings: string[] = [];
  let agent: { stop: AbortController; ended: Promise<void> } | undefined;
  const stopAgent = async (): Promise<void> => {
    agent?.stop.abort();
    await agent?.ended;
    agent = undefined;
  };
  const pod = (name = 'web-0'): Promise<Pod> => client.get(pods, { namespace: 'default', name }, signal);
  return {
    node,
    api,
    client,
    csi,
    config,
    warnings,
    admin,
    stopAgent,
    pod,
    startAgent() {
      const stop = new AbortController();
      const ended = runAgent(
        config,
        {
          client,
          clock: systemClock,
          random: systemRandom,
          log: process.env['AGENT_LOG']
            ? systemLogger({ component: 'agent' })
            : { ...silentLogger, warn: (message) => void warnings.push(message) },
        },
        stop.signal,
      );
      agent = { stop, ended };
    },
    waitForPod: (check, name) => waitForPod({ node, pod: () => pod(name) }, check),
    async dispose() {
      try {
        await stopAgent();
      } finally {
        await node.dispose();
        await csi.stop();
      }
    },
  };
}

async function waitForPod(
  { node, pod }: { node: NodeFixture; pod: () => Promise<Pod> },
  check: (pod: Pod) => boolean,
): Promise<Pod> {
  let last: Pod | undefined;
  try {
    await until(async () => check((last = await pod())), 'the pod to be as wanted');
  } catch (error) {
    throw new Error(
      `pod is not as wanted: ${JSON.stringify(last?.status, undefined, 1)}\n${await readFile(join(node.dir, 'supervisor.log'), 'utf8')}`,
      { cause: error },
    );
  }
  return last as Pod;
}

/** A pod on node-1 that runs `script`. */
export function scriptPod(
  script: string,
  changes: { spec?: Partial<NonNullable<Pod['spec']>>; container?: object; name?: string } = {},
) {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: changes.name ?? 'web-0', namespace: 'default' },
    spec: {
      nodeName: 'node-1',
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 5,
      containers: [{ name: 'main', image: 'amarre.io/host', command: ['/bin/sh', '-c', script], ...changes.container }],
      ...changes.spec,
    },
    status: { phase: 'Pending' },
  } satisfies Omit<Pod, 'metadata'> & { metadata: object };
}

/** A bound claim `data` of volume `vol-1`, attached to node-1 with `epoch`. */
export async function attachedClaim(client: KubeClient, epoch: number): Promise<void> {
  const claim = await client.create(
    persistentVolumeClaims,
    {
      metadata: { name: 'data', namespace: 'default' },
      spec: { accessModes: ['ReadWriteOnce'], volumeName: 'pv-1', resources: { requests: { storage: '1Gi' } } },
      status: { phase: 'Bound', capacity: { storage: '1Gi' } },
    },
    signal,
  );
  await client.create(
    persistentVolumes,
    {
      metadata: { name: 'pv-1' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        claimRef: { name: 'data', namespace: 'default', uid: claim.metadata.uid },
        csi: { driver: fakeDriverName, volumeHandle: 'vol-1', fsType: 'xfs' },
      },
      status: { phase: 'Bound' },
    },
    signal,
  );
  await attach(client, epoch);
}

/** The VolumeAttachment of vol-1, as the attacher leaves it. */
export async function attach(client: KubeClient, epoch: number): Promise<void> {
  await client.create(
    volumeAttachments,
    {
      metadata: { name: attachmentName('vol-1', fakeDriverName, 'node-1') },
      spec: { attacher: fakeDriverName, nodeName: 'node-1', source: { persistentVolumeName: 'pv-1' } },
      status: { attached: true, attachmentMetadata: { epoch: String(epoch), devicePath: '' } },
    },
    signal,
  );
}

/** Resolves when the API has no such object any more. */
export async function waitForGone<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  at: { namespace?: string; name: string },
): Promise<void> {
  const isGone = (): Promise<boolean> =>
    client.get(resource, at, signal).then(
      () => false,
      () => true,
    );
  await until(isGone, `${at.name} to be gone`);
}
