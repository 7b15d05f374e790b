// What becomes of a node that can't reach the API, while its pods write on? Proven fenced, failed over, and taken back.

import { expect, test } from 'vitest';
import { fenceProofs } from '../../src/apis/amarre/types.ts';
import type { Pod } from '../../src/apis/core/generated/v1.ts';
import { namespaces, nodes, pods, statefulSets, storageClasses } from '../../src/apis/resources.ts';
import { readinessOf } from '../../src/apis/storage/attachments.ts';
import type { Client } from '../../src/client/types.ts';
import { withCluster } from './demo-run.ts';
import { poll } from './running-cluster.ts';

const namespace = 'partition';
const { signal } = new AbortController();

/** Writes a line, makes it durable, and only then says so in a file that readers of the volume see. */
const script = 'while :; do echo "$HOSTNAME $$" >> /data/lines; sync /data/lines; sleep 0.1; done';

const workload = {
  metadata: { name: 'web', namespace },
  spec: {
    serviceName: 'web',
    replicas: 1,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: 'main',
            image: 'amarre.io/host',
            command: ['/bin/sh', '-c', script],
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
            readinessProbe: { exec: { command: ['test', '-s', '/data/lines'] }, periodSeconds: 1 },
          },
        ],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data', uid: '', resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'local',
          resources: { requests: { storage: '320Mi' } },
        },
      },
    ],
  },
};

async function prepare(client: Client): Promise<void> {
  const local = { provisioner: 'local.csi.amarre.io', volumeBindingMode: 'WaitForFirstConsumer' };
  await client.create(storageClasses, { metadata: { name: 'local' }, ...local }, signal);
  await client.create(namespaces, { metadata: { name: namespace } }, signal);
  await client.create(statefulSets, workload, signal);
}

/** The pod `web-0` once it is Ready and not `other`. */
async function readyPod(client: Client, other?: Pod): Promise<Pod> {
  let found: Pod | undefined;
  await poll('web-0 to be Ready', async (bounded) => {
    const { items } = await client.list(pods, { namespace }, bounded);
    found = items.find(
      ({ metadata, status }) =>
        metadata.uid !== other?.metadata.uid &&
        status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
    );
    return found !== undefined;
  });
  return found as Pod;
}

async function linesIn(client: Client): Promise<string[]> {
  const command = ['cat', '/data/lines'];
  const { stdout } = await client.exec({ namespace, podName: 'web-0', container: 'main', command }, signal);
  return stdout.split('\n').filter(Boolean);
}

test('a node that can not reach the API -> proven fenced, its pod goes on elsewhere with its data, and heal brings it back', async () => {
  await withCluster({}, async (cluster) => {
    await cluster.start(signal);
    const client = await cluster.connect();
    try {
      await prepare(client);
      const before = await readyPod(client);
      const node = before.spec?.nodeName ?? '';
      const known = await linesIn(client);
      expect(known.length).toBeGreaterThan(0);
      expect((await cluster.containerProcesses(node)).length).toBeGreaterThan(0);

      await cluster.fault('partition', node, signal);
      const after = await readyPod(client, before);
      expect(after.spec?.nodeName).not.toBe(node);
      const { items: proofs } = await client.list(fenceProofs, {}, signal);
      expect(proofs.map(({ spec }) => ({ nodeName: spec.nodeName, cause: spec.cause }))).toEqual([
        { nodeName: node, cause: 'NodeUnresponsive' },
      ]);
      expect(proofs[0]?.spec.podUIDs).toEqual([before.metadata.uid]);
      process.stdout.write(`  partition of ${node}: proof ${proofs[0]?.spec.class}\n`);
      // What was durable before the partition is there; the writer goes on behind it.
      expect((await linesIn(client)).slice(0, known.length)).toEqual(known);
      expect(readinessOf(await client.get(nodes, { name: node }, signal))).toBe('Unknown');

      await cluster.fault('heal', node, signal);
      await poll(`${node} to be Ready`, async (bounded) => {
        const found = await client.get(nodes, { name: node }, bounded);
        return readinessOf(found) === 'True';
      });
      await poll(`the old writer to be gone from ${node}`, async () => {
        return (await cluster.containerProcesses(node)).length === 0;
      });
      const still = await client.get(pods, { namespace, name: 'web-0' }, signal);
      expect(still.metadata.uid).toBe(after.metadata.uid);
    } finally {
      client.close();
    }
  });
}, 300_000);
