// What does the doctor say of faults that are really there? Each is caused on a running cluster, found by the command and by
// the findings controller, mended by what the finding advises, and gone then. docs/reference/doctor-live.md lists them.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findings } from '../../src/apis/amarre/finding-types.ts';
import { type Kubectl, kubectlWith } from '../fixtures/kubectl.ts';
import { program } from './demo-run.ts';
import { poll, runningCluster } from './running-cluster.ts';

const running = runningCluster({ namespaces: ['shop'], upOptions: [] });
let kubectl: Kubectl;

beforeAll(async () => {
  kubectl = await kubectlWith(running.cluster.kubeconfig);
});
afterAll(() => kubectl?.dispose());

interface Report {
  findings: Found[];
  rulesNotRun: { rule: string; reason: string }[];
}

interface Found {
  rule: string;
  subject: { kind: string; namespace?: string; name: string };
  sentence: string;
  actions: { title: string; verdict: string; commands: string[] }[];
  symptoms?: Found[];
}

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the built command; codes other than 0 are answers too. */
function amarre(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, KUBECONFIG: running.cluster.kubeconfig, ...env }, maxBuffer: 1e8 };
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** Everything found, symptoms included, as `rule Kind namespace/name`. Nothing is given time to pass by itself. */
async function examined(): Promise<Map<string, Found>> {
  const { stdout, stderr } = await amarre(['doctor', '-A', '--grace', '0.001', '-o', 'json']);
  expect(stderr).toBe('');
  const all = (JSON.parse(stdout) as Report).findings.flatMap(withSymptoms);
  return new Map(all.map((each) => [keyOf(each), each]));
}

function withSymptoms(found: Found): Found[] {
  return [found, ...(found.symptoms ?? []).flatMap(withSymptoms)];
}

