// L05: a StatefulSet deletes its claims when it is scaled in or deleted.

import type { StatefulSet } from '../../apis/apps/generated/v1.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { claimIsBackedUp } from '../safety/proofs.ts';
import type { Settings } from '../settings.ts';
import { volumeOfClaim } from '../snapshot/joins.ts';
import { claimsOfSet } from '../snapshot/set-claims.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const l05SetDeletesClaims = defineRule({
  id: 'L05',
  title: 'StatefulSet that deletes its claims',
  severity: 'Critical',
  needs: ['statefulSets', 'claims', 'volumes'],
  reads: ['backups'],
  page: {
    symptom: 'None yet. `spec.persistentVolumeClaimRetentionPolicy` of a StatefulSet says Delete.',
    cause: 'The set was told to delete claims when it is scaled in (whenScaled) or deleted (whenDeleted).',
    consequence: 'Scaling to fewer replicas, or deleting the set, destroys the data of the replicas that go.',
    remedy: 'Set both to Retain, unless the data is really to be thrown away.',
    wrongMoves: 'Scaling to 0 and back as a restart: the new replicas start empty.',
    sources: ['https://github.com/kubernetes/enhancements/tree/master/keps/sig-apps/1847-autoremove-statefulset-pvcs'],
  },
  examine: (snapshot, settings) =>
    snapshot.all('statefulSets').flatMap((set) => {
      const { whenScaled, whenDeleted } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
      if (!set.spec?.volumeClaimTemplates?.length || (whenScaled !== 'Delete' && whenDeleted !== 'Delete')) return [];
      const claims = claimsOfSet(snapshot, set);
      const policies = claims.map((claim) => volumeOfClaim(snapshot, claim)?.spec?.persistentVolumeReclaimPolicy);
      // Volumes that are kept outlive their claims.
      if (claims.length > 0 && policies.every((policy) => policy === 'Retain')) return [];
      return [findingOf(snapshot, { set, claims, settings })];
    }),
});

function findingOf(
  snapshot: Snapshot,
  { set, claims, settings }: { set: StatefulSet; claims: readonly PersistentVolumeClaim[]; settings: Settings },
): FindingDraft {
  const { namespace, name } = set.metadata;
  const { whenScaled = 'Retain', whenDeleted = 'Retain' } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const when = [...(whenScaled === 'Delete' ? ['scaled in'] : []), ...(whenDeleted === 'Delete' ? ['deleted'] : [])];
  const isCopied = claims.length > 0 && claims.every((claim) => claimIsBackedUp(snapshot, claim, settings).found);
  const patch = JSON.stringify({
    spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain', whenDeleted: 'Retain' } },
  });
  const [replicas, wanted] = [set.status?.replicas, set.spec?.replicas ?? 1];
  return {
    subject: refTo(set),
    related: claims.slice(0, 10).map(refTo),
    sentence: `StatefulSet ${name} destroys the data of its replicas when it is ${when.join(' or ')}.`,
    severity: isCopied ? 'Medium' : 'Critical',
    evidence: [
      evidence(set, 'spec.persistentVolumeClaimRetentionPolicy.whenScaled', whenScaled),
      evidence(set, 'spec.persistentVolumeClaimRetentionPolicy.whenDeleted', whenDeleted),
    ],
    actions: [
      guarded(
        {
          title: 'Let the set keep its claims',
          why: 'Only what happens to claims later changes; no pod is restarted.',
          commands: [kubectl(['patch', 'statefulset', name, '--type=merge', '-p', patch], namespace)],
        },
        [
          {
            claim: `${name} is neither being deleted nor scaled at the moment`,
            found:
              replicas === wanted && !set.metadata.deletionTimestamp
                ? evidence(set, 'status.replicas', replicas)
                : undefined,
            howTo: `Look: ${kubectl(['get', 'statefulset', name], namespace)}`,
          },
        ],
      ),
      wrongMove({
        title: 'Scale to 0 and back as a restart',
        why: 'The claims of the replicas that go are deleted; the new replicas start empty.',
      }),
    ],
  };
}
