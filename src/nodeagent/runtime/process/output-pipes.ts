// How do a container's standard output and error reach us? Through FIFOs: Node's own stdio pipes are sockets,
// which programs that open /dev/stdout or /dev/stderr by name cannot use.

import { closeSync, constants, openSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { mustRun } from '../program.ts';

export interface OutputPipe {
  /** For the child; closed by `release`. */
  writeFd: number;
  stream: Readable;
  /** Call when the child was started: from then on its end is the stream's end. */
  release: () => void;
}

/** Standard output and standard error, as two FIFOs that were in `folder` and are unlinked again. */
export async function openOutputPipes(folder: string, signal: AbortSignal): Promise<[OutputPipe, OutputPipe]> {
  const paths = [join(folder, 'stdout'), join(folder, 'stderr')] as const;
  await mustRun(['mkfifo', ...paths], { signal });
  // The container's user may open it by name: /dev/stdout leads there.
  for (const path of paths) await chmod(path, 0o666);
  const pipes: [OutputPipe, OutputPipe] = [openFifo(paths[0]), openFifo(paths[1])];
  for (const path of paths) await rm(path);
  return pipes;
}

function openFifo(path: string): OutputPipe {
  // Without O_NONBLOCK this open waits for a writer.
  const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeFd = openSync(path, constants.O_WRONLY);
  return {
    writeFd,
    stream: new Socket({ fd: readFd, readable: true, writable: false }),
    release: () => closeSync(writeFd),
  };
}
