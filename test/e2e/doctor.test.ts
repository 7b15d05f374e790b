// What does the doctor say of faults of claims, classes, snapshots and workloads? Each is caused on a running cluster, found by
// the command and by the findings controller, mended as the finding says, and gone then. docs/reference/doctor-live.md lists them.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findings } from '../../src/apis/amarre/finding-types.ts';
import {
  absentDriver,
  claim,
  handmade,
  namespace,
  pod,
  set,
  snapshot,
  snapshotClass,
  snapshotKind,
  storageClass,
} from './doctor-objects.ts';
import { doctorRun, type Report, type Reproduction } from './doctor-run.ts';
import { applyAsTool } from './git-ops-tool.ts';
import { poll } from './running-cluster.ts';

const world = doctorRun({ namespaces: [namespace, 'small'], upOptions: ['--pool-size', '16Gi'] });
const { running, amarre, apply, paste, run } = world;

function untilPhase(kind: 'pod' | 'pvc', name: string, phase: string): Promise<void> {
  return poll(`${kind} ${name} to be ${phase}`, async () => (await statusOf(kind, name, 'phase')) === phase);
}

/** Empty where there is no such object yet. */
function statusOf(kind: string, name: string, field: string): Promise<string> {
  return run('get', kind, name, '-n', namespace, '--ignore-not-found', '-o', `jsonpath={.status.${field}}`);
}

const remove = (kind: string, name: string) => async (): Promise<void> => {
  await run('delete', kind, name, '-n', namespace, '--wait=false');
};

const pasted =
  (title: string): Reproduction['mend'] =>
  async (found) =>
    void (await paste(found, title));

const grow = (name: string, storage: string): Promise<string> =>
  run('patch', 'pvc', name, '-n', namespace, '-p', JSON.stringify({ spec: { resources: { requests: { storage } } } }));

const oldTool = (version: string) => ({
  apiVersion: `snapshot.storage.k8s.io/${version}`,
  kind: 'VolumeSnapshotClass',
  metadata: { name: 'of-the-old-tool' },
  driver: 'local.csi.amarre.io',
  deletionPolicy: 'Delete',
});
/** As the files of a tool have it. */
const shrinking = (storage: string) => claim('shrinking', 'immediate', { resources: { requests: { storage } } });

