// How does data come back without touching what is there? By a restore into another namespace.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { Action } from '../finding.ts';
import type { Settings } from '../settings.ts';
import { newestGoodBackup } from '../snapshot/copies.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { guarded } from './actions.ts';
import { commandLine } from './commands.ts';
import { claimIsBackedUp } from './proofs.ts';

/** Restore the claim's namespace from the newest good backup, beside it. */
export function restoreBeside(snapshot: Snapshot, claim: PersistentVolumeClaim, settings: Settings): Action {
  const { namespace = '' } = claim.metadata;
  const backup = newestGoodBackup(snapshot, claim)?.metadata.name ?? 'BACKUP';
  const mapping = `${namespace}:${namespace}-restored`;
  return guarded(
    {
      title: 'Restore the newest good backup into another namespace',
      why: 'It brings the data back beside what is there, which is kept as it is.',
      commands: [
        commandLine(
          'velero',
          'restore',
          'create',
          '--from-backup',
          backup,
          '--include-namespaces',
          namespace,
          '--namespace-mappings',
          mapping,
        ),
      ],
    },
    [claimIsBackedUp(snapshot, claim, settings)],
  );
}
