// What does the doctor say of faults that are really there? Each is caused on a running cluster, found by the command and by
// the findings controller, mended by what the finding advises, and gone then. docs/reference/doctor-live.md lists them.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
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
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const { code, stderr } = await kubectl(['apply', '-f', '-'], { input });
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

async function run(...args: string[]): Promise<void> {
  const { code, stderr } = await kubectl(args);
  expect({ code, stderr }).toMatchObject({ code: 0 });
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
const pod = (name: string, claimName: string, spec: object = {}, container: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'app',
        image: 'example/app:1',
        command: ['sleep', '600'],
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
        ...container,
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
/** A volume made by hand, of a driver that nobody has installed. */
const handmade = (name: string, csi: object) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '64Mi' },
    persistentVolumeReclaimPolicy: 'Retain',
    storageClassName: 'by-hand',
    claimRef: { namespace, name },
    csi: { volumeHandle: name, ...csi },
  },
});

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
    finds: 'E06 StatefulSet shop/grown',
    cause: async () => {
      const set = (storage: string) => ({
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'grown', namespace },
        spec: {
          replicas: 1,
          serviceName: 'grown',
          selector: { matchLabels: { app: 'grown' } },
          template: {
            metadata: { labels: { app: 'grown' } },
            spec: {
              terminationGracePeriodSeconds: 0,
              containers: [{ name: 'app', image: 'example/app:1', command: ['sleep', '600'] }],
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
        },
      });
      await apply(set('64Mi'));
      await poll(
        'the claim of the set',
        async () =>
          (await kubectl(['get', 'pvc', 'data-grown-0', '-n', namespace, '-o', 'jsonpath={.status.phase}'])).stdout ===
          'Bound',
      );
      await run('delete', 'statefulset', 'grown', '-n', namespace, '--cascade=orphan');
      await apply(set('128Mi'));
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
  await Promise.all(reproductions.map(({ cause }) => cause()));
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
    const { path, args, env } = kubectl.command;
    const PATH = [folder, join(process.execPath, '..'), process.env['PATH']].join(delimiter);
    const { stdout } = await new Promise<{ stdout: string }>((resolve) => {
      execFile(path, ['amarre', 'doctor', '-A', ...[]], { env: { ...env, PATH } }, (_, out) =>
        resolve({ stdout: out }),
      );
    });
    expect(args).toHaveLength(2);
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
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(folder, 'config'), JSON.stringify(parsed));
    const { stdout } = await amarre(['doctor', '-A', '-o', 'json'], { KUBECONFIG: join(folder, 'config') });
    const { rulesNotRun } = JSON.parse(stdout) as Report;
    expect(rulesNotRun.filter(({ reason }) => /permission|forbidden/i.test(reason))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
