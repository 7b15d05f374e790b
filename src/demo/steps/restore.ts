// Step 7: the namespace is lost; its backup is restored into a new one, and compared with the writer's own log.

import { isStatus } from '../../apimachinery/status-error.ts';
import { namespaces } from '../../apis/resources.ts';
import { restores } from '../../apis/velero/resources.ts';
import { veleroNamespace } from '../../apis/velero/types.ts';
import { type DemoContext, namespace, readRows, restoredNamespace, type Step, until } from '../context.ts';
import { compareRestored } from '../row-checks.ts';
import { finalPhases } from './backup.ts';

export const namespaceLossStep: Step = {
  id: 'namespace-loss',
  title: 'Losing the namespace, and restoring it',
  timeoutMs: 180_000,
  async run(context, signal) {
    const { client, clock, history, measurements, facts } = context;
    const { recovery } = facts;
    await client.delete(namespaces, { at: { name: namespace } }, signal);
    const lostMs = clock.now();
    await until(async (bounded) => ((await isGone(context, bounded)) ? true : undefined), context, signal);
    const began = clock.monotonic();
    await restore(context, signal);
    const rows = await readRows(context, restoredNamespace, signal);
    const rtoMs = clock.monotonic() - began;
    if (!recovery)
      throw new Error('The backup left no record of its hooks: there is no recovery point to compare with');
    const found = compareRestored(history, rows, recovery);
    measurements['restore-rows-missing'] = found.missing;
    measurements['restore-rows-wrong'] = found.wrong;
    const newest = history.acknowledgements.findLast(({ sequence }) => sequence === found.k);
    const last = history.acknowledgements.findLast(({ wallMs }) => wallMs <= lostMs);
    return { rtoMs, rpoMs: newest && last && last.wallMs - newest.wallMs, restoredRows: rows.length, ...found };
  },
};

async function isGone({ client }: DemoContext, signal: AbortSignal): Promise<boolean> {
  try {
    await client.get(namespaces, { name: namespace }, signal);
    return false;
  } catch (error) {
    if (isStatus(error, 'NotFound')) return true;
    throw error;
  }
}

async function restore(context: DemoContext, signal: AbortSignal): Promise<void> {
  const { client, facts } = context;
  const backupName = facts.backupName ?? '';
  const at = { namespace: veleroNamespace, name: backupName };
  await client.create(
    restores,
    { metadata: at, spec: { backupName, namespaceMapping: { [namespace]: restoredNamespace } } },
    signal,
  );
  const { status } = await until(
    async (bounded) => {
      const found = await client.get(restores, at, bounded);
      return finalPhases.includes(found.status?.phase ?? '') ? found : undefined;
    },
    context,
    signal,
  );
  if (status?.phase !== 'Completed')
    throw new Error(`The restore ended ${status?.phase}: ${status?.failureReason ?? `${status?.errors ?? 0} errors`}`);
}
