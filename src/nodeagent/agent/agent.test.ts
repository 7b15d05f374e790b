import { mkdir, readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { StatusError } from '../../apimachinery/status-error.ts';
import {
  coreEvents,
  csiNodes,
  leases,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  secrets,
  volumeAttachments,
} from '../../apis/resources.ts';
import { readMounts } from '../../base/mountinfo.ts';
import { systemClock } from '../../base/system-clock.ts';
import {
  type AgentFixture,
  agentFixture,
  attach,
  attachedClaim,
  scriptPod,
  waitForGone,
} from '../testing/agent-fixture.ts';
import { fakeDriverName } from '../testing/fake-csi-node.ts';
import { until, whyNotPrivileged } from '../testing/node-fixture.ts';
import { attachmentName } from '../volumes/paths.ts';

const reason = await whyNotPrivileged();
if (reason) process.stderr.write(`skipped: agent with real pods: ${reason}\n`);

const { signal } = new AbortController();
let fixture: AgentFixture;

beforeEach(async () => {
  fixture = await agentFixture();
  await fixture.node.start();
  fixture.startAgent();
});
afterEach(() => fixture.dispose());

const isReady = (pod: { status?: { conditions?: { type: string; status: string }[] } }): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

const dataVolume = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] };
const dataMount = { volumeMounts: [{ name: 'data', mountPath: '/var/lib/app' }] };
const at = { namespace: 'default', name: 'web-0' };

async function getText(path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: '127.0.0.1', port: fixture.config.kubeletPort, path, ...fixture.admin, agent: false },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

