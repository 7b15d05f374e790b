// Which processes belong to a container, and are they gone? Read from /proc.

import { readdir, readFile } from 'node:fs/promises';
import type { Clock } from '../../../base/clock.ts';
import { pollUntil } from '../../../base/poll.ts';

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessRef {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks since boot. */
  startTicks: string;
}

interface ProcessStat {
  state: string;
  startTicks: string;
}

/** Fields 3 and 22 of a /proc/<pid>/stat line. Pure. */
export function parseStat(text: string): ProcessStat {
  // The command name in field 2 may hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTicks: fields[19] ?? '' };
}

export async function processRef(pid: number): Promise<ProcessRef | undefined> {
  const stat = await readStat(pid);
  return stat && { pid, startTicks: stat.startTicks };
}

/** Is the process there and more than a zombie? The PID 1 of a namespace becomes one only when all others are gone. */
export async function isAlive(ref: ProcessRef): Promise<boolean> {
  const stat = await readStat(ref.pid);
  return stat !== undefined && stat.startTicks === ref.startTicks && stat.state !== 'Z' && stat.state !== 'X';
}

/** Does it sleep until something happens, as in wait(2)? */
export async function isWaiting(ref: ProcessRef): Promise<boolean> {
  const stat = await readStat(ref.pid);
  return stat !== undefined && stat.startTicks === ref.startTicks && stat.state === 'S';
}

/** Sends `signalName` unless the process is gone. */
export async function signalProcess(ref: ProcessRef, signalName: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(ref))) return;
  sendSignal(ref.pid, signalName);
}

/** kill(2) without an error for a process that is gone. A negative `pid` is a process group. */
export function sendSignal(pid: number, signalName: NodeJS.Signals): void {
  try {
    process.kill(pid, signalName);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Children of a process, oldest first. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
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

async function readStat(pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseStat(text);
}
