// Which pods are quiesced and which volumes snapshotted? Read anew at the start of each attempt.

import { groupResourceOf } from '../../apimachinery/meta.ts';
import { persistentVolumeClaims, persistentVolumes, pods } from '../../apis/resources.ts';
import { volumeSnapshotClasses } from '../../apis/snapshot/types.ts';
import type { Backup } from '../../apis/velero/types.ts';
import { collectItems, listAll } from '../../backup/collect.ts';
import { planQuiesce, type QuiescePlan } from '../../backup/volumes.ts';
import type { Client } from '../../client/types.ts';

const involved = new Set([pods, persistentVolumeClaims, persistentVolumes].map(groupResourceOf));

/** Plans hooks and snapshots of `backup`. Rejects as Client does. */
export async function planBackup(
  backup: Backup,
  { client }: { client: Client },
  signal: AbortSignal,
): Promise<QuiescePlan> {
  const spec = backup.spec ?? {};
  const resources = [pods, persistentVolumeClaims, persistentVolumes];
  const items = await collectItems({ client, resources, spec }, signal);
  return planQuiesce({
    items: items.filter((item) => involved.has(item.groupResource)),
    snapshotClasses: await listAll(client, { resource: volumeSnapshotClasses }, signal),
    specHooks: spec.hooks?.resources ?? [],
    snapshotsVolumes: spec.snapshotVolumes !== false,
  });
}
