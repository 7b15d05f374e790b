// L04: production data goes with its claim, and no good copy of it exists.

import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { claimIsBackedUp } from '../safety/proofs.ts';
import { takeSnapshot } from '../safety/snapshot-first.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import type { Settings } from '../settings.ts';
import { newestGoodBackup } from '../snapshot/copies.ts';
import { productionMark } from '../snapshot/criticality.ts';
import { claimOfVolume } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const l04ProductionDelete = defineRule({
  id: 'L04',
  title: 'Production data that goes with its claim',
  severity: 'Critical',
  needs: ['volumes', 'claims', 'namespaces', 'backups'],
  page: {
    symptom:
      'None yet. The volume of a production claim has reclaim policy Delete, and no fresh backup holds its data.',
    cause: 'Delete is what storage classes say unless told otherwise.',
    consequence:
      'One deletion of the claim, of its namespace or of the release that made it destroys the data for good.',
    remedy: 'Set the policy of the volume to Retain, and see to a backup. It can be done while the volume is in use.',
    wrongMoves: 'Deleting the claim to make it anew with another policy.',
    sources: ['https://github.com/openfun/arnold/issues/223'],
  },
  examine: (snapshot, settings) =>
    snapshot.all('volumes').flatMap((volume) => {
      if (volume.spec?.persistentVolumeReclaimPolicy !== 'Delete' || volume.status?.phase !== 'Bound') return [];
      const claim = claimOfVolume(snapshot, volume);
      const mark = claim && productionMark(snapshot, claim);
      if (!claim || !mark || claimIsBackedUp(snapshot, claim, settings).found) return [];
      return [findingOf(snapshot, { volume, claim, mark, settings })];
    }),
});

interface Risk {
  volume: PersistentVolume;
  claim: PersistentVolumeClaim;
  mark: Evidence;
  settings: Settings;
}

function findingOf(snapshot: Snapshot, { volume, claim, mark, settings }: Risk): FindingDraft {
  const { name } = volume.metadata;
  const copy = newestGoodBackup(snapshot, claim);
  const patch = JSON.stringify({ spec: { persistentVolumeReclaimPolicy: 'Retain' } });
  return {
    subject: refTo(volume),
    related: [claim, ...(copy ? [copy] : [])].map(refTo),
    sentence: `If the production claim ${claim.metadata.namespace}/${claim.metadata.name} is deleted, its data goes too, and ${copy ? `its newest good backup is older than ${settings.rpoMs / 3_600_000} h` : 'no backup holds it'}.`,
    evidence: [
      evidence(volume, 'spec.persistentVolumeReclaimPolicy', 'Delete'),
      mark,
      ...(copy ? [evidence(copy, 'status.completionTimestamp', copy.status?.completionTimestamp)] : []),
    ],
    // An old copy is better than none.
    severity: copy ? 'High' : 'Critical',
    actions: [
      guarded(
        {
          title: 'Keep the volume when its claim is deleted',
          why: 'Only the policy of this volume changes; pods that use it notice nothing. Once its claim is gone, someone has to remove it by hand.',
          commands: [kubectl(['patch', 'persistentvolume', name, '-p', patch])],
        },
        [
          {
            claim: `${name} is bound and not on its way out`,
            found:
              volume.status?.phase === 'Bound' && !volume.metadata.deletionTimestamp
                ? evidence(volume, 'status.phase', 'Bound')
                : undefined,
            howTo: `Look: ${kubectl(['get', 'persistentvolume', name])}`,
          },
        ],
      ),
      takeSnapshot(snapshot, claim),
      wrongMoves.deleteClaim,
    ],
  };
}
