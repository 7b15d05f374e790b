// How does a process make sure that it dies: with its parent, or at a deadline that it no longer moves?

import { call } from './kernel.ts';

const setParentDeathSignal = 1; // PR_SET_PDEATHSIG
const clockBoottime = 7;
const sigkill = 9;
const sigevSignal = 0;
const timerAbsolute = 1;
const timerBytes = 8;
const timerSpecBytes = 32;
const valueAt = 16;

/**
 * Asks the kernel to SIGKILL this process when the thread that started it ends. The caller must check afterwards
 * that its parent is still the one it expects: a parent that died before the call sends nothing.
 */
export function dieWithParent(): void {
  call('prctl', setParentDeathSignal, sigkill, 0, 0, 0);
}

/** Milliseconds on CLOCK_BOOTTIME: monotonic, and it goes on while the machine is suspended. */
export function boottimeMs(): number {
  const time = Buffer.alloc(16);
  call('clockGettime', clockBoottime, time);
  return Number(time.readBigInt64LE(0)) * 1000 + Number(time.readBigInt64LE(8)) / 1e6;
}

export interface DeadManTimer {
  /** Replaces the deadline: the kernel sends this process SIGKILL when `boottimeMs()` reaches it. Past = at once. */
  arm(deadlineBoottimeMs: number): void;
  /** Takes the deadline away. */
  disarm(): void;
}

/**
 * A kernel timer that kills this process. It needs no scheduling of the process: it fires while the process is
 * stopped. A process in the v1 freezer dies when it is thawed, before it runs; one in uninterruptible sleep when
 * it wakes. The deadline must be taken from `boottimeMs()` before the request that earns it was sent.
 */
export function createDeadManTimer(): DeadManTimer {
  const event = Buffer.alloc(64);
  event.writeInt32LE(sigkill, 8);
  event.writeInt32LE(sigevSignal, 12);
  const id = Buffer.alloc(timerBytes);
  call('timerCreate', clockBoottime, event, id);
  const timer = id.readBigUInt64LE(0);

  const set = (deadlineMs: number): void => {
    const spec = Buffer.alloc(timerSpecBytes);
    spec.writeBigInt64LE(BigInt(Math.floor(deadlineMs / 1000)), valueAt);
    spec.writeBigInt64LE(BigInt(Math.floor((deadlineMs % 1000) * 1e6)), valueAt + 8);
    call('timerSettime', timer, timerAbsolute, spec, null);
  };

  return {
    // Zero would disarm.
    arm: (deadlineMs) => set(Math.max(deadlineMs, 0.001)),
    disarm: () => set(0),
  };
}
