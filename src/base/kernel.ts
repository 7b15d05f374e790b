// How does TypeScript call the kernel where Node has no binding? The one module that loads koffi.
// What the calls mean is in kernel-loop.ts, kernel-filesystem.ts, kernel-memory.ts and kernel-process.ts.

import { createRequire } from 'node:module';
import type { KoffiFunc } from 'koffi';

/** A system call that failed. `code` is the errno's name: `EPERM`. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  readonly code: string;

  constructor(call: string, code: string) {
    super(`${call} failed: ${code}`);
    this.code = code;
  }
}

type LibCFunction = KoffiFunc<(...values: unknown[]) => number>;

interface LibC {
  ioctl: LibCFunction;
  syncfs: LibCFunction;
  flock: LibCFunction;
  prctl: LibCFunction;
  clockGettime: LibCFunction;
  timerCreate: LibCFunction;
  timerSettime: LibCFunction;
  madvise: LibCFunction;
  mallocTrim: LibCFunction;
  errnoName: () => string;
}

let loaded: LibC | undefined;

/** Loads koffi and libc on first use: most processes never make such a call, and loading takes 20 ms. */
function libc(): LibC {
  loaded ??= load();
  return loaded;
}

function load(): LibC {
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const library = koffi.load('libc.so.6');
  const names = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));
  return {
    ioctl: library.func('int ioctl(int fd, unsigned long request, void *argument)'),
    syncfs: library.func('int syncfs(int fd)'),
    flock: library.func('int flock(int fd, int operation)'),
    prctl: library.func('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)'),
    clockGettime: library.func('int clock_gettime(int clock, void *time)'),
    timerCreate: library.func('int timer_create(int clock, void *event, void *timer)'),
    timerSettime: library.func('int timer_settime(void *timer, int flags, void *value, void *previous)'),
    madvise: library.func('int madvise(uintptr_t address, size_t length, int advice)'),
    mallocTrim: library.func('int malloc_trim(size_t pad)'),
    errnoName: () => names.get(koffi.errno()) ?? `errno ${koffi.errno()}`,
  };
}

export type KernelCall = Exclude<keyof LibC, 'errnoName'>;

/** Makes a call that can't block. Returns its result. Throws KernelError when that is negative. */
export function call(name: KernelCall, ...values: unknown[]): number {
  const library = libc();
  const result = library[name](...values);
  if (result < 0) throw new KernelError(name, library.errnoName());
  return result;
}

/** Makes a call that may block, on another thread. Rejects with KernelError. It can't be aborted. */
export function callAsync(name: KernelCall, ...values: unknown[]): Promise<number> {
  const library = libc();
  return new Promise((resolve, reject) => {
    library[name].async(...values, (error: Error | null, result: number) => {
      // koffi restores the errno of this call for the time of its callback, and only then.
      if (error) reject(error);
      else if (result < 0) reject(new KernelError(name, library.errnoName()));
      else resolve(result);
    });
  });
}
