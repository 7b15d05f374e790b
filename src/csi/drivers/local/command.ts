// How does the driver run mkfs, mount and the like?

import { execFile } from 'node:child_process';

/** A program that ran and failed, or could not be started. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** Undefined when the program never ran. */
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(
    command: readonly string[],
    { exitCode, stderr, cause }: { exitCode: number | undefined; stderr: string; cause: unknown },
  ) {
    const why = stderr.trim() || (cause instanceof Error ? cause.message : String(cause));
    super(`${command.join(' ')}: ${why}`, { cause });
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** Runs a program and returns its standard output. Rejects with CommandError, or with the abort reason. */
export function runCommand(command: readonly [string, ...string[]], signal: AbortSignal): Promise<string> {
  const [file, ...args] = command;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    execFile(file, args, { signal, maxBuffer: 16 * 2 ** 20 }, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (signal.aborted) reject(signal.reason);
      else {
        const exitCode = typeof error.code === 'number' ? error.code : undefined;
        reject(new CommandError(command, { exitCode, stderr, cause: error }));
      }
    });
  });
}