const reproductions: Reproduction[] = [
  {
    finds: 'P01 PersistentVolumeClaim shop/misspelt',
    cause: () => apply(claim('misspelt', 'fsat')),
    mend: () => apply(storageClass('fsat')),
  },
  {
    finds: 'P01 PersistentVolumeClaim shop/no-free-volume',
    cause: () => apply(claim('no-free-volume', '')),
    mend: remove('pvc', 'no-free-volume'),
  },
  {
    finds: 'P02 PersistentVolumeClaim shop/no-node',
    cause: () =>
      apply(claim('no-node', 'late'), pod('no-node', 'no-node', { nodeSelector: { disk: 'none-has-this' } })),
    mend: async () => void (await run('label', 'nodes', '--all', 'disk=none-has-this')),
  },
  {
    finds: 'P03 PersistentVolumeClaim shop/bypassed',
    cause: () => apply(claim('bypassed', 'late'), pod('bypassed', 'bypassed', { nodeName: 'node-1' })),
    mend: pasted('Delete the pod'),
  },
  {
    finds: 'P04 CSIDriver nobody.example.com',
    cause: () => apply(claim('nobody', 'nobody')),
    mend: remove('pvc', 'nobody'),
  },
  {
    finds: 'P05 PersistentVolumeClaim shop/too-special',
    cause: () => apply(storageClass('special', { parameters: { speed: 'high' } }), claim('too-special', 'special')),
    // Parameters of a class never change: it is made again without the one that the driver does not know.
    async mend() {
      await run('delete', 'storageclass', 'special');
      await apply(storageClass('special'));
    },
  },
  {
    finds: 'P06 StatefulSet small/capped',
    async cause() {
      const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'no-claims', namespace: 'small' } };
      await apply({ ...quota, spec: { hard: { persistentvolumeclaims: '0' } } });
      await poll('the quota to be counted', async () =>
        (await run('get', 'quota', 'no-claims', '-n', 'small', '-o', 'jsonpath={.status.hard}')).includes('"0"'),
      );
      const capped = set('capped');
      await apply({ ...capped, metadata: { ...capped.metadata, namespace: 'small' } });
    },
    mend: pasted('Raise persistentvolumeclaims of the quota to 1'),
  },
  {
    finds: 'P07 PersistentVolumeClaim shop/shared',
    cause: () =>
      apply(
        storageClass('blocks', { provisioner: 'ebs.csi.aws.com' }),
        claim('shared', 'blocks', { accessModes: ['ReadWriteMany'] }),
      ),
    mend: pasted('Delete the claim'),
  },
  {
    finds: 'P08 PersistentVolumeClaim shop/selected',
    cause: () => apply(claim('selected', 'nobody', { selector: { matchLabels: { disk: 'fast' } } })),
    mend: pasted('Delete the claim'),
  },
  {
    finds: 'P09 PersistentVolumeClaim shop/not-the-owner',
    cause: () => apply(handmade('owned', absentDriver), claim('not-the-owner', 'by-hand', { volumeName: 'owned' })),
    mend: remove('pvc', 'not-the-owner'),
  },
  {
    finds: 'P10 PersistentVolumeClaim shop/of-no-volume',
    cause: () => apply(claim('of-no-volume', 'by-hand', { volumeName: 'not-made' })),
    mend: pasted('Delete the claim'),
  },
  {
    finds: 'P12 PersistentVolumeClaim shop/copy-of-nothing',
    cause: () => apply(claim('copy-of-nothing', 'immediate', { dataSource: { ...snapshotKind, name: 'none' } })),
    mend: pasted('Delete the claim'),
  },
  {
    finds: 'P13 PersistentVolumeClaim shop/lost',
    async cause() {
      await apply(handmade('lost', absentDriver), claim('lost', 'by-hand', { volumeName: 'lost' }));
      await untilPhase('pvc', 'lost', 'Bound');
      await run('delete', 'pv', 'lost', '--wait=false');
      await run('patch', 'pv', 'lost', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    },
    // Its disk never was: there is nothing to make the volume again for.
    mend: remove('pvc', 'lost'),
  },
  {
    // Of two that are equally new, the first by name wins.
    finds: 'P14 StorageClass default-a',
    async cause() {
      const metadata = (name: string) => ({
        metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      });
      await apply(storageClass('', metadata('default-b')));
      await apply(storageClass('', metadata('default-a')));
    },
    mend: pasted('Keep default-a as the only default'),
  },
  {
    finds: 'S02 PersistentVolumeClaim shop/no-room',
    cause: () =>
      apply(
        storageClass('made-by-hand', {
          provisioner: 'kubernetes.io/no-provisioner',
          volumeBindingMode: 'WaitForFirstConsumer',
        }),
        claim('no-room', 'made-by-hand'),
        pod('no-room', 'no-room'),
      ),
    mend: () =>
      apply({
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'room' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          capacity: { storage: '1Gi' },
          storageClassName: 'made-by-hand',
          hostPath: { path: '/var/empty' },
        },
      }),
  },
  {
    finds: 'S05 Pod shop/second',
    async cause() {
      await apply(claim('single', 'immediate', { accessModes: ['ReadWriteOncePod'] }), pod('first', 'single'));
      await untilPhase('pod', 'first', 'Running');
      await apply(pod('second', 'single'));
    },
    mend: remove('pod', 'first'),
  },
  {
    finds: 'S06 Pod shop/without-claim',
    cause: () => apply(pod('without-claim', 'not-there')),
    mend: () => apply(claim('not-there', 'immediate')),
  },
  {
    finds: 'W01 PersistentVolumeClaim shop/two-writers',
    cause: () =>
      apply(claim('two-writers', 'immediate'), pod('writer-a', 'two-writers'), pod('writer-b', 'two-writers')),
    mend: remove('pod', 'writer-b'),
  },
  {
    finds: 'M02 CSINode node-1',
    cause: () =>
      apply(
        handmade('unplugged', absentDriver),
        claim('unplugged', 'by-hand', { volumeName: 'unplugged' }),
        pod('unplugged', 'unplugged'),
      ),
    mend: remove('pod', 'unplugged'),
  },
  {
    finds: 'M06 Secret shop/driver-key',
    cause: () =>
      apply(
        handmade('keyed', { ...absentDriver, nodeStageSecretRef: { name: 'driver-key', namespace } }),
        claim('keyed', 'by-hand', { volumeName: 'keyed' }),
      ),
    async mend(found) {
      const folder = await mkdtemp(join(tmpdir(), 'keys-'));
      try {
        await writeFile(join(folder, 'keys'), 'key=k\n');
        await paste(found, 'Put the keys', { KEYS: join(folder, 'keys') });
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  },
  {
    finds: 'L01 PersistentVolumeClaim shop/leaving',
    async cause() {
      await apply(claim('leaving', 'immediate'), pod('stays', 'leaving'));
      await untilPhase('pod', 'stays', 'Running');
      await run('delete', 'pvc', 'leaving', '-n', namespace, '--wait=false');
    },
    mend: remove('pod', 'stays'),
  },
  {
    finds: 'L03 PersistentVolume former',
    cause: () =>
      apply(
        handmade('former', absentDriver, { uid: 'of-the-claim-before' }),
        claim('former', 'by-hand', { volumeName: 'former' }),
      ),
    mend: pasted('Give the volume former to the claim'),
  },
  {
    async finds() {
      return `L04 PersistentVolume ${await run('get', 'pvc', 'ledger', '-n', namespace, '-o', 'jsonpath={.spec.volumeName}')}`;
    },
    async cause() {
      const labels = { environment: 'production' };
      await apply({ ...claim('ledger', 'immediate'), metadata: { name: 'ledger', namespace, labels } });
      await untilPhase('pvc', 'ledger', 'Bound');
    },
    mend: pasted('Keep the volume when its claim is deleted'),
  },
  {
    finds: 'L05 StatefulSet shop/careless',
    cause: () =>
      apply(set('careless', {}, { replicas: 0, persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } })),
    mend: pasted('Let the set keep its claims'),
  },
  {
    finds: 'N01 VolumeSnapshot shop/of-nothing',
    cause: () => apply(snapshotClass('local'), snapshot('of-nothing', 'local', 'not-there-either')),
    mend: remove('volumesnapshot', 'of-nothing'),
  },
  {
    finds: 'N02 VolumeSnapshot shop/unclassed',
    async cause() {
      await apply(claim('shot', 'immediate'));
      await untilPhase('pvc', 'shot', 'Bound');
      await apply(snapshot('unclassed', 'later', 'shot'));
    },
    mend: pasted('Make a snapshot class'),
  },
  {
    finds: 'E01 PersistentVolumeClaim shop/rigid',
    async cause() {
      const rigid = storageClass('rigid', { provisioner: 'nobody.example.com', allowVolumeExpansion: true });
      const spec = { storageClassName: 'rigid' };
      await apply(rigid, handmade('rigid', absentDriver, spec), claim('rigid', 'rigid', { volumeName: 'rigid' }));
      await untilPhase('pvc', 'rigid', 'Bound');
      await grow('rigid', '128Mi');
      await apply({ ...rigid, allowVolumeExpansion: false });
    },
    mend: pasted('Allow expansion in the class rigid'),
  },
  {
    finds: 'E02 PersistentVolumeClaim shop/greedy',
    async cause() {
      await apply(claim('greedy', 'immediate'));
      await untilPhase('pvc', 'greedy', 'Bound');
      await grow('greedy', '500Gi');
    },
    mend: pasted('Lower the request to 1Gi'),
  },
  {
    finds: 'E05 PersistentVolumeClaim shop/shrinking',
    async cause() {
      await apply(shrinking('400Mi'));
      await untilPhase('pvc', 'shrinking', 'Bound');
      await applyAsTool(world, 'shrinks', shrinking('300Mi'));
    },
    // What the printed command says is what the tool's files get.
    mend: async (found) => applyAsTool(world, 'shrinks', shrinking(await paste(found, 'Write '))),
  },
  {
    finds: 'E06 StatefulSet shop/grown',
    async cause() {
      await apply(set('grown'));
      await untilPhase('pvc', 'data-grown-0', 'Bound');
      await run('delete', 'statefulset', 'grown', '-n', namespace, '--cascade=orphan');
      await apply(set('grown', {}, { storage: '400Mi' }));
    },
    mend: pasted('Grow data-grown-0 to 400Mi'),
  },
  {
    finds: 'X01 VolumePlugin glusterfs',
    cause: () =>
      apply({
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'of-old' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          capacity: { storage: '1Gi' },
          storageClassName: 'of-old',
          glusterfs: { endpoints: 'gluster', path: 'of-old' },
        },
      }),
    mend: async () => void (await run('delete', 'pv', 'of-old')),
  },
  {
    async finds() {
      const selector = 'involvedObject.name=older';
      return `X02 Event shop/${await run('get', 'events', '-n', namespace, '--field-selector', selector, '-o', 'jsonpath={.items[0].metadata.name}')}`;
    },
    cause: () => applyAsTool(world, 'older', oldTool('v1beta1')),
    mend: () => applyAsTool(world, 'older', oldTool('v1')),
  },
];

