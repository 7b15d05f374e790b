// What does the doctor say of disks that fail, drivers that hang and nodes that die? Each fault is made on a running cluster of
// two nodes: files, mounts and processes are what is broken.

import { execFile } from 'node:child_process';
import { copyFile, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/base/system-clock.ts';
import { claim, container, handmade, namespace, pod, set } from './doctor-objects.ts';
import { doctorRun, type Found, type Reproduction } from './doctor-run.ts';
import { ForeignDriver } from './foreign-driver.ts';
import { poll } from './running-cluster.ts';

const execute = promisify(execFile);
const world = doctorRun({ namespaces: [namespace], nodes: 2, upOptions: ['--pool-size', '16Gi'] });
const { running, apply, examinedAt, paste, reproduce, run } = world;
const untilTheEnd = new AbortController();
let foreign: ForeignDriver;
let attacher: Promise<void> | undefined;

beforeAll(() => {
  foreign = new ForeignDriver('disk.example.com', running.client, untilTheEnd.signal);
  attacher = foreign.runAttacher();
});
afterAll(async () => {
  untilTheEnd.abort();
  await attacher?.catch(() => {});
});

/** Empty where there is no such object yet. */
const field = (kind: string, name: string, path: string): Promise<string> =>
  run('get', kind, name, '-n', namespace, '--ignore-not-found', '-o', `jsonpath={${path}}`);

const volumeOf = (claimName: string): Promise<string> => field('pvc', claimName, '.spec.volumeName');

function untilPhase(kind: 'pod' | 'pvc', name: string, phase: string): Promise<void> {
  return poll(`${kind} ${name} to be ${phase}`, async () => (await field(kind, name, '.status.phase')) === phase);
}

async function untilReady(name: string): Promise<void> {
  await run('wait', '--for=create', `pod/${name}`, '-n', namespace, '--timeout=15s');
  await poll(
    `pod ${name} to be ready`,
    async () => (await field('pod', name, '.status.containerStatuses[0].ready')) === 'true',
  );
}

const pasted =
  (title: string): Reproduction['mend'] =>
  async (found: Found) =>
    void (await paste(found, title));

/** A process of the cluster, by its name and node. */
async function processOf(name: string, node?: string): Promise<number> {
  const { components } = await running.cluster.facts(running.signal);
  const found = components.find((each) => each.name === name && (node === undefined || each.node === node));
  if (!found?.pid) throw new Error(`${name} does not run`);
  return found.pid;
}

/** Shuts the volume's file system down as an I/O error does, in the mount namespace of its node. */
async function shutDown(podName: string, volumeName: string): Promise<void> {
  const supervisor = await processOf('supervisor', await field('pod', podName, '.spec.nodeName'));
  const mounts = await readFile(`/proc/${supervisor}/mountinfo`, 'utf8');
  const mount = mounts.split('\n').find((line) => line.includes(volumeName));
  await execute('nsenter', [
    '-t',
    String(supervisor),
    '-m',
    'xfs_io',
    '-x',
    '-c',
    'shutdown',
    mount?.split(' ')[4] ?? '',
  ]);
}

/** The file behind a volume, of its newest generation. */
async function imageOf(volumeName: string): Promise<string> {
  const folder = join(running.cluster.poolDir, 'volumes');
  const images = (await readdir(folder)).filter((name) => name.startsWith(volumeName) && name.endsWith('.img'));
  return join(folder, images.toSorted().at(-1) ?? '');
}

const onNode = (name: string) => ({ nodeSelector: { 'kubernetes.io/hostname': name } });
const says = (script: string) => container(script, { terminationMessagePolicy: 'FallbackToLogsOnError' });
const saysReady = (answer: string) =>
  container('exec sleep 600', { readinessProbe: { exec: { command: [answer] }, periodSeconds: 1 } });

const ofDisks: Reproduction[] = [
  {
    finds: 'C01 PersistentVolumeClaim shop/full',
    cause: () =>
      apply(
        claim('full', 'immediate'),
        pod('full', 'full', { containers: [container('head -c 1G /dev/zero > /data/fill; sync; exec sleep 600')] }),
      ),
    mend: pasted('Grow the claim'),
  },
  {
    async finds() {
      return `M04 PersistentVolume ${await volumeOf('reformatted')}`;
    },
    async cause() {
      await apply(claim('reformatted', 'immediate'));
      await untilPhase('pvc', 'reformatted', 'Bound');
      const image = await imageOf(await volumeOf('reformatted'));
      await copyFile(image, join(running.cluster.dataDir, 'as-it-was'));
      await execute('mkfs.ext4', ['-F', '-q', image]);
      await apply(pod('reformatted', 'reformatted'));
    },
    // An expert puts back what was on the disk, on the disk itself: the driver looks again.
    async mend() {
      const image = await imageOf(await volumeOf('reformatted'));
      await execute('dd', [`if=${join(running.cluster.dataDir, 'as-it-was')}`, `of=${image}`, 'bs=1M', 'conv=notrunc']);
    },
  },
  {
    finds: 'M08 Pod shop/linked-0',
    cause: () =>
      apply(
        set('linked', {
          initContainers: [container('[ -e /data/config ] || ln -s /etc /data/config', { name: 'link' })],
          containers: [
            container('exec sleep 600', { volumeMounts: [{ name: 'data', mountPath: '/config', subPath: 'config' }] }),
          ],
        }),
      ),
    async mend(found) {
      const nodeName = await field('pod', 'linked-0', '.spec.nodeName');
      const repair = container('rm /data/config; mkdir -p /data/config; exec sleep 600');
      await apply(pod('repair', 'data-linked-0', { nodeName, containers: [repair] }));
      await untilPhase('pod', 'repair', 'Running');
      await paste(found, 'Make the pod again');
    },
  },
  {
    finds: 'M09 Pod shop/denied-0',
    async cause() {
      // The driver is announced with its first volume.
      await apply(claim('first', 'immediate'));
      await untilPhase('pvc', 'first', 'Bound');
      await run('patch', 'csidriver', 'local.csi.amarre.io', '-p', '{"spec":{"fsGroupPolicy":"None"}}');
      const securityContext = { runAsUser: 1000, fsGroup: 2000 };
      await apply(set('denied', { securityContext, containers: [says('echo x > /data/file && exec sleep 600')] }));
    },
    async mend(found) {
      await paste(found, 'Set the fsGroupPolicy of local.csi.amarre.io to File');
      await run('delete', 'pod', 'denied-0', '-n', namespace);
    },
  },
  {
    finds: 'M12 Pod shop/cut-off-0',
    async cause() {
      await apply(set('cut-off', { containers: [says('while echo x > /data/file; do sleep 0.2; done; exit 1')] }));
      await untilReady('cut-off-0');
      await shutDown('cut-off-0', await volumeOf('data-cut-off-0'));
    },
    mend: pasted('Make pod cut-off-0 anew'),
  },
  {
    finds: 'W04 StatefulSet shop/trapped',
    async cause() {
      await apply(set('trapped', { containers: [saysReady('false')] }));
      await run('wait', '--for=create', 'pod/trapped-0', '-n', namespace, '--timeout=15s');
      await untilPhase('pod', 'trapped-0', 'Running');
      await apply(set('trapped', { containers: [saysReady('true')] }));
    },
    mend: pasted('Delete pod trapped-0'),
  },
  {
    finds: 'S01 Pod shop/shut-out',
    // A disk that only one node reaches, and that node takes no pods.
    async cause() {
      const here = { key: 'kubernetes.io/hostname', operator: 'In', values: ['node-2'] };
      const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } };
      await apply(
        handmade('shut-out', { driver: foreign.name }, { nodeAffinity }),
        claim('shut-out', 'by-hand', { volumeName: 'shut-out' }),
      );
      await untilPhase('pvc', 'shut-out', 'Bound');
      await run('cordon', 'node-2');
      await apply(pod('shut-out', 'shut-out'));
    },
    async mend(found) {
      await paste(found, 'Let node-2 take pods again');
      await poll(
        'the pod to have its node',
        async () => (await field('pod', 'shut-out', '.spec.nodeName')) === 'node-2',
      );
      await run('delete', 'pod', 'shut-out', '-n', namespace);
    },
  },
];

