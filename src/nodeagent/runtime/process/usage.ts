// How much CPU time has a container used, and how much memory does it hold? From its cgroup where the kernel counts
// there, else from its processes.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { statFields } from '../../../base/process-stat.ts';
import type { ContainerUsage } from '../types.ts';
import type { ContainerCgroup } from './cgroups.ts';
import { childrenOf } from './process-tree.ts';

type Amounts = Pick<ContainerUsage, 'cpuNanos' | 'memoryBytes'>;

/** Linux reports times to user space in hundredths of a second. */
const nanosPerTick = 10_000_000;

/** The amounts of a container; `initPid` is its first process. Undefined if it has ended. */
export async function containerAmounts(group: ContainerCgroup, initPid: number): Promise<Amounts | undefined> {
  const [ofGroup, ofProcesses] = [await groupAmounts(group), await treeAmounts(initPid)];
  if (!ofProcesses) return undefined;
  return { ...ofProcesses, ...ofGroup };
}

/** What a v2 group counts: CPU time always, memory only where its controller is on. */
async function groupAmounts({ unified }: ContainerCgroup): Promise<Partial<Amounts>> {
  if (!unified) return {};
  const read = (file: string): Promise<string> => readFile(join(unified, file), 'utf8').catch(() => '');
  const [cpu, memory, detail] = await Promise.all([read('cpu.stat'), read('memory.current'), read('memory.stat')]);
  return { ...parseCpuStat(cpu), ...parseMemory(memory, detail) };
}

/** CPU time in a group's cpu.stat. Pure. */
export function parseCpuStat(text: string): Partial<Amounts> {
  const micros = /^usage_usec (\d+)$/m.exec(text)?.[1];
  return micros === undefined ? {} : { cpuNanos: Number(micros) * 1000 };
}

/** The working set: what the group holds, less the files that it can give back at once. Kubelet: setMemoryStats. Pure. */
export function parseMemory(current: string, stat: string): Partial<Amounts> {
  if (!/^\d+\s*$/.test(current)) return {};
  const inactive = Number(/^inactive_file (\d+)$/m.exec(stat)?.[1] ?? 0);
  return { memoryBytes: Math.max(0, Number(current) - inactive) };
}

/** Of a process and all that it has started, those that have ended and were waited for included. */
async function treeAmounts(pid: number): Promise<Amounts | undefined> {
  const own = await processAmounts(pid);
  if (!own) return undefined;
  const below = await Promise.all((await childrenOf(pid)).map(treeAmounts));
  return below.reduce<Amounts>(
    (sum, each) => ({
      cpuNanos: sum.cpuNanos + (each?.cpuNanos ?? 0),
      memoryBytes: sum.memoryBytes + (each?.memoryBytes ?? 0),
    }),
    own,
  );
}

async function processAmounts(pid: number): Promise<Amounts | undefined> {
  const [stat, rollup] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined),
    readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => ''),
  ]);
  return stat === undefined
    ? undefined
    : { cpuNanos: parseCpuTicks(stat) * nanosPerTick, memoryBytes: parsePss(rollup) };
}

/** Ticks of a process and of its children that were waited for: fields 14 to 17 of /proc/<pid>/stat. Pure. */
export function parseCpuTicks(text: string): number {
  return statFields(text)
    .slice(11, 15)
    .reduce((sum, ticks) => sum + Number(ticks), 0);
}

/** A process's share of what it has in memory: pages that several use are divided among them. Pure. */
export function parsePss(text: string): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}
