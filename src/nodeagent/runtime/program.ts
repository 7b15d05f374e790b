// How is a program of the host run to its end?

import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** 128 + signal number if a signal ended it; 127 if it could not be started. */
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A program that had to succeed did not; the message carries what it said. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  readonly exitCode: number;

  constructor(argv: readonly string[], result: ProgramResult) {
    const said = (result.stderr || result.stdout).trim();
    super(`${argv[0]} exited with ${result.exitCode}${said ? `: ${said}` : ''}`);
    this.exitCode = result.exitCode;
  }
}

export interface ProgramOptions {
  signal: AbortSignal;
  /** File descriptors that the program finds as 3, 4, …. */
  extraFds?: number[];
}

/** Runs `argv` without a shell. Rejects only with the abort reason, after the program was killed. */
export function runProgram(argv: readonly string[], { signal, extraFds = [] }: ProgramOptions): Promise<ProgramResult> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe', ...extraFds] });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    const onAbort = (): void => {
      child.kill('SIGKILL');
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    child.on('error', (error) => {
      signal.removeEventListener('abort', onAbort);
      resolve({ exitCode: 127, stdout, stderr: error.message });
    });
    child.on('close', (code, signalName) => {
      signal.removeEventListener('abort', onAbort);
      resolve({ exitCode: code ?? 128 + signalNumber(signalName), stdout, stderr });
    });
  });
}

/** As `runProgram`, but rejects with ProgramError unless the exit code is 0. Resolves with standard output. */
export async function mustRun(argv: readonly string[], options: ProgramOptions): Promise<string> {
  const result = await runProgram(argv, options);
  if (result.exitCode !== 0) throw new ProgramError(argv, result);
  return result.stdout;
}

const signalNumbers: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** Number of a signal as the shell counts it in exit codes; 0 for none. */
export function signalNumber(name: string | null): number {
  return name ? (signalNumbers[name] ?? 0) : 0;
}
