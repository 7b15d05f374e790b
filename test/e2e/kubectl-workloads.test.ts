// Do kubectl 1.34 and 1.35 do on a cluster what needs more than objects? Files in and out, attaching, rollouts and back.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kubectl, kubectlWith } from '../fixtures/kubectl.ts';
import { poll, runningCluster } from './running-cluster.ts';

const versions = ['1.34', '1.35'] as const;
const world = runningCluster({
  namespaces: versions.map((version) => `v${version.replace('.', '-')}`),
  upOptions: ['--pool-size', '1Gi'],
});

describe.each(versions)('kubectl %s', (version) => {
  const namespace = `v${version.replace('.', '-')}`;
  let kubectl: Kubectl;
  let work: string;

  beforeAll(async () => {
    kubectl = await kubectlWith(world.cluster.kubeconfig, version);
    work = await mkdtemp(join(tmpdir(), 'amarre-kubectl-'));
    await out(['wait', '--for=create', 'serviceaccount/default', '--timeout=60s']);
  });
  afterAll(async () => {
    await kubectl.dispose();
    await rm(work, { recursive: true, force: true });
  });

  /** Standard output of a command that must succeed. */
  async function out(args: string[], input?: string): Promise<string> {
    const options = { timeoutMs: 90_000, ...(input !== undefined && { input }) };
    const { code, stdout, stderr } = await kubectl(['--namespace', namespace, ...args], options);
    expect(code, stderr).toBe(0);
    return stdout;
  }

  const container = (script: string): object => ({
    name: 'main',
    image: 'amarre.io/host',
    command: ['bash', '-c', script],
    volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
  });
  const podSpec = (script: string): object => ({
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 0,
    volumes: [{ name: 'shared', emptyDir: {} }],
    containers: [container(script)],
  });

  test('cp -> a folder in and a file out, byte for byte', async () => {
    const spec = { ...podSpec('sleep 1000'), restartPolicy: 'Never' };
    await out(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'files' }, spec }),
    );
    await out(['wait', '--for=condition=Ready', 'pod/files', '--timeout=60s']);
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) % 256));
    const [source, target] = [join(work, 'in'), join(work, 'out')];
    await writeFile(source, bytes);
    await out(['cp', source, 'files:/shared/in']);
    expect(await out(['exec', 'files', '--', 'stat', '-c', '%s', '/shared/in'])).toBe('300000\n');
    await out(['cp', 'files:/shared/in', target]);
    expect((await readFile(target)).equals(bytes)).toBe(true);
    const missing = await kubectl(['--namespace', namespace, 'exec', 'files', '--', 'tar', 'cf', '-', '/shared/none']);
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('No such file') as string });
  });

  test('attach -> what the container says from now on, until it ends; logs -f ends with it too', async () => {
    const script = 'until [ -e /shared/go ]; do echo waiting; sleep 0.05; done; echo last';
    const spec = { ...podSpec(script), restartPolicy: 'Never' };
    await out(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'says' }, spec }),
    );
    await out(['wait', '--for=condition=Ready', 'pod/says', '--timeout=60s']);
    const attached = kubectl.follow(['--namespace', namespace, 'attach', 'says']);
    const followed = out(['logs', '-f', 'says']);
    await poll('what it says to be seen', async () => attached.printed().includes('waiting'));
    await out(['exec', 'says', '--', 'touch', '/shared/go']);
    expect(await followed).toMatch(/^(waiting\n)+last\n$/);
    expect(await attached.ended).toMatch(/^(waiting\n)+last\n$/);
    const late = await kubectl(['--namespace', namespace, 'attach', 'says']);
    expect(late).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot attach a container in a completed pod') as string,
    });
  });

  test('run -i -> what is typed goes to the pod, what it says comes back, and with --rm nothing stays', async () => {
    const args = ['run', 'asks', '-i', '--rm', '--restart=Never', '--image=amarre.io/host', '--command', '--'];
    const script = 'while read -r line; do echo "got $line"; done; echo over';
    const said = await out([...args, 'bash', '-c', script], 'one\ntwo\n');
    expect(said).toMatch(/^got one\ngot two\nover\npod "asks" deleted/);
    expect(await kubectl(['--namespace', namespace, 'get', 'pod', 'asks'])).toMatchObject({ code: 1 });
  });

  test('debug --target -> the ephemeral container is among the processes of the other', async () => {
    await out(
      ['create', '-f', '-'],
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'looked-at' },
        spec: podSpec('exec sleep 4321'),
      }),
    );
    await out(['wait', '--for=condition=Ready', 'pod/looked-at', '--timeout=60s']);
    const look = 'tr "\\0" " " < /proc/2/cmdline; echo';
    const args = ['debug', 'looked-at', '--image=amarre.io/host', '--container=look', '--target=main'];
    await out([...args, '--', 'bash', '-c', look]);
    await poll('what it sees', async () => {
      const { stdout } = await kubectl(['--namespace', namespace, 'logs', 'looked-at', '-c', 'look']);
      return stdout.includes('sleep 4321');
    });
  });

  test('rollout of a stateful set -> waited for, restarted, undone, with its history', async () => {
    const meta = { name: 'web' };
    const labels = { app: 'web' };
    const template = { metadata: { labels }, spec: podSpec('sleep 1000') };
    const spec = { serviceName: 'web', replicas: 2, selector: { matchLabels: labels }, template };
    await out(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: meta, spec }),
    );
    const complete = /(?:partitioned roll out|statefulset rolling update) complete/;
    const status = (): Promise<string> => out(['rollout', 'status', 'statefulset/web', '--timeout=60s']);
    expect(await status()).toMatch(complete);
    await out(['set', 'env', 'statefulset/web', 'COLOUR=blue']);
    expect(await status()).toMatch(complete);
    const colour = (): Promise<string> => out(['exec', 'web-0', '--', 'bash', '-c', 'echo "${COLOUR:-none}"']);
    expect(await colour()).toBe('blue\n');
    expect(await out(['rollout', 'history', 'statefulset/web'])).toMatch(
      /REVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>\n/,
    );
    expect(await out(['rollout', 'undo', 'statefulset/web'])).toBe('statefulset.apps/web rolled back\n');
    expect(await status()).toMatch(complete);
    expect(await colour()).toBe('none\n');
    const uid = (): Promise<string> => out(['get', 'pod', 'web-1', '-o', 'jsonpath={.metadata.uid}']);
    const before = await uid();
    expect(await out(['rollout', 'restart', 'statefulset/web'])).toBe('statefulset.apps/web restarted\n');
    expect(await status()).toMatch(complete);
    expect(await uid()).not.toBe(before);
  });
});
