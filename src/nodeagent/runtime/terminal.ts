// How does a program get a terminal? Ours is one side of a pair; the program becomes the leader of a session of its own
// and opens the other.

import { type Readable, Writable } from 'node:stream';
import { ReadStream } from 'node:tty';
import { openTerminalPair, setTerminalSize, type TerminalSize } from '../../base/kernel-terminal.ts';

export interface Terminal {
  /** What is typed in. Its end is typed too: a terminal is closed by whoever it belongs to. */
  input: Writable;
  /** What is shown. Closed when the session's leader has ended. */
  output: Readable;
  resize(size: TerminalSize): void;
  /** `argv` on the terminal; to be spawned detached, so that it leads a session. */
  attached(argv: readonly string[]): string[];
}

/** Ctrl-D. */
const endOfTransmission = '\x04';
const takeTerminal = 'exec 0<>"$1" 1>&0 2>&0; shift; exec "$@"';

/** Makes a terminal. Throws KernelError. */
export function openTerminal(): Terminal {
  const { fd, path } = openTerminalPair();
  const stream = new ReadStream(fd);
  // EIO is how the kernel says that nobody is on the other side any more: 'close' follows.
  stream.on('error', () => {});
  const input = new Writable({
    autoDestroy: false,
    write: (chunk: Buffer, _encoding, done) => void stream.write(chunk, done),
    final: (done) => void stream.write(endOfTransmission, done),
    destroy: (error, done) => {
      stream.destroy();
      done(error);
    },
  });
  // The programs may end without reading what was typed.
  input.on('error', () => {});
  return {
    input,
    output: stream,
    resize: (size) => {
      // A late wish for a terminal that is gone.
      if (!stream.destroyed) setTerminalSize(fd, size);
    },
    attached: (argv) => ['/bin/sh', '-c', takeTerminal, 'sh', path, ...argv],
  };
}
