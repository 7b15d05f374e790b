// Through what does a container read and write? Its output always goes to us; its input comes from whoever attaches,
// if its spec asks for any; a terminal does both.

import { closeSync, constants, openSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { TerminalSize } from '../../../base/kernel-terminal.ts';
import { mustRun } from '../program.ts';
import { openOutputPipes } from './output-pipes.ts';

export interface ContainerIo {
  /** Standard input, output and error of the child. */
  stdio: ['ignore' | number, 'ignore' | number, 'ignore' | number];
  /** `argv` such that it has its terminal, if there is one; to be spawned detached then. */
  attached(argv: string[]): string[];
  isTerminal: boolean;
  outputs: { name: 'stdout' | 'stderr'; stream: Readable }[];
  /** What the container reads; absent if it reads nothing. */
  input?: Writable;
  resize?(size: TerminalSize): void;
  /** Call when the child was started: from then on its end is the end of its output. */
  release(): void;
}

export interface IoOptions {
  /** For FIFOs, for a moment. */
  folder: string;
  stdin: boolean;
  tty: boolean;
  signal: AbortSignal;
}

/** Makes them all. Rejects if the host can't. */
export async function openContainerIo({ folder, stdin, tty, signal }: IoOptions): Promise<ContainerIo> {
  if (tty) return terminalIo({ stdin });
  const [stdout, stderr] = await openOutputPipes(folder, signal);
  const input = stdin ? await openInputPipe(folder, signal) : undefined;
  return {
    stdio: [input?.readFd ?? 'ignore', stdout.writeFd, stderr.writeFd],
    attached: (argv) => argv,
    isTerminal: false,
    outputs: [
      { name: 'stdout', stream: stdout.stream },
      { name: 'stderr', stream: stderr.stream },
    ],
    ...(input && { input: input.stream }),
    release: () => {
      stdout.release();
      stderr.release();
      if (input) closeSync(input.readFd);
    },
  };
}

async function terminalIo({ stdin }: { stdin: boolean }): Promise<ContainerIo> {
  // Loaded on first use: most nodes never make a terminal.
  const { openTerminal } = await import('../terminal.ts');
  const { input, output, attached, resize } = openTerminal();
  return {
    stdio: ['ignore', 'ignore', 'ignore'],
    attached,
    isTerminal: true,
    outputs: [{ name: 'stdout', stream: output }],
    ...(stdin && { input }),
    resize,
    release: () => {},
  };
}

/** A FIFO that is never at its end while we hold it: a container may wait for whoever attaches. */
async function openInputPipe(folder: string, signal: AbortSignal): Promise<{ readFd: number; stream: Writable }> {
  const path = join(folder, 'stdin');
  await mustRun(['mkfifo', path], { signal });
  await chmod(path, 0o666);
  // Neither side opens without the other, but for one that does not wait.
  const first = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeFd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  const readFd = openSync(path, constants.O_RDONLY);
  closeSync(first);
  await rm(path);
  const stream = new Socket({ fd: writeFd, readable: false, writable: true });
  // The container may end without reading its input.
  stream.on('error', () => {});
  return { readFd, stream };
}
