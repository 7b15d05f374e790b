// Which process is this? A pid alone can be reused; a pid with its start time can't.

import { readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isOver, statFields } from '../base/process-stat.ts';

/** Names one process for as long as the machine is up. */
export interface ProcessRecord {
  pid: number;
  /** Field 22 of /proc/<pid>/stat: clock ticks between boot and the process's start. */
  startTicks: string;
}

/** A process, and who started it or took it over. */
export interface ProcessLink extends ProcessRecord {
  parentPid: number;
}

/** The record of a living process; undefined if there is none of that pid, or only what is left of one. */
export function identify(pid: number): ProcessRecord | undefined {
  const found = linkOf(pid);
  return found && { pid, startTicks: found.startTicks };
}

/** Like `identify`, with the parent. */
export function linkOf(pid: number): ProcessLink | undefined {
  let stat: string;
  try {
    // The kernel answers from memory: a thread for it would cost more than the read.
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // No such process.
    return undefined;
  }
  const fields = statFields(stat);
  if (isOver(pid, fields)) return undefined;
  return { pid, startTicks: fields[19] ?? '', parentPid: Number(fields[1]) };
}

/** Is the very process of `record` still there? */
export function isAlive(record: ProcessRecord): boolean {
  return identify(record.pid)?.startTicks === record.startTicks;
}

/** The recorded process of `name`, if it still lives. */
export async function readLiving(runFolder: string, name: string): Promise<ProcessRecord | undefined> {
  let record: ProcessRecord;
  try {
    record = JSON.parse(await readFile(recordPath(runFolder, name), 'utf8')) as ProcessRecord;
  } catch {
    // Never started, or the file was cut short by a crash: either way no process is known.
    return undefined;
  }
  return isAlive(record) ? record : undefined;
}

export async function writeRecord(runFolder: string, name: string, record: ProcessRecord): Promise<void> {
  const path = recordPath(runFolder, name);
  await writeFile(`${path}.new`, JSON.stringify(record));
  await rename(`${path}.new`, path);
}

export async function removeRecord(runFolder: string, name: string): Promise<void> {
  await rm(recordPath(runFolder, name), { force: true });
}

function recordPath(runFolder: string, name: string): string {
  return join(runFolder, `${name}.pid.json`);
}
