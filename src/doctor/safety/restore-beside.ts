// How does data come back without touching what is there? By a restore into another namespace.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import type { Action } from '../finding.ts';
import type { Settings } from '../settings.ts';
import { newestGoodBackup } from '../snapshot/copies.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { guarded } from './actions.ts';
import { restoreAs } from './backup-commands.ts';
import { claimIsBackedUp } from './proofs.ts';

/** Restore the claim's namespace from the newest good backup, beside it. */
export function restoreBeside(snapshot: Snapshot, claim: PersistentVolumeClaim, settings: Settings): Action {
  const { namespace = '' } = claim.metadata;
  const backup = newestGoodBackup(snapshot, claim);
  return guarded(
    {
      title: 'Restore the newest good backup into another namespace',
      why: 'It brings the data back beside what is there, which is kept as it is.',
      commands: backup ? [restoreAs(backup, { namespace, as: `${namespace}-restored` })] : [],
    },
    [claimIsBackedUp(snapshot, claim, settings)],
  );
}