describe.skipIf(reason)('agent with real pods', () => {
  test('a node that starts -> Node Ready with boot ID and topology, Lease renewed, CSINode written', async () => {
    await until(async () => isReady(await fixture.client.get(nodes, { name: 'node-1' }, signal).catch(() => ({}))));
    await until(async () => (await fixture.client.list(csiNodes, {}, signal)).items.length === 1);
    await until(
      async () =>
        (await fixture.client.get(nodes, { name: 'node-1' }, signal)).metadata.labels?.['topology.fake/pool'] ===
        'local',
    );
    const node = await fixture.client.get(nodes, { name: 'node-1' }, signal);
    const { bootID } = await fixture.node.client.info(signal);
    expect(node.status).toMatchObject({
      nodeInfo: { bootID, kubeletVersion: 'v1.36.0-amarre.0.1.0' },
      daemonEndpoints: { kubeletEndpoint: { Port: fixture.config.kubeletPort } },
    });
    expect(node.metadata.labels).toMatchObject({
      'kubernetes.io/hostname': 'node-1',
      'topology.kubernetes.io/zone': 'zone-a',
    });
    expect(node.metadata.annotations?.['amarre.io/dead-man-ms']).toBeUndefined();
    const first = await fixture.client.get(leases, { namespace: 'kube-node-lease', name: 'node-1' }, signal);
    await until(
      async () =>
        (await fixture.client.get(leases, { namespace: 'kube-node-lease', name: 'node-1' }, signal)).spec?.renewTime !==
        first.spec?.renewTime,
    );
  });

  test('a pod with a claim -> mounted, started, ready; deleted -> stopped, unmounted, out of volumesInUse, gone', async () => {
    await attachedClaim(fixture.client, 1);
    await fixture.client.create(
      pods,
      scriptPod('echo alive >> /var/lib/app/log; trap "exit 0" TERM; while :; do sleep 0.05; done', {
        spec: dataVolume,
        container: dataMount,
      }),
      signal,
    );
    const pod = await fixture.waitForPod(isReady);
    expect(pod.status).toMatchObject({ phase: 'Running', podIP: '127.0.0.1', hostIP: '127.0.0.1' });
    expect(pod.status?.containerStatuses).toMatchObject([
      { name: 'main', ready: true, started: true, restartCount: 0, containerID: expect.stringMatching(/^amarre:\/\//) },
    ]);
    await until(
      async () => (await readFile(join(fixture.node.dir, 'volumes/vol-1/log'), 'utf8').catch(() => '')) === 'alive\n',
    );
    expect((await fixture.client.get(nodes, { name: 'node-1' }, signal)).status?.volumesInUse).toEqual([
      `kubernetes.io/csi/${fakeDriverName}^vol-1`,
    ]);

    await fixture.client.delete(pods, { at, gracePeriodSeconds: 5 }, signal);
    await waitForGone(fixture.client, pods, at);
    await until(
      async () =>
        ((await fixture.client.get(nodes, { name: 'node-1' }, signal)).status?.volumesInUse ?? []).length === 0,
    );
    expect(fixture.csi.calls).toEqual(['stage vol-1', 'publish vol-1', 'unpublish vol-1', 'unstage vol-1']);
    await until(async () => !(await readMounts()).some(({ mountPoint }) => mountPoint.startsWith(fixture.node.dir)));
    const reasons = (await fixture.client.list(coreEvents, {}, signal)).items.map((event) => event.reason);
    expect(reasons).toEqual(expect.arrayContaining(['Created', 'Started', 'Killing']));
  });

  test('a deleted pod that a finalizer keeps -> stopped, the node goes on; the finalizer goes -> gone', async () => {
    const { client } = fixture;
    const pod = scriptPod('trap "exit 0" TERM; while :; do sleep 0.05; done');
    await client.create(pods, { ...pod, metadata: { ...pod.metadata, finalizers: ['example.com/keep'] } }, signal);
    await until(async () => isReady(await client.get(pods, at, signal)));
    await client.delete(pods, { at }, signal);
    await until(async () => (await client.get(pods, at, signal)).metadata.deletionGracePeriodSeconds === 0);
    const renewed = async (): Promise<string | undefined> =>
      (await client.get(leases, { namespace: 'kube-node-lease', name: 'node-1' }, signal)).spec?.renewTime;
    const first = await renewed();
    await until(async () => (await renewed()) !== first);
    await client.patch(pods, { at, body: { metadata: { finalizers: null } } }, signal);
    await waitForGone(client, pods, at);
  });

  test('the API refuses what the agent says of a pod -> it warns, goes on with the pod, and says it again later', async () => {
    let refused = 0;
    fixture.api.beforeWrite = (write) => {
      if (!write.endsWith('/pods/web-0/status')) return;
      refused += 1;
      throw new StatusError('Invalid', 'Pod "web-0" is invalid: status: not now');
    };
    await fixture.client.create(pods, scriptPod('echo up; sleep 1000'), signal);
    const started = async (): Promise<boolean> =>
      (await fixture.node.client.list(signal)).some(({ state }) => state === 'running');
    await until(async () => refused > 2 && (await started()));
    expect(fixture.warnings).toContain('the API refused the status of a pod');
    expect((await fixture.pod()).status?.containerStatuses).toBeUndefined();
    fixture.api.beforeWrite = () => {};
    await fixture.waitForPod(isReady);
  });

  test('a resize that no node could hold -> pending, with what the containers have; a smaller one -> done', async () => {
    const asks = (cpu: string) => ({ resources: { requests: { cpu } } });
    const script = 'sleep 1000';
    await fixture.client.create(pods, scriptPod(script, { container: asks('10m') }), signal);
    await fixture.waitForPod(isReady);
    const resize = async (cpu: string): Promise<void> => {
      const { containers = [] } = (await fixture.pod()).spec ?? {};
      const body = { spec: { containers: containers.map((each) => ({ ...each, ...asks(cpu) })) } };
      await fixture.client.patch(pods, { at, body }, signal);
    };
    const pending = (pod: Awaited<ReturnType<typeof fixture.pod>>) =>
      pod.status?.conditions?.find(({ type }) => type === 'PodResizePending');
    await resize('1000');
    const refused = await fixture.waitForPod((pod) => pending(pod) !== undefined);
    expect(pending(refused)).toMatchObject({
      reason: 'Infeasible',
      message: expect.stringMatching(/^Node didn't have enough capacity: cpu, requested: 1000000, capacity: \d+$/),
    });
    expect(refused.status?.containerStatuses?.[0]?.resources).toEqual({ requests: { cpu: '10m' } });
    await resize('20m');
    const done = await fixture.waitForPod(
      (pod) => pod.status?.containerStatuses?.[0]?.resources?.requests?.['cpu'] === '20m',
    );
    expect(pending(done)).toBeUndefined();
    expect(done.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  test('the agent dies and comes back -> the same containers, no restart, no call to the driver', async () => {
    await attachedClaim(fixture.client, 1);
    await fixture.client.create(
      pods,
      scriptPod('while :; do sleep 0.05; done', {
        spec: dataVolume,
        container: { ...dataMount, readinessProbe: { exec: { command: ['true'] }, periodSeconds: 1 } },
      }),
      signal,
    );
    const before = await fixture.waitForPod(isReady);
    const calls = [...fixture.csi.calls];
    await fixture.stopAgent();
    const writes = fixture.api.writes.length;
    fixture.startAgent();
    await until(async () => fixture.api.writes.slice(writes).some((write) => write.includes('leases')));
    await systemClock.sleep(500, signal);
    const after = await fixture.pod();
    expect(after.status?.containerStatuses?.[0]?.containerID).toBe(before.status?.containerStatuses?.[0]?.containerID);
    expect(after.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: true });
    expect(fixture.csi.calls).toEqual(calls);
    expect(fixture.api.writes.slice(writes).filter((write) => write.includes('pods/web-0'))).toEqual([]);
  });

  test('the pod vanishes while the agent is away -> killed and unmounted when it is back', async () => {
    await attachedClaim(fixture.client, 1);
    await fixture.client.create(
      pods,
      scriptPod('trap "" TERM; while :; do sleep 0.05; done', { spec: dataVolume, container: dataMount }),
      signal,
    );
    await fixture.waitForPod(isReady);
    await fixture.stopAgent();
    await fixture.client.delete(pods, { at, gracePeriodSeconds: 0 }, signal);
    await fixture.client.delete(
      volumeAttachments,
      { at: { name: attachmentName('vol-1', fakeDriverName, 'node-1') } },
      signal,
    );
    fixture.startAgent();
    await until(async () => (await fixture.node.client.list(signal)).length === 0);
    await until(async () => fixture.csi.calls.at(-1) === 'unstage vol-1');
  });

  test('a new attachment epoch under a running pod -> killed, unmounted, mounted again', async () => {
    await attachedClaim(fixture.client, 1);
    await fixture.client.create(
      pods,
      scriptPod('while :; do sleep 0.05; done', { spec: dataVolume, container: dataMount }),
      signal,
    );
    await fixture.waitForPod(isReady);
    await fixture.client.delete(
      volumeAttachments,
      { at: { name: attachmentName('vol-1', fakeDriverName, 'node-1') } },
      signal,
    );
    await attach(fixture.client, 2);
    await fixture.waitForPod((pod) => pod.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(pod));
    expect(fixture.csi.calls).toEqual([
      'stage vol-1',
      'publish vol-1',
      'unpublish vol-1',
      'unstage vol-1',
      'stage vol-1',
      'publish vol-1',
    ]);
  });

  test('the claim asks the node to grow -> NodeExpand, then capacity and no pending status', async () => {
    await attachedClaim(fixture.client, 1);
    await fixture.client.create(
      pods,
      scriptPod('while :; do sleep 0.05; done', { spec: dataVolume, container: dataMount }),
      signal,
    );
    await fixture.waitForPod(isReady);
    await fixture.client.patch(
      persistentVolumes,
      { at: { name: 'pv-1' }, body: { spec: { capacity: { storage: '2Gi' } } } },
      signal,
    );
    const status = {
      allocatedResourceStatuses: { storage: 'NodeResizePending' },
      conditions: [{ type: 'FileSystemResizePending', status: 'True' }],
      phase: 'Bound',
      capacity: { storage: '1Gi' },
    };
    const claimAt = { namespace: 'default', name: 'data' };
    await fixture.client.patch(
      persistentVolumeClaims,
      { at: claimAt, subresource: 'status', body: { status } },
      signal,
    );
    await until(
      async () =>
        (await fixture.client.get(persistentVolumeClaims, claimAt, signal)).status?.capacity?.['storage'] === '2Gi',
    );
    const grown = await fixture.client.get(persistentVolumeClaims, claimAt, signal);
    expect(grown.status?.allocatedResourceStatuses?.['storage']).toBeUndefined();
    expect(grown.status?.conditions ?? []).toEqual([]);
    expect(fixture.csi.calls).toContain(`expand vol-1 ${2 ** 31}`);
  });

  test('init containers, secrets, config and probes -> run in order; logs, exec and statistics are served', async () => {
    await fixture.client.create(
      secrets,
      { metadata: { name: 's', namespace: 'default' }, data: { password: Buffer.from('hunter2').toString('base64') } },
      signal,
    );
    const spec = {
      initContainers: [
        {
          name: 'init',
          image: 'amarre.io/host',
          command: ['sh', '-c', 'echo from-init > /shared/file'],
          volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
        },
      ],
      volumes: [
        { name: 'shared', emptyDir: {} },
        { name: 'keys', secret: { secretName: 's' } },
      ],
    };
    const container = {
      env: [
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 's', key: 'password' } } },
        { name: 'GREETING', value: 'hi $(PASSWORD)' },
      ],
      volumeMounts: [
        { name: 'shared', mountPath: '/shared', subPath: '' },
        { name: 'keys', mountPath: '/keys' },
      ],
      readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 },
    };
    await fixture.client.create(
      pods,
      scriptPod('cat /shared/file /keys/password; echo; echo "$GREETING"; sleep 0.3; touch /tmp/ready; sleep 1000', {
        spec,
        container,
      }),
      signal,
    );
    await fixture.waitForPod((pod) => pod.status?.phase === 'Running' && !isReady(pod));
    await fixture.waitForPod(isReady);
    const logs = await getText('/containerLogs/default/web-0/main?tailLines=2');
    expect(logs).toEqual({ status: 200, text: 'hunter2\nhi hunter2\n' });
    const stats = JSON.parse((await getText('/stats/summary')).text) as { pods: { podRef: { name: string } }[] };
    expect(stats.pods.map((pod) => pod.podRef.name)).toEqual(['web-0']);

    const socket = new WebSocket(
      `wss://127.0.0.1:${fixture.config.kubeletPort}/exec/default/web-0/main?command=sh&command=-c&command=${encodeURIComponent('cat; echo err >&2; exit 4')}&input=1&output=1&error=1`,
      ['v5.channel.k8s.io'],
      fixture.admin,
    );
    const frames = new Map<number, string>();
    socket.on('message', (data: Buffer) =>
      frames.set(data[0] ?? -1, (frames.get(data[0] ?? -1) ?? '') + data.subarray(1).toString()),
    );
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send(Buffer.from('\0input'));
    socket.send(Buffer.from([255, 0]));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(frames.get(1)).toBe('input');
    expect(frames.get(2)).toBe('err\n');
    expect(JSON.parse(frames.get(3) ?? '{}')).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '4' }] },
    });
  });

  test('a sandbox that cannot be made -> CreateContainerError, and tried again until it can', async () => {
    const folder = join(fixture.node.dir, 'late');
    await mkdir(folder);
    await fixture.client.create(
      pods,
      scriptPod('sleep 1000', {
        spec: { volumes: [{ name: 'late', hostPath: { path: folder } }] },
        container: { workingDir: '/late/work', volumeMounts: [{ name: 'late', mountPath: '/late' }] },
      }),
      signal,
    );
    await fixture.waitForPod(
      (pod) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerError',
    );
    await mkdir(join(folder, 'work'));
    const pod = await fixture.waitForPod(isReady);
    expect(pod.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, state: { running: {} } });
  });

  test('a container that fails -> first restart at once, then CrashLoopBackOff with the kubelet message', async () => {
    await fixture.client.create(pods, scriptPod('exit 3'), signal);
    const pod = await fixture.waitForPod(
      (one) => one.status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
    );
    const [status] = pod.status?.containerStatuses ?? [];
    expect(status).toMatchObject({ restartCount: 1, lastState: { terminated: { exitCode: 3, reason: 'Error' } } });
    expect(status?.state?.waiting?.message).toMatch(
      /^back-off 10s restarting failed container=main pod=web-0_default\(/,
    );
  });

  test('a missing secret and another image -> waiting reasons of the kubelet', async () => {
    await fixture.client.create(
      pods,
      scriptPod('true', {
        name: 'a',
        container: { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'none', key: 'k' } } }] },
      }),
      signal,
    );
    await fixture.client.create(pods, scriptPod('true', { name: 'b', container: { image: 'nginx' } }), signal);
    const waiting =
      (reasonWanted: string) =>
      (
        pod: Parameters<typeof isReady>[0] & {
          status?: { containerStatuses?: { state?: { waiting?: { reason?: string } } }[] };
        },
      ) =>
        pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === reasonWanted;
    await fixture.waitForPod(waiting('CreateContainerConfigError'), 'a');
    await fixture.waitForPod(waiting('ErrImageNeverPull'), 'b');
  });

  test('a job-like pod -> Succeeded, its volumes are released, and nothing starts again', async () => {
    await attachedClaim(fixture.client, 1);
    await fixture.client.create(
      pods,
      scriptPod('true', { spec: { ...dataVolume, restartPolicy: 'Never' }, container: dataMount }),
      signal,
    );
    await fixture.waitForPod((pod) => pod.status?.phase === 'Succeeded');
    await until(async () => fixture.csi.calls.at(-1) === 'unstage vol-1');
  });
});