test('disks that fail, and what stands on them -> found, and gone once mended', () => reproduce(ofDisks));

test("a driver's processes that hang -> found at the volume, the attachment and the claim, and gone when they go on", async () => {
  await apply(
    claim('doomed', 'immediate'),
    claim('held', 'immediate'),
    pod('holder', 'held', onNode('node-1')),
    claim('growing', 'immediate'),
    pod('grower', 'growing', onNode('node-1')),
  );
  await untilPhase('pvc', 'doomed', 'Bound');
  for (const name of ['holder', 'grower']) await untilPhase('pod', name, 'Running');
  const [doomed, held] = [await volumeOf('doomed'), await volumeOf('held')];
  const attachments = await run(
    'get',
    'volumeattachments',
    '-o',
    'jsonpath={range .items[*]}{.spec.source.persistentVolumeName} {.metadata.name}{"\\n"}{end}',
  );
  const ofHeld =
    attachments
      .split('\n')
      .find((line) => line.startsWith(held))
      ?.split(' ')[1] ?? '';
  const [controller, node] = [await processOf('csi-controller'), await processOf('csi-node', 'node-1')];
  const proceed = (pid: number) => async (): Promise<void> => void process.kill(pid, 'SIGCONT');
  try {
    await reproduce([
      {
        finds: 'E03 PersistentVolumeClaim shop/growing',
        async cause() {
          process.kill(node, 'SIGSTOP');
          const larger = '{"spec":{"resources":{"requests":{"storage":"400Mi"}}}}';
          await run('patch', 'pvc', 'growing', '-n', namespace, '-p', larger);
        },
        mend: proceed(node),
      },
    ]);
    await reproduce([
      {
        finds: `L02 PersistentVolume ${doomed}`,
        async cause() {
          process.kill(controller, 'SIGSTOP');
          await run('delete', 'pvc', 'doomed', '-n', namespace, '--wait=false');
        },
        mend: proceed(controller),
      },
      {
        finds: `A05 VolumeAttachment ${ofHeld}`,
        cause: async () => void (await run('delete', 'pod', 'holder', '-n', namespace)),
        mend: proceed(controller),
      },
    ]);
  } finally {
    await proceed(controller)();
    await proceed(node)();
  }
});