function keyOf({ rule, subject: { kind, namespace, name } }: Found): string {
  return `${rule} ${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

async function apply(...objects: object[]): Promise<void> {
  const input = objects.map((each) => JSON.stringify(each)).join('\n---\n');
  const { code, stderr } = await kubectl(['apply', '-f', '-'], { input });
  if (code !== 0) throw new Error(`kubectl failed: ${stderr}`);
}

async function run(...args: string[]): Promise<void> {
  const { code, stderr } = await kubectl(args);
  if (code !== 0) throw new Error(`kubectl failed: ${stderr}`);
}

const namespace = 'shop';
const size = { requests: { storage: '64Mi' } };
const claim = (name: string, storageClassName: string | undefined, rest: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: size,
    ...(storageClassName !== undefined && { storageClassName }),
    ...rest,
  },
});
const pod = (name: string, claimName: string, spec: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'app',
        image: 'amarre.io/host',
        command: ['sleep', '600'],
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      },
    ],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    ...spec,
  },
});
const storageClass = (name: string, rest: object = {}) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'local.csi.amarre.io',
  volumeBindingMode: 'Immediate',
  ...rest,
});
const absentDriver = { driver: 'nobody.example.com' };
/** A volume made by hand, for the claim of its name. */
const handmade = (name: string, csi: object, claimRef: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '64Mi' },
    persistentVolumeReclaimPolicy: 'Retain',
    storageClassName: 'by-hand',
    claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, ...claimRef },
    csi: { volumeHandle: name, ...csi },
  },
});

const set = (name: string, storage: string, rest: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, namespace },
  spec: {
    replicas: 1,
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'app', image: 'amarre.io/host', command: ['sleep', '600'] }],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'immediate',
          resources: { requests: { storage } },
        },
      },
    ],
    ...rest,
  },
});
const snapshotKind = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot' };
const snapshotClass = (name: string) => ({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshotClass',
  metadata: { name },
  driver: 'local.csi.amarre.io',
  deletionPolicy: 'Delete',
});
const snapshot = (name: string, volumeSnapshotClassName: string, persistentVolumeClaimName: string) => ({
  apiVersion: 'snapshot.storage.k8s.io/v1',
  kind: 'VolumeSnapshot',
  metadata: { name, namespace },
  spec: { volumeSnapshotClassName, source: { persistentVolumeClaimName } },
});

function untilPhase(kind: 'pod' | 'pvc', name: string, phase: string): Promise<void> {
  return poll(`${kind} ${name} to be ${phase}`, async () => {
    const { stdout } = await kubectl(['get', kind, name, '-n', namespace, '-o', 'jsonpath={.status.phase}']);
    return stdout === phase;
  });
}

interface Reproduction {
  /** As `keyOf` writes it. */
  finds: string;
  cause: () => Promise<void>;
  /** What the finding says to do. */
  mend: (found: Found) => Promise<void>;
}

const remove =
  (kind: string, name: string): (() => Promise<void>) =>
  () =>
    run('delete', kind, name, '-n', namespace, '--wait=false');

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
      apply(
        storageClass('late', { volumeBindingMode: 'WaitForFirstConsumer' }),
        claim('no-node', 'late'),
        pod('no-node', 'no-node', { nodeSelector: { disk: 'none-has-this' } }),
      ),
    mend: () => run('label', 'nodes', '--all', 'disk=none-has-this'),
  },
  {
    finds: 'P03 PersistentVolumeClaim shop/bypassed',
    cause: () =>
      apply(
        storageClass('late', { volumeBindingMode: 'WaitForFirstConsumer' }),
        claim('bypassed', 'late'),
        pod('bypassed', 'bypassed', { nodeName: 'node-1' }),
      ),
    mend: remove('pod', 'bypassed'),
  },
  {
    finds: 'P04 CSIDriver nobody.example.com',
    cause: () => apply(storageClass('nobody', { provisioner: 'nobody.example.com' }), claim('nobody', 'nobody')),
    mend: remove('pvc', 'nobody'),
  },
  {
    finds: 'W01 PersistentVolumeClaim shop/two-writers',
    cause: () =>
      apply(claim('two-writers', 'immediate'), pod('writer-a', 'two-writers'), pod('writer-b', 'two-writers')),
    mend: remove('pod', 'writer-b'),
  },
  {
    finds: 'M06 Secret shop/driver-key',
    cause: () =>
      apply(
        handmade('keyed', { driver: 'nobody.example.com', nodeStageSecretRef: { name: 'driver-key', namespace } }),
        claim('keyed', 'by-hand', { volumeName: 'keyed' }),
      ),
    mend: () =>
      apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'driver-key', namespace },
        stringData: { key: 'k' },
      }),
  },
  {
    finds: 'P07 PersistentVolumeClaim shop/shared',
    cause: () =>
      apply(
        storageClass('blocks', { provisioner: 'ebs.csi.aws.com' }),
        claim('shared', 'blocks', { accessModes: ['ReadWriteMany'] }),
      ),
    mend: remove('pvc', 'shared'),
  },
  {
    finds: 'P08 PersistentVolumeClaim shop/selected',
    cause: () =>
      apply(
        storageClass('nobody', { provisioner: 'nobody.example.com' }),
        claim('selected', 'nobody', { selector: { matchLabels: { disk: 'fast' } } }),
      ),
    mend: remove('pvc', 'selected'),
  },
  {
    finds: 'P09 PersistentVolumeClaim shop/not-the-owner',
    cause: () => apply(handmade('owned', absentDriver), claim('not-the-owner', 'by-hand', { volumeName: 'owned' })),
    mend: remove('pvc', 'not-the-owner'),
  },
  {
    finds: 'P10 PersistentVolumeClaim shop/of-no-volume',
    cause: () => apply(claim('of-no-volume', 'by-hand', { volumeName: 'not-made' })),
    mend: remove('pvc', 'of-no-volume'),
  },
  {
    finds: 'P12 PersistentVolumeClaim shop/copy-of-nothing',
    cause: () => apply(claim('copy-of-nothing', 'immediate', { dataSource: { ...snapshotKind, name: 'none' } })),
    mend: remove('pvc', 'copy-of-nothing'),
  },
  {
    finds: 'P13 PersistentVolumeClaim shop/lost',
    async cause() {
      await apply(handmade('lost', absentDriver), claim('lost', 'by-hand', { volumeName: 'lost' }));
      await untilPhase('pvc', 'lost', 'Bound');
      await run('delete', 'pv', 'lost', '--wait=false');
      await run('patch', 'pv', 'lost', '--type=merge', '-p', '{"metadata":{"finalizers":null}}');
    },
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
    mend: () => run('annotate', 'storageclass', 'default-b', 'storageclass.kubernetes.io/is-default-class-'),
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
    mend: () => run('patch', 'pv', 'former', '--type=merge', '-p', '{"spec":{"claimRef":{"uid":null}}}'),
  },
  {
    finds: 'L05 StatefulSet shop/careless',
    cause: () =>
      apply(set('careless', '64Mi', { replicas: 0, persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' } })),
    mend: () =>
      run(
        'patch',
        'statefulset',
        'careless',
        '-n',
        namespace,
        '--type=merge',
        '-p',
        '{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Retain"}}}',
      ),
  },
  {
    finds: 'N01 VolumeSnapshot shop/of-nothing',
    cause: () => apply(snapshotClass('local'), snapshot('of-nothing', 'local', 'not-there-either')),
    mend: remove('volumesnapshot', 'of-nothing'),
  },
  {
    finds: 'N02 VolumeSnapshot shop/unclassed',
    cause: () => apply(claim('shot', 'immediate'), snapshot('unclassed', 'later', 'shot')),
    mend: () => apply(snapshotClass('later')),
  },
  {
    finds: 'E06 StatefulSet shop/grown',
    async cause() {
      await apply(set('grown', '64Mi'));
      await untilPhase('pvc', 'data-grown-0', 'Bound');
      await run('delete', 'statefulset', 'grown', '-n', namespace, '--cascade=orphan');
      await apply(set('grown', '128Mi'));
    },
    mend: () =>
      run(
        'patch',
        'pvc',
        'data-grown-0',
        '-n',
        namespace,
        '-p',
        '{"spec":{"resources":{"requests":{"storage":"128Mi"}}}}',
      ),
  },
];

const known = reproductions.map(({ finds }) => finds);

test('a cluster where all is well -> nothing found, code 0', async () => {
  const { code, stdout } = await amarre(['doctor', '-A']);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('Findings: none.') as string });
});

test('faults that are there -> each is found, and gone once it is mended', async () => {
  for (const { cause } of reproductions) await cause();
  let found = new Map<string, Found>();
  await poll('every fault to be found', async () => {
    found = await examined();
    return known.every((key) => found.has(key));
  }).catch((error: unknown) => {
    expect([...found.keys()].toSorted()).toEqual(expect.arrayContaining(known));
    throw error;
  });

  // The control plane says the same of what needs no time to become a fault.
  await poll('findings of the control plane', async (signal) => {
    const { items } = await running.client.list(findings, {}, signal);
    return items.some(({ spec }) => spec.rule === 'P01' && spec.subject.name === 'misspelt');
  });
  expect((await kubectl(['get', 'findings', '-A'])).stdout).toMatch(
    /^shop +p01-misspelt-\w+ +\w+ +P01 +PersistentVolumeClaim +misspelt /m,
  );
  expect((await amarre(['doctor', '-A'])).code).toBe(1);

  for (const { finds, mend } of reproductions) await mend(found.get(finds) as Found);
  await poll('every fault to be gone', async () => {
    found = await examined();
    return known.every((key) => !found.has(key));
  }).catch((error: unknown) => {
    expect([...found.keys()].filter((key) => known.includes(key))).toEqual([]);
    throw error;
  });
  await poll('the findings of the control plane to go', async (signal) => {
    const { items } = await running.client.list(findings, {}, signal);
    return !items.some(({ spec }) => spec.subject.name === 'misspelt');
  });
});

test('kubectl amarre doctor -> the plugin answers as the command does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'plugin-'));
  try {
    await symlink(program, join(folder, 'kubectl-amarre'));
    const { path, env } = kubectl.command;
    const PATH = [folder, join(process.execPath, '..'), process.env['PATH']].join(delimiter);
    const { stdout } = await new Promise<{ stdout: string }>((resolve) => {
      execFile(path, ['amarre', 'doctor', '-A'], { env: { ...env, PATH } }, (_, out) => resolve({ stdout: out }));
    });
    expect(stdout).toMatch(/^Looked at context amarre/m);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the role that it prints is all that it needs -> nothing is unread for lack of rights', async () => {
  const { stdout: role } = await amarre(['doctor', 'rbac']);
  expect((await kubectl(['apply', '-f', '-'], { input: role })).code).toBe(0);
  await run('create', 'clusterrolebinding', 'doctor', '--clusterrole=amarre-doctor', '--serviceaccount=shop:default');
  const { stdout: token } = await kubectl(['create', 'token', 'default', '-n', namespace]);
  const { stdout: config } = await kubectl(['config', 'view', '--raw', '-o', 'json']);
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
