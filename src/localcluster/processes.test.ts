import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pollUntil } from '../base/poll.ts';
import { systemClock } from '../base/system-clock.ts';
import { tryLock } from './lock.ts';
import { identify, isAlive, readLiving, writeRecord } from './process-record.ts';
import { parseCommandLine } from './processes.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'amarre-proc-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test.each([
  {
    name: 'an agent',
    argv: ['/usr/bin/node', '/x/agent.js', '/d', 'node-1'],
    want: { program: 'agent', nodeName: 'node-1' },
  },
  {
    name: 'the API server',
    argv: ['node', '/x/apiserver.js', '/d'],
    want: { program: 'apiserver', nodeName: undefined },
  },
  {
    name: 'a second API server',
    argv: ['node', '/x/apiserver.js', '/d', '2'],
    want: { program: 'apiserver-2', nodeName: undefined },
  },
  {
    name: 'the launcher with options',
    argv: ['node', '/x/amarre-launcher.js', '/d', '{}'],
    want: { program: 'amarre-launcher', nodeName: undefined },
  },
  {
    name: 'its own etcd',
    argv: ['etcd', '--data-dir=/d/etcd', '--name=amarre'],
    want: { program: 'etcd', nodeName: undefined },
  },
  { name: 'the etcd of another cluster', argv: ['etcd', '--data-dir=/other/etcd'], want: undefined },
  { name: 'another cluster', argv: ['node', '/x/agent.js', '/other', 'node-1'], want: undefined },
  {
    name: 'a wrapper around the supervisor',
    argv: ['sh', '-c', '…', '/cg', 'node', '/x/supervisor.js', '/d', 'node-1'],
    want: undefined,
  },
])('parseCommandLine: $name -> recognised or not', ({ argv, want }) => {
  expect(parseCommandLine(argv, '/d')).toEqual(want);
});

test('a process that ended -> its record is not alive, even if the pid is used again', async () => {
  const child = spawn('sleep', ['60']);
  const record = identify(child.pid ?? 0);
  if (!record) throw new Error('the child must be there');
  await writeRecord(root, 'child', record);
  expect(await readLiving(root, 'child')).toEqual(record);
  expect(isAlive({ ...record, startTicks: '1' })).toBe(false);
  child.kill('SIGKILL');
  const signal = new AbortController().signal;
  await pollUntil(async () => !isAlive(record), { clock: systemClock, signal, intervalMs: 5 });
  expect(await readLiving(root, 'child')).toBeUndefined();
});

test('a lock that is held -> nobody else gets it until it is released', async () => {
  const first = await tryLock(root, 'launcher');
  expect(first).toBeDefined();
  expect(await tryLock(root, 'launcher')).toBeUndefined();
  const other = await tryLock(root, 'apiserver');
  expect(other).toBeDefined();
  first?.release();
  const again = await tryLock(root, 'launcher');
  expect(again).toBeDefined();
  again?.release();
  other?.release();
});
