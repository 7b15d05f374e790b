// How are processes found again whose parent is gone? By a variable that they, and what they started, got at their start.

import { readdir, readFile } from 'node:fs/promises';
import type { Clock } from './clock.ts';
import { pollUntil } from './poll.ts';

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

/** PIDs of the processes that were started with `marker` (`NAME=value`) in their environment, ourselves excepted. */
export async function processesWithMarker(marker: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(marker)) found.push(Number(name));
  }
  return found;
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
