import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { pollUntil } from '../../../base/poll.ts';
import { statFields } from '../../../base/process-stat.ts';
import { systemClock as clock } from '../../../base/system-clock.ts';
import { identify } from '../../../localcluster/process-record.ts';
import { areOver, childrenOf, type ProcessRef, pidNamespace, processRef } from './process-tree.ts';

const signal = new AbortController().signal;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function started(...[program = '', ...args]: string[]): number {
  const child = spawn(program, args, { stdio: 'ignore' });
  children.push(child);
  return child.pid ?? 0;
}

const soon = (check: () => Promise<boolean>): Promise<void> =>
  clock.withTimeout({ what: 'what /proc should show', timeoutMs: 5_000, signal }, (bounded) =>
    pollUntil(check, { clock, signal: bounded, intervalMs: 5 }),
  );

async function onlyChildOf(pid: number): Promise<ProcessRef> {
  let found: ProcessRef | undefined;
  await soon(async () => {
    const [child] = await childrenOf(pid);
    found = child === undefined ? undefined : await processRef(child);
    return found !== undefined;
  });
  return found as ProcessRef;
}

const stateOf = async ({ pid }: ProcessRef): Promise<string> =>
  statFields(await readFile(`/proc/${pid}/stat`, 'utf8'))[0] ?? '';

/** Starts a process beside a PID namespace that forks one into it, which ends and is not reaped. */
async function leaveUnreaped(init: ProcessRef): Promise<void> {
  const script = 'true & exec sleep 1000';
  const outside = started('nsenter', '--no-fork', `--target=${init.pid}`, '--pid', '--', 'sh', '-c', script);
  const zombie = await onlyChildOf(outside);
  await soon(async () => (await stateOf(zombie)) === 'Z');
}

test('a PID namespace whose last processes nobody reaps -> over, though its first process waits for that', async (context) => {
  if (process.getuid?.() !== 0) context.skip('PID namespaces are made by root here');
  const init = await onlyChildOf(started('unshare', '--pid', '--fork', '--kill-child', 'sleep', '1000'));
  const namespace = await pidNamespace(init.pid);
  await leaveUnreaped(init);
  expect([await areOver(init, namespace), identify(init.pid)]).toEqual([false, init]);
  process.kill(init.pid, 'SIGKILL');
  await soon(() => areOver(init, namespace));
  // It is there, and would be for as long as the test runs.
  expect(await stateOf(init)).not.toBe('Z');
  expect(identify(init.pid)).toBeUndefined();
});

test('a PID namespace whose first process is gone -> over, though another namespace may have got its name', async () => {
  const gone = { ...((await processRef(process.pid)) as ProcessRef), startTicks: '1' };
  expect(await areOver(gone, await pidNamespace(process.pid))).toBe(true);
});
