// Is the application really held still? Looks at pg_locks while a backup runs.

import type { Clock } from '../base/clock.ts';
import { type Connection, type ConnectOptions, connectDatabase, NotDurableError } from './connection.ts';
import type { LockSighting } from './quiesce.ts';

const intervalMs = 10;
const retryMs = 100;

const lockSql = `
  SELECT count(*)::int AS held FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE application_name = 'amarre-quiesce' AND mode IN ('ExclusiveLock', 'AccessExclusiveLock', 'ShareRowExclusiveLock')
    AND granted AND relation = 'demo_rows'::regclass
`;

/** Looks until the signal aborts; gives what it saw. */
export async function watchLock(
  options: ConnectOptions & { clock: Clock },
  signal: AbortSignal,
): Promise<LockSighting[]> {
  const { clock } = options;
  const sightings: LockSighting[] = [];
  const connection = await connectPatiently(options, signal);
  if (!connection) return sightings;
  try {
    while (!signal.aborted) {
      const askedMonotonicMs = clock.monotonic();
      const rows = await connection.query<{ held: number }>('lock', lockSql);
      sightings.push({ askedMonotonicMs, answeredMonotonicMs: clock.monotonic(), held: (rows[0]?.held ?? 0) > 0 });
      await clock.sleep(intervalMs, signal).catch(() => {});
    }
  } finally {
    connection.destroy();
  }
  return sightings;
}

/** A busy machine may refuse for a moment. Undefined once `signal` aborts: then nothing was seen, and nothing is claimed. */
async function connectPatiently(
  options: ConnectOptions & { clock: Clock },
  signal: AbortSignal,
): Promise<Connection | undefined> {
  while (!signal.aborted) {
    try {
      return await connectDatabase(options);
    } catch (error) {
      if (error instanceof NotDurableError) throw error;
      await options.clock.sleep(retryMs, signal).catch(() => {});
    }
  }
  return undefined;
}
