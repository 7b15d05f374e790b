// Is the application really held still? Looks at pg_locks while a backup runs.

import type { Clock } from '../base/clock.ts';
import { type ConnectOptions, connectDatabase } from './connection.ts';
import type { LockSighting } from './quiesce.ts';

const intervalMs = 10;

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
  const connection = await connectDatabase(options);
  const sightings: LockSighting[] = [];
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
