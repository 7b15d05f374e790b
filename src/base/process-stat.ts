// How does a process stand, as /proc tells it?

import { readlinkSync } from 'node:fs';

/**
 * Fields of a /proc/<pid>/stat line from the third on: [0] is the state, [1] the parent, [6] the kernel's flags, [19] the
 * start in clock ticks. Source: proc_pid_stat(5).
 */
export function statFields(text: string): string[] {
  // The command name in field 2 may hold spaces and parentheses: fields count from after the last one.
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** PF_EXITING of linux/sched.h: it runs no code of its own any more. */
const exitingFlag = 0x4;

/**
 * Can the process do nothing any more? A zombie can't, nor can one that has let go of its memory, files and namespaces and only
 * waits for others to be reaped: so the first process of a PID namespace does, for good where nobody reaps them.
 */
export function isOver(pid: number, fields: readonly string[]): boolean {
  const [state = ''] = fields;
  if (state === 'Z' || state === 'X') return true;
  return (Number(fields[6]) & exitingFlag) !== 0 && !hasNamespaces(pid);
}

function hasNamespaces(pid: number): boolean {
  try {
    // The kernel answers from memory: a thread for it would cost more than the read.
    readlinkSync(`/proc/${pid}/ns/mnt`);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}
