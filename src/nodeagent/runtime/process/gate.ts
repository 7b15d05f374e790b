// How is a container's command held back until the supervisor's death is sure to end it? It waits for a word from
// the supervisor: a process that was made for one that died in the meantime reads an end instead, and goes.

import { readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import type { ProcessRef } from './process-tree.ts';

/** Where the command finds the pipe. */
export const gateFd = 5;

const waitForWord = `read -r word <&${gateFd} || exit 125; exec ${gateFd}<&- "$@"`;

// Variables that change what a program of ours would load or do before the container's command runs, or that a shell
// keeps for itself. Nor does a shell hand on a name that is none of its own (`a.b`).
const foreign =
  /^(LD_|GLIBC_|GCONV_|LOCPATH|NLSPATH|TMPDIR|MALLOC_|RES_OPTIONS|HOSTALIASES|LOCALDOMAIN|NIS_PATH|PATH$|BASH|ENV$|IFS$|SHELLOPTS|PS\d$|OPT[A-Z]+$|PPID$|LINENO$|SHLVL$|_$)|[^A-Za-z0-9_]|^\d/;

export interface SplitEnvironment {
  /** For every program on the way to the command. */
  inherited: Record<string, string>;
  /** `NAME=value` arguments for env(1), right before the command. */
  inline: string[];
}

/** Which variables may our own programs see, and which only the command? Pure. */
export function splitEnvironment(env: Record<string, string>): SplitEnvironment {
  const all = Object.entries(env);
  return {
    inherited: Object.fromEntries(all.filter(([name]) => !foreign.test(name))),
    inline: all.filter(([name]) => foreign.test(name)).map(([name, value]) => `${name}=${value}`),
  };
}

/** `argv` behind the gate, with the variables that only it may see. Pure. */
export function gated(argv: readonly string[], inline: readonly string[]): string[] {
  return ['/bin/sh', '-c', waitForWord, 'sh', ...(inline.length > 0 ? ['env', ...inline] : []), ...argv];
}

/** Has the process come as far as its gate, through all programs before it? */
export async function isAtGate({ pid }: ProcessRef): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.startsWith(`/bin/sh\0-c\0${waitForWord}\0`);
}

/** Lets the command run. */
export function openGate(gate: Writable): void {
  gate.end('go\n');
}
