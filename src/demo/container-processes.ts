// Which processes are a node's containers? Everything below its supervisor that is not the node's own.

import { readdir } from 'node:fs/promises';
import { linkOf, type ProcessLink, type ProcessRecord } from '../localcluster/process-record.ts';

/** The descendants of `supervisorPid`, without those that are or stem from one of `ownPids`. Pure. */
export function containerProcesses(
  processes: readonly ProcessLink[],
  { supervisorPid, ownPids }: { supervisorPid: number; ownPids: readonly number[] },
): ProcessRecord[] {
  const below = (parent: number): ProcessRecord[] =>
    processes
      .filter(({ pid, parentPid }) => parentPid === parent && !ownPids.includes(pid))
      .flatMap((child) => [{ pid: child.pid, startTicks: child.startTicks }, ...below(child.pid)]);
  return below(supervisorPid);
}

/** All living processes of the machine. */
export async function listProcesses(): Promise<ProcessLink[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.map(linkOf).filter((found) => found !== undefined);
}
