// How is a pseudo-terminal made and sized? Programs on its far side believe that a person sits before it.

import { closeSync, constants, openSync } from 'node:fs';
import { call } from './kernel.ts';

const setLock = 0x40045431; // TIOCSPTLCK, asm-generic/ioctls.h
const getNumber = 0x80045430; // TIOCGPTN
const setSize = 0x5414; // TIOCSWINSZ

export interface TerminalSize {
  columns: number;
  rows: number;
}

export interface TerminalPair {
  /** Our side. Whoever holds it closes it. */
  fd: number;
  /** The programs' side: `/dev/pts/3`. A session leader without a terminal that opens it gets it as its own. */
  path: string;
}

/** Makes a pseudo-terminal. Throws KernelError, or ENOENT where there is no /dev/ptmx. */
export function openTerminalPair(): TerminalPair {
  const fd = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY);
  try {
    call('ioctl', fd, setLock, Buffer.alloc(4));
    const number = Buffer.alloc(4);
    call('ioctl', fd, getNumber, number);
    return { fd, path: `/dev/pts/${number.readInt32LE()}` };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Tells the programs in the foreground of the terminal its size. Throws KernelError. */
export function setTerminalSize(fd: number, { columns, rows }: TerminalSize): void {
  const size = Buffer.alloc(8);
  size.writeUInt16LE(Math.min(rows, 0xffff), 0);
  size.writeUInt16LE(Math.min(columns, 0xffff), 2);
  call('ioctl', fd, setSize, size);
}
