// Step 4: a backup that holds the application still, for a moment only.

import { backups, backupStorageLocations } from '../../apis/velero/resources.ts';
import { type Backup, veleroNamespace } from '../../apis/velero/types.ts';
import { endpointIn, inContainer, namespace, type Step, until } from '../context.ts';
import { watchLock } from '../lock-watch.ts';
import { measureQuiesce, parseHookLog } from '../quiesce.ts';

export const backupName = 'amarre-demo';
const storageLocation = 'default';

/** Phases after which nothing more happens. */
export const finalPhases: readonly string[] = ['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation'];

export const backupStep: Step = {
  id: 'backup',
  title: 'Backing up',
  timeoutMs: 120_000,
  async run(context, signal) {
    const { client, clock, history, measurements, facts, password } = context;
    await until(
      async (bounded) => {
        const { items } = await client.list(backupStorageLocations, { namespace: veleroNamespace }, bounded);
        return items.find((each) => each.metadata.name === storageLocation && each.status?.phase === 'Available');
      },
      context,
      signal,
    );
    const endpoint = await endpointIn(context, namespace, signal);
    const stopWatching = new AbortController();
    const watched = AbortSignal.any([signal, stopWatching.signal]);
    const watching = watchLock({ endpoint, password, clock, assertDurable: context.assertDurable }, watched);
    const backupStartMs = clock.now();
    let backup: Backup;
    try {
      backup = await runBackup();
    } finally {
      stopWatching.abort();
    }
    const sightings = await watching;
    // The gap after the hooks ends with the next acknowledgement.
    await clock.sleep(250, signal);
    const hooks = parseHookLog(await inContainer(context, 'cat "$HOOK_DIR/hooks.log" 2>/dev/null || true', signal));
    const quiesce = measureQuiesce({ history, sightings, hooks, backupStartMs, backupEndMs: clock.now() });
    facts.recovery = hooks;
    measurements['quiesce-ms'] = quiesce.quiesceMs;
    if (backup.status?.phase !== 'Completed') {
      throw new Error(`The backup ended ${backup.status?.phase}: ${backup.status?.failureReason ?? `${backup.status?.errors ?? 0} errors`}`);
    }
    const { quiesceMs, longestGapMs, hooksMs, reason } = quiesce;
    return { quiesceMs, longestGapMs, hooksMs, notClaimed: reason, items: backup.status.progress?.itemsBackedUp };

    async function runBackup(): Promise<Backup> {
      const at = { namespace: veleroNamespace, name: backupName };
      const spec = { includedNamespaces: [namespace], storageLocation, snapshotMoveData: true, ttl: '1h0m0s' };
      await client.create(backups, { metadata: at, spec }, signal);
      return until(
        async (bounded) => {
          const found = await client.get(backups, at, bounded);
          return finalPhases.includes(found.status?.phase ?? '') ? found : undefined;
        },
        context,
        signal,
      );
    }
  },
};
