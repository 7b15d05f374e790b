// How are processes found again whose parent is gone? By a variable that they, and what they started, got at their start.

import { readdir, readFile } from 'node:fs/promises';
import type { Clock } from './clock.ts';
import { pollUntil } from './poll.ts';
import { isOver, statFields } from './process-stat.ts';

/** Variable by which every process of a node but its supervisor is found; its value is the node's folder. */
export const nodeMarker = 'AMARRE_NODE_DIR';

/** kill(2) without an error for a process that is gone. A negative `pid` is a process group. */
export function sendSignal(pid: number, signalName: NodeJS.Signals): void {
  try {
    process.kill(pid, signalName);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

interface SeenProcess {
  pid: number;
  parentPid: number;
  isMarked: boolean;
}

/**
 * PIDs of the processes that were started with `marker` (`NAME=value`) in their environment, and of all that descend from
 * them: a program may write over its environment, as PostgreSQL does to show what it is at. Ourselves excepted.
 */
export async function processesWithMarker(marker: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const others = pids.filter((pid) => pid !== process.pid);
  return markedAmong(await Promise.all(others.map((pid) => lookAt(pid, marker))));
}

/** Those that are marked, or have a marked ancestor. Pure. */
export function markedAmong(processes: readonly SeenProcess[]): number[] {
  const found = new Set(processes.filter(({ isMarked }) => isMarked).map(({ pid }) => pid));
  for (let before = -1; found.size > before; ) {
    before = found.size;
    for (const { pid, parentPid } of processes) if (found.has(parentPid)) found.add(pid);
  }
  return [...found];
}

async function lookAt(pid: number, marker: string): Promise<SeenProcess> {
  const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const [environment, stat] = await Promise.all([read('environ'), read('stat')]);
  const fields = statFields(stat);
  // What is left of one that ended is nobody to be killed.
  const isThere = stat !== '' && !isOver(pid, fields);
  return { pid, parentPid: isThere ? Number(fields[1]) : 0, isMarked: environment.split('\0').includes(marker) };
}

/** Kills every process that carries `marker` until none is left. */
export async function killMarked(marker: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const isEmpty = async (): Promise<boolean> => {
    const pids = await processesWithMarker(marker);
    for (const pid of pids) sendSignal(pid, 'SIGKILL');
    return pids.length === 0;
  };
  await pollUntil(isEmpty, { clock, signal, intervalMs: 5 });
}
