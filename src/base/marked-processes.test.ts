import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { killMarked, markedAmong, processesWithMarker } from './marked-processes.ts';
import { pollUntil } from './poll.ts';
import { isOver, statFields } from './process-stat.ts';
import { systemClock as clock } from './system-clock.ts';

const signal = new AbortController().signal;
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const seen = (pid: number, parentPid: number, isMarked = false) => ({ pid, parentPid, isMarked });

test.each([
  { name: 'none', processes: [seen(2, 1), seen(3, 2)], want: [] },
  { name: 'one', processes: [seen(2, 1), seen(3, 2, true)], want: [3] },
  {
    name: 'one, and what it started',
    processes: [seen(5, 4), seen(4, 3), seen(3, 2, true), seen(6, 2)],
    want: [3, 4, 5],
  },
  { name: 'a ring, as numbers used again may look like', processes: [seen(3, 4, true), seen(4, 3)], want: [3, 4] },
])('markedAmong: $name', ({ processes, want }) => {
  expect(markedAmong(processes).toSorted((one, other) => one - other)).toEqual(want);
});

test('a marked process whose child has no environment -> both are killed', async () => {
  const marker = `MARKED_FOR_TEST=${process.pid}`;
  const [name = '', value] = marker.split('=');
  const child = spawn('sh', ['-c', 'env -i sleep 1000; exit 1'], { env: { ...process.env, [name]: value } });
  children.push(child);
  const ended = once(child, 'exit');
  await pollUntil(async () => (await processesWithMarker(marker)).length === 2, { clock, signal, intervalMs: 5 });
  const pids = await processesWithMarker(marker);
  await killMarked(marker, clock, signal);
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(await processesWithMarker(marker)).toEqual([]);
  const isThere = async (pid: number): Promise<boolean> => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return stat !== '' && !isOver(pid, statFields(stat));
  };
  expect(await Promise.all(pids.map(isThere))).toEqual([false, false]);
});
