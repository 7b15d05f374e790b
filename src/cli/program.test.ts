import { CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { FakeClock } from '../base/fake-clock.ts';
import type { Reading } from '../doctor/read/reading.ts';
import { namespace, pendingClaim, snapshotOf } from '../doctor/testing/builders.ts';
import type { ClusterStatus } from '../localcluster/status.ts';
import { type Actions, ExitCode } from './actions.ts';
import { amarreProgram } from './program.ts';

const status: ClusterStatus = {
  dataDir: '/d',
  volumes: 'block',
  network: 'namespaces',
  server: 'https://127.0.0.1:6443',
  kubeconfig: '/d/kubeconfig',
  components: [
    { name: 'apiserver', pid: 7, state: 'Running', metrics: 'https://127.0.0.1:6443/metrics' },
    { name: 'agent', node: 'node-1', pid: undefined, state: 'Stopped' },
  ],
  nodes: [
    { name: 'node-1', zone: 'zone-a', address: '10.0.0.1', power: 'On', link: 'Up', agent: 'Running', ready: 'Ready' },
  ],
};

/** A fake of what commands can do: notes each call. */
function fakeActions(calls: unknown[][], interrupted: AbortController): Actions {
  return {
    up: (options) => {
      calls.push(['up', options]);
      return Promise.resolve({
        server: 's',
        kubeconfig: '/d/kubeconfig',
        nodes: 3,
        zones: 3,
        volumes: 'block',
        readyAfterMs: 1234,
        notes: [],
      });
    },
    down: (options, signal) => {
      signal.throwIfAborted();
      return Promise.resolve(void calls.push(['down', options]));
    },
    status: (dataDir) => {
      calls.push(['status', dataDir]);
      return Promise.resolve(status);
    },
    fault: (target) => Promise.resolve(void calls.push(['fault', target])),
    backupState: (options) => {
      calls.push(['backupState', options]);
      return Promise.resolve({ revision: 7 });
    },
    restoreState: (options) => {
      calls.push(['restoreState', options]);
      return Promise.resolve({ revision: 7, keptIn: undefined });
    },
    copyState: (options) => {
      calls.push(['copyState', options]);
      return Promise.resolve({ entries: 3, revision: 7, keptIn: undefined });
    },
    rotateEncryptionKey: (dataDir) => {
      calls.push(['rotateEncryptionKey', dataDir]);
      return Promise.resolve('key2');
    },
    rotateTokenKey: (dataDir) => {
      calls.push(['rotateTokenKey', dataDir]);
      return Promise.resolve('sa.key');
    },
    openCluster: (options) => {
      calls.push(['openCluster', options]);
      const read = (): Promise<Reading> => Promise.resolve(sick);
      return Promise.resolve({ namespace: 'default', read, close: () => {} });
    },
    readDump: (options) => {
      calls.push(['readDump', options]);
      return Promise.reject(new Error('no dump'));
    },
    serveText: () => Promise.resolve({ port: 0 }),
    untilInterrupted: () => Promise.resolve(interrupted.abort()),
  };
}

async function run(...words: string[]): Promise<{ calls: unknown[][]; out: string; err: string; error: unknown }> {
  const calls: unknown[][] = [];
  let out = '';
  let err = '';
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    isInteractive: false,
  };
  const interrupted = new AbortController();
  const actions = fakeActions(calls, interrupted);
  const context = {
    actions,
    clock: new FakeClock(),
    terminal,
    defaultDataDir: '/d',
    signal: interrupted.signal,
  };
  try {
    await amarreProgram(context, '1.2.3').parseAsync(words, { from: 'user' });
    return { calls, out, err, error: undefined };
  } catch (error) {
    return { calls, out, err, error };
  }
}