test('attachments of a driver that is not installed -> found, and served once it is', async () => {
  await reproduce([
    {
      finds: 'A03 CSINode node-1',
      async cause() {
        await apply(
          handmade('waiting', { driver: foreign.name }),
          claim('waiting', 'by-hand', { volumeName: 'waiting' }),
        );
        await foreign.wantAttached('waiting', 'node-1');
      },
      mend: () => foreign.register('node-1'),
    },
  ]);
});

test('a node without power -> found with what it holds, and gone when it is back', async () => {
  await foreign.register('node-2');
  await apply(
    handmade('carried', { driver: foreign.name }),
    claim('carried', 'by-hand', { volumeName: 'carried' }),
    pod('old', 'carried', { nodeName: 'node-2' }),
  );
  await untilPhase('pvc', 'carried', 'Bound');
  const name = await foreign.wantAttached('carried', 'node-2');
  await poll(
    'the volume to be attached',
    async () => (await field('volumeattachment', name, '.status.attached')) === 'true',
  );
  const back = (): Promise<void> => running.cluster.fault('heal', 'node-2', running.signal);
  await reproduce([
    {
      finds: 'A06 Node node-2',
      async cause() {
        await running.cluster.fault('kill', 'node-2', running.signal);
        await apply(pod('new', 'carried', { nodeName: 'node-1' }));
      },
      mend: back,
    },
    { finds: 'A01 PersistentVolume carried', cause: async () => {}, mend: async () => {} },
  ]);
});

test('a node that is taken out of the cluster -> found with its attachments and its local volumes', async () => {
  const here = { key: 'kubernetes.io/hostname', operator: 'In', values: ['node-2'] };
  const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } };
  await apply(
    handmade('settled', { driver: foreign.name }, { nodeAffinity }),
    claim('settled', 'by-hand', { volumeName: 'settled' }),
  );
  await untilPhase('pvc', 'settled', 'Bound');
  await running.cluster.fault('kill', 'node-2', running.signal);
  await run('delete', 'node', 'node-2');
  await apply(pod('homeless', 'settled'));
  await reproduce([{ finds: 'A04 Node node-2', cause: async () => {}, mend: pasted('Delete the attachment') }]);
  await reproduce(
    [
      {
        finds: 'S07 PersistentVolume settled',
        cause: async () => {},
        mend: () => running.cluster.fault('heal', 'node-2', running.signal),
      },
    ],
    { look: () => examinedAt(systemClock.now() + 600_000) },
  );
  expect(await run('get', 'nodes', '-o', 'name')).toContain('node-2');
});
