// What becomes of the memory that a server needed for a while? The C library keeps it, in case it is needed again:
// after thousands of connections or a large list that is far more than the server itself takes.

import type { Clock } from '../base/clock.ts';
import { trimFreedMemory } from '../base/kernel-memory.ts';
import type { Logger } from '../base/log.ts';

const intervalMs = 10_000;

/** Gives back what was freed, again and again, until `signal` aborts. */
export async function returnFreedMemory(
  { clock, log }: { clock: Clock; log: Logger },
  signal: AbortSignal,
): Promise<void> {
  try {
    for (;;) {
      await clock.sleep(intervalMs, signal);
      await trimFreedMemory();
    }
  } catch (error) {
    if (!signal.aborted) log.warn('memory that was freed is not given back to the system', { error });
  }
}