test('a cluster where all is well -> nothing found, code 0', async () => {
  const { code, stdout } = await amarre(['doctor', '-A']);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('Findings: none.') as string });
});

test('faults that are there -> each is found, and gone once it is mended', async () => {
  await apply(
    storageClass('late', { volumeBindingMode: 'WaitForFirstConsumer' }),
    storageClass('nobody', { provisioner: 'nobody.example.com' }),
  );
  const ofControlPlane = async (signal: AbortSignal): Promise<boolean> => {
    const { items } = await running.client.list(findings, {}, signal);
    return items.some(({ spec }) => spec.rule === 'P01' && spec.subject.name === 'misspelt');
  };
  await world.reproduce(reproductions, {
    async meanwhile() {
      // The control plane says the same of what needs no time to become a fault.
      await poll('findings of the control plane', ofControlPlane);
      expect(await run('get', 'findings', '-A')).toMatch(
        /^shop +p01-misspelt-\w+ +\w+ +P01 +PersistentVolumeClaim +misspelt /m,
      );
      expect((await amarre(['doctor', '-A'])).code).toBe(1);
    },
  });
  await poll('the findings of the control plane to go', async (signal) => !(await ofControlPlane(signal)));
});

test('kubectl amarre doctor -> the plugin answers as the command does', async () => {
  const { path, env } = world.kubectl.command;
  const PATH = [world.tools, join(process.execPath, '..'), process.env['PATH']].join(':');
  const { stdout } = await new Promise<{ stdout: string }>((resolve) => {
    execFile(path, ['amarre', 'doctor', '-A'], { env: { ...env, PATH } }, (_, out) => resolve({ stdout: out }));
  });
  expect(stdout).toMatch(/^Looked at context amarre/m);
});

test('the role that it prints is all that it needs -> nothing is unread for lack of rights', async () => {
  const { stdout: role } = await amarre(['doctor', 'rbac']);
  expect((await world.kubectl(['apply', '-f', '-'], { input: role })).code).toBe(0);
  await run('create', 'clusterrolebinding', 'doctor', '--clusterrole=amarre-doctor', '--serviceaccount=shop:default');
  const token = await run('create', 'token', 'default', '-n', namespace);
  const config = await run('config', 'view', '--raw', '-o', 'json');
  const folder = await mkdtemp(join(tmpdir(), 'role-'));
  try {
    const parsed = JSON.parse(config) as { users: { user: object }[] };
    for (const each of parsed.users) each.user = { token: token.trim() };
    await writeFile(join(folder, 'config'), JSON.stringify(parsed));
    const { stdout } = await amarre(['doctor', '-A', '-o', 'json'], { KUBECONFIG: join(folder, 'config') });
    const { rulesNotRun } = JSON.parse(stdout) as Report;
    expect(rulesNotRun.filter(({ reason }) => /permission|forbidden/i.test(reason))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
