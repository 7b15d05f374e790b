// Step 4: a backup that holds the application still, for a moment only.

import { backupStorageLocations, backups } from '../../apis/velero/resources.ts';
import { type Backup, veleroNamespace } from '../../apis/velero/types.ts';
import {
  type DemoContext,
  endpointIn,
  inContainer,
  namespace,
  type Step,
  type StepDetails,
  until,
} from '../context.ts';
import { watchLock } from '../lock-watch.ts';
import { measureQuiesce, parseHookLog } from '../quiesce.ts';

const storageLocation = 'default';
/** The gap around the hooks ends with the next acknowledgement. */
const settleMs = 250;

/** Phases after which nothing more happens. */
export const finalPhases: readonly string[] = ['Completed', 'PartiallyFailed', 'Failed', 'FailedValidation'];

export const backupStep: Step = {
  id: 'backup',
  title: 'Backing up',
  timeoutMs: 180_000,
  async run(context, signal) {
    await untilLocationAvailable(context, signal);
    for (let attempt = 1; ; attempt++) {
      const { backup, details } = await backUp(context, `amarre-demo-${attempt}`, signal);
      const phase = backup.status?.phase;
      if (phase === 'Completed') {
        context.facts.backupName = backup.metadata.name;
        return { ...details, items: backup.status?.progress?.itemsBackedUp, ...(attempt > 1 && { attempt }) };
      }
      if (attempt < context.backupAttempts) continue;
      throw new Error(
        `The backup ended ${phase}: ${backup.status?.failureReason ?? `${backup.status?.errors ?? 0} errors`}`,
      );
    }
  },
};

async function untilLocationAvailable(context: DemoContext, signal: AbortSignal): Promise<void> {
  await until(
    async (bounded) => {
      const { items } = await context.client.list(backupStorageLocations, { namespace: veleroNamespace }, bounded);
      return items.find((each) => each.metadata.name === storageLocation && each.status?.phase === 'Available');
    },
    context,
    signal,
  );
}

async function backUp(
  context: DemoContext,
  name: string,
  signal: AbortSignal,
): Promise<{ backup: Backup; details: StepDetails }> {
  const { clock, history, measurements, facts, password, assertDurable } = context;
  const endpoint = await endpointIn(context, namespace, signal);
  const stopWatching = new AbortController();
  const watching = watchLock(
    { endpoint, password, clock, assertDurable },
    AbortSignal.any([signal, stopWatching.signal]),
  );
  // It may fail while the backup runs; that is said when it is waited for.
  watching.catch(() => {});
  const backupStartMs = clock.now();
  let backup: Backup;
  try {
    backup = await runBackup(context, name, signal);
  } finally {
    stopWatching.abort();
  }
  const sightings = await watching;
  await clock.sleep(settleMs, signal);
  const hooks = parseHookLog(await inContainer(context, 'cat "$HOOK_DIR/hooks.log" 2>/dev/null || true', signal));
  const quiesce = measureQuiesce({ history, sightings, hooks, backupStartMs, backupEndMs: clock.now() });
  facts.recovery = hooks;
  measurements['quiesce-ms'] = quiesce.quiesceMs;
  const { quiesceMs, longestGapMs, hooksMs, reason } = quiesce;
  return { backup, details: { quiesceMs, longestGapMs, hooksMs, notClaimed: reason } };
}

/** Creates a Backup and waits for its final phase. */
async function runBackup(context: DemoContext, name: string, signal: AbortSignal): Promise<Backup> {
  const { client } = context;
  const at = { namespace: veleroNamespace, name };
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
