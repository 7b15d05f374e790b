// How are other programs run? One place for PATH, output, exit codes and aborts.

import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** A program ended with another code than 0, or could not be started. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  readonly stderr: string;

  constructor(command: string, stderr: string, options: ErrorOptions) {
    super(`\`${command}\` failed: ${stderr.trim() || 'no output'}`, options);
    this.stderr = stderr;
  }
}

/** Where administration programs are, beside the user's PATH. */
export const searchPath = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'].filter(
  Boolean,
);

export interface RunOptions {
  signal: AbortSignal;
  /** Standard input; empty if absent. */
  input?: string;
}

/** Runs a program to its end and gives its standard output, trimmed. Aborting kills it. */
export function run(program: string, args: string[], { signal, input = '' }: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: searchPath.join(':'), LC_ALL: 'C' };
    const child = execFile(program, args, { signal, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (!error) resolve(stdout.trim());
      else if (signal.aborted) reject(signal.reason);
      else reject(new ProgramError([program, ...args].join(' '), stderr || error.message, { cause: error }));
    });
    // A program that ends without reading closes its end first.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** Full path of a program, or undefined if the machine lacks it. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of searchPath) {
    const path = join(folder, name);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder: the next one may have it.
    }
  }
  return undefined;
}
