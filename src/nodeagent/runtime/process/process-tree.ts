// Which processes belong to a container, and are they gone? Read from /proc.

import { readFile } from 'node:fs/promises';
import { sendSignal } from '../../../base/marked-processes.ts';
import { statFields } from '../../../base/process-stat.ts';

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
  const fields = statFields(text);
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

/** Children of a process, oldest first. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

async function readStat(pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseStat(text);
}
