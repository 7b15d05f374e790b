// Which processes belong to a container, and are they gone? Read from /proc.

import { readdir, readFile, readlink } from 'node:fs/promises';
import { sendSignal } from '../../../base/marked-processes.ts';
import { isOver, statFields } from '../../../base/process-stat.ts';

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

/** Is the process there, and not over? */
export async function isAlive(ref: ProcessRef): Promise<boolean> {
  const text = await statText(ref.pid);
  return text !== undefined && parseStat(text).startTicks === ref.startTicks && !isOver(ref.pid, statFields(text));
}

/**
 * Is the first process of a PID namespace over, and every other? Once it is a zombie they are; while it waits for them to be
 * reaped they may not be, and its namespace is there still, so that no other one has its name. `namespace` as `pidNamespace` gives it.
 */
export async function areOver(init: ProcessRef, namespace: string | undefined): Promise<boolean> {
  const text = await statText(init.pid);
  if (text === undefined) return true;
  const { state, startTicks } = parseStat(text);
  if (startTicks !== init.startTicks || state === 'Z' || state === 'X') return true;
  if (!isOver(init.pid, statFields(text))) return false;
  return namespace === undefined || !(await isInhabited(namespace));
}

/** The PID namespace of a process, as the kernel names it; undefined if that can't be told. */
export function pidNamespace(pid: number): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
}

async function isInhabited(namespace: string): Promise<boolean> {
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!/^\d+$/.test(name) || (await pidNamespace(pid)) !== namespace) continue;
    const text = await statText(pid);
    if (text !== undefined && !isOver(pid, statFields(text))) return true;
  }
  return false;
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
  const text = await statText(pid);
  return text === undefined ? undefined : parseStat(text);
}

function statText(pid: number): Promise<string | undefined> {
  return readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
}