test.each<{ name: string; words: string[]; want: unknown[][] }>([
  {
    name: 'up with a store -> its name',
    words: ['up', '--store', 'etcd', '--detach'],
    want: [['up', { dataDir: '/d', mode: 'auto', store: 'etcd' }]],
  },
  {
    name: 'up with sizes -> numbers and bytes',
    words: ['up', '--nodes', '5', '--pool-size', '2Gi', '--detach'],
    want: [['up', { dataDir: '/d', mode: 'auto', nodes: 5, poolBytes: 2 * 1024 ** 3 }]],
  },
  {
    name: 'up in the foreground -> down when interrupted',
    words: ['up', '--data-dir', '/x'],
    want: [
      ['up', { dataDir: '/x', mode: 'auto', poolBytes: undefined }],
      ['down', { dataDir: '/x', purge: false }],
    ],
  },
  {
    name: 'up over etcd -> its endpoints and files',
    words:
      'up --detach --etcd-endpoints https://a:1,https://b:2 --etcd-cafile /ca --etcd-certfile /c --etcd-keyfile /k'.split(
        ' ',
      ),
    want: [
      [
        'up',
        {
          dataDir: '/d',
          mode: 'auto',
          poolBytes: undefined,
          etcd: { endpoints: ['https://a:1', 'https://b:2'], caFile: '/ca', certFile: '/c', keyFile: '/k' },
        },
      ],
    ],
  },
  {
    name: 'state backup -> the file',
    words: ['state', 'backup', '/b'],
    want: [['backupState', { dataDir: '/d', file: '/b' }]],
  },
  {
    name: 'state restore -> the file',
    words: ['state', 'restore', '/b', '--data-dir', '/x'],
    want: [['restoreState', { dataDir: '/x', file: '/b' }]],
  },
  {
    name: 'state copy --to etcd -> the etcd',
    words: ['state', 'copy', '--to', 'etcd', '--etcd-endpoints', 'http://a:1'],
    want: [['copyState', { dataDir: '/d', to: 'etcd', etcd: { endpoints: ['http://a:1'] } }]],
  },
  { name: 'down --purge -> purges', words: ['down', '--purge'], want: [['down', { dataDir: '/d', purge: true }]] },
  {
    name: 'rotate encryption-key -> a new key for Secrets',
    words: ['rotate', 'encryption-key'],
    want: [['rotateEncryptionKey', '/d']],
  },
  {
    name: 'rotate token-key -> a new key for tokens',
    words: ['rotate', 'token-key'],
    want: [['rotateTokenKey', '/d']],
  },
  {
    name: 'node kill -> the fault on that node',
    words: ['node', 'kill', 'node-2'],
    want: [['fault', { dataDir: '/d', fault: 'kill', nodeName: 'node-2' }]],
  },
])('amarre $name', async ({ words, want }) => {
  expect((await run(...words)).calls).toEqual(want);
});

const { takenAtMs } = snapshotOf([]);

/** A reading in which rule P01 finds something. */
const sick: Reading = {
  snapshot: snapshotOf([pendingClaim({ spec: { storageClassName: 'gone' } }), namespace()]),
  source: 'context test',
  notes: [],
};

