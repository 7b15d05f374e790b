import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { systemClock as clock } from '../base/system-clock.ts';
import { linkOf, type ProcessLink, type ProcessRecord } from '../localcluster/process-record.ts';
import { containerProcesses } from './container-processes.ts';
import { besideOldWriter } from './old-writer.ts';
import { lateAcknowledgements } from './row-checks.ts';
import { ack } from './testing.ts';
import type { Acknowledgement } from './write-history.ts';

const signal = new AbortController().signal;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that stands for a container, and a stage that notes what happens in which order. */
async function stage() {
  const container = spawn('sleep', ['1000'], { stdio: 'ignore' });
  children.push(container);
  await once(container, 'spawn');
  const log: string[] = [];
  const acknowledgements: Acknowledgement[] = [];
  const record = linkOf(container.pid ?? 0) as ProcessRecord;
  const note = (entry: string): void => void log.push(entry);
  return {
    container,
    log,
    acknowledgements,
    old: {
      cluster: { containerProcesses: async () => [record] },
      writer: { pin: () => note('pin'), unpin: () => note('unpin') },
      clock,
      nodeName: 'node-1',
      mend: async () => note('mend'),
    },
  };
}

test('an acknowledgement after the thaw, before the container ends -> counted', async () => {
  const { container, log, acknowledgements, old } = await stage();
  const { cutWallMs } = await besideOldWriter(
    {
      ...old,
      mend: async () => {
        log.push('mend');
        // Nobody waits for what the thawed writer does next.
        void clock.sleep(60, signal).then(() => {
          acknowledgements.push(ack(7, 5_000));
          log.push('late');
          container.kill('SIGKILL');
        });
      },
    },
    async () => {
      log.push('task');
      return { cutWallMs: 100 };
    },
    signal,
  );
  expect(log).toEqual(['pin', 'task', 'mend', 'late', 'unpin']);
  const history = { sends: [], acknowledgements };
  expect(lateAcknowledgements(history, { oldPodUid: 'old', cutWallMs, rows: [] })).toHaveLength(1);
});

test('a task that fails -> the node is mended all the same, and the failure is told', async () => {
  const { container, log, old } = await stage();
  container.kill('SIGKILL');
  await once(container, 'exit');
  const failing = async (): Promise<never> => {
    throw new Error('no new writer');
  };
  await expect(besideOldWriter(old, failing, signal)).rejects.toThrow('no new writer');
  expect(log).toEqual(['pin', 'mend', 'unpin']);
});

test('no container on the node -> refused before anything is broken', async () => {
  const { log, old } = await stage();
  const nothing = { ...old, cluster: { containerProcesses: async () => [] } };
  await expect(besideOldWriter(nothing, async () => log.push('task'), signal)).rejects.toThrow('no container runs');
  expect(log).toEqual([]);
});

const link = (pid: number, parentPid: number): ProcessLink => ({ pid, parentPid, startTicks: `t${pid}` });

test.each<{ name: string; processes: ProcessLink[]; want: number[] }>([
  { name: 'children and their children -> all', processes: [link(10, 1), link(20, 10), link(21, 20)], want: [20, 21] },
  {
    name: 'agent and plugin, and what they started -> left out',
    processes: [link(11, 10), link(12, 11), link(20, 10)],
    want: [20],
  },
  { name: 'of another supervisor -> left out', processes: [link(30, 9)], want: [] },
])('containerProcesses: $name', ({ processes, want }) => {
  const found = containerProcesses(processes, { supervisorPid: 10, ownPids: [10, 11] });
  expect(found.map(({ pid }) => pid)).toEqual(want);
});