test.each<{ name: string; words: string[]; code: number; out?: RegExp; err?: RegExp }>([
  { name: 'finds something -> 1', words: ['-A'], code: 1, out: /^\w+ +P01 +PersistentVolumeClaim shop\/data/m },
  { name: 'finds nothing at that severity -> 0', words: ['-A', '--fail-on', 'critical'], code: 0, out: /P01/ },
  { name: '--fail-on never -> 0', words: ['-A', '--fail-on', 'never'], code: 0 },
  { name: 'in the namespace of the context -> only that', words: [], code: 0, out: /1 finding elsewhere/ },
  { name: '-n -> that namespace', words: ['-n', 'shop'], code: 1, out: /P01/ },
  { name: '--only other rules -> nothing', words: ['-A', '--only', 'm01,A06'], code: 0, out: /2 of 2 rules ran/ },
  { name: '-o json -> a document', words: ['-A', '-o', 'json'], code: 1, out: /"kind": "DoctorReport"/ },
  {
    name: 'a dump that is not there -> 2, and says why',
    words: ['--from', '/gone'],
    code: 2,
    err: /amarre doctor: no dump/,
  },
  { name: 'a rule that does not exist -> 2', words: ['--only', 'Z99'], code: 2, err: /There is no rule "Z99"/ },
  {
    name: 'metrics for other machines -> 2',
    words: ['--watch', '--metrics-address', '0.0.0.0:9'],
    code: 2,
    err: /loopback/,
  },
  { name: 'a word too many -> 2', words: ['--fail-on', 'often'], code: 2, err: /Severities are Critical/ },
  { name: '-o html -> a page', words: ['-A', '-o', 'html'], code: 1, out: /^<!doctype html>/ },
  { name: '-o sarif -> results', words: ['-A', '-o', 'sarif'], code: 1, out: /"ruleId": "P01"/ },
  { name: '-o policyreport -> reports', words: ['-A', '-o', 'policyreport'], code: 1, out: /kind: PolicyReport/ },
  { name: 'rbac -> a role', words: ['rbac', 'p01,a06'], code: 0, out: /kind: ClusterRole\n/ },
  { name: '--watch of a dump -> 2', words: ['--watch', '--from', 'a'], code: 2, err: /Cannot watch a dump/ },
  {
    name: 'explain -> the page of a rule',
    words: ['explain', 'p01'],
    code: 0,
    out: /^P01 [\s\S]*Wrong moves[\s\S]*Needs/,
  },
  {
    name: 'explain a rule that sees more with some data -> says with which',
    words: ['explain', 'B03'],
    code: 0,
    out: /Sees more with\n {2}claims, pods/,
  },
  { name: 'explain a rule that does not exist -> 2', words: ['explain', 'z1'], code: 2, err: /There is no rule "z1"/ },
])('amarre doctor $name', async ({ words, code, out = /(?:)/, err = /(?:)/ }) => {
  const answer = await run('doctor', ...words);
  expect(
    answer.error instanceof ExitCode
      ? answer.error.code
      : ((answer.error as CommanderError | undefined)?.exitCode ?? 0),
  ).toBe(code);
  expect(answer.out).toMatch(out);
  expect(answer.err).toMatch(err);
});

test('amarre doctor --from -> the files, and the moment that is given', async () => {
  const { calls } = await run('doctor', '--from', 'a', 'b', '--at', '2026-06-01T12:00:00Z');
  expect(calls).toEqual([['readDump', { paths: ['a', 'b'], atMs: takenAtMs }]]);
});

test.each([
  { name: 'an unknown command', words: ['upp'] },
  { name: 'nodes that are no number', words: ['up', '--nodes', 'many'] },
  { name: 'a pool size that is no quantity', words: ['up', '--pool-size', 'big'] },
  { name: 'a mode that does not exist', words: ['up', '--mode', 'cloud'] },
  { name: 'kill without a node', words: ['node', 'kill'] },
])('amarre: $name -> refused before anything is done', async ({ words }) => {
  const { calls, error } = await run(...words);
  expect(error).toBeInstanceOf(CommanderError);
  expect(calls).toEqual([]);
});

test.each([
  {
    name: 'a file for etcd without an etcd',
    words: ['up', '--etcd-cafile', '/ca'],
    want: 'Cannot use --etcd-cafile /ca: no --etcd-endpoints are given',
  },
  {
    name: 'one file of three',
    words: ['state', 'copy', '--to', 'etcd', '--etcd-endpoints', 'https://a:1', '--etcd-keyfile', '/k'],
    want: 'Cannot use --etcd-keyfile /k: give --etcd-cafile and --etcd-certfile too',
  },
])('amarre: $name -> says what is missing', async ({ words, want }) => {
  const { calls, error } = await run(...words);
  expect(error).toEqual(new RangeError(want));
  expect(calls).toEqual([]);
});

test('amarre status -o json -> the status as it is; as a table -> one line per process and node', async () => {
  expect(JSON.parse((await run('status', '-o', 'json')).out)).toEqual(status);
  const { out } = await run('status');
  expect(out).toMatch(/^apiserver +- +Running +7 +https:\/\/127\.0\.0\.1:6443\/metrics$/m);
  expect(out).toMatch(/^agent +node-1 +Stopped +- +-$/m);
  expect(out).toMatch(/^node-1 +Ready +zone-a +10\.0\.0\.1 +On +Up +Running$/m);
});
