// L01: a claim was deleted and does not go, because something holds it.

import { isTerminated } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { finalizers } from '../../apis/storage/names.ts';
import { type Action, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { dataSurvives } from '../safety/proofs.ts';
import { takeSnapshot } from '../safety/snapshot-first.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import type { Settings } from '../settings.ts';
import { podsOfClaim, volumeOfClaim } from '../snapshot/joins.ts';
import { siftClaims } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const l01ClaimTerminating = defineRule({
  id: 'L01',
  title: 'Claim that is being deleted',
  severity: 'High',
  needs: ['claims', 'pods', 'volumes'],
  reads: ['backups'],
  page: {
    symptom: 'The claim is Terminating for long, with its phase still Bound.',
    cause: 'Somebody deleted it while pods name it. Pods hold a claim in any phase, also those that have completed.',
    consequence: 'The claim goes as soon as the last holder goes. With reclaim policy Delete its data goes with it.',
    remedy:
      'Decide first whether the data is wanted. If so, take a snapshot now; then remove the pods that have ended.',
    wrongMoves: 'Removing the finalizer: the claim goes under a pod that uses it.',
    sources: ['https://github.com/kubernetes/kubernetes/issues/120756'],
  },
  examine: (snapshot, settings) =>
    siftClaims(snapshot).ending.flatMap((claim) => {
      const goingMs = snapshot.ageMs(claim.metadata.deletionTimestamp);
      return goingMs !== undefined && goingMs > settings.graceMs ? [findingOf(snapshot, claim, settings)] : [];
    }),
});

function findingOf(snapshot: Snapshot, claim: PersistentVolumeClaim, settings: Settings): FindingDraft {
  const { name, namespace, deletionTimestamp, finalizers: holds = [] } = claim.metadata;
  const holders = podsOfClaim(snapshot, claim);
  const running = holders.filter((pod) => !isTerminated(pod));
  const volume = volumeOfClaim(snapshot, claim);
  const policy = volume?.spec?.persistentVolumeReclaimPolicy;
  const fate = policy === 'Delete' ? ', and its data with it' : '';
  return {
    subject: refTo(claim),
    related: [...(volume ? [volume] : []), ...holders].map(refTo),
    sentence: `Claim ${name} was deleted; it ${whyItStays(running, holders, holds)}${running.length > 0 ? fate : ''}.`,
    evidence: [
      evidence(claim, 'metadata.deletionTimestamp', deletionTimestamp),
      evidence(claim, 'metadata.finalizers', holds),
      ...(volume ? [evidence(volume, 'spec.persistentVolumeReclaimPolicy', policy)] : []),
      ...holders.slice(0, 5).map((pod) => evidence(pod, 'status.phase', pod.status?.phase)),
    ],
    blames: running.flatMap((pod) => (pod.spec?.nodeName ? [{ kind: 'Node', name: pod.spec.nodeName }] : [])),
    actions: [
      takeSnapshot(snapshot, claim),
      ...(holders.length > 0 && running.length === 0 ? [removeEnded(snapshot, { claim, holders, settings })] : []),
      harmless({
        title: 'Ask who deleted it, and whether the data is wanted',
        why: 'The deletion can not be taken back; a snapshot or a backup is the way to keep the data.',
        commands: [kubectl(['describe', 'persistentvolumeclaim', name], namespace)],
      }),
      wrongMoves.nullFinalizers,
    ],
  };
}

function whyItStays(running: readonly Pod[], holders: readonly Pod[], holds: readonly string[]): string {
  const [first] = running;
  if (first) return `goes as soon as pod ${first.metadata.name} ends`;
  if (holders.length > 0) return 'is held only by pods that have ended';
  const others = holds.filter((each) => each !== finalizers.claimProtection);
  if (others.length > 0) return `is held by ${others.join(' and ')}`;
  return 'is held by nothing any more, and its protection is not lifted';
}

function removeEnded(
  snapshot: Snapshot,
  { claim, holders, settings }: { claim: PersistentVolumeClaim; holders: readonly Pod[]; settings: Settings },
): Action {
  const { namespace, name } = claim.metadata;
  return guarded(
    {
      title: 'Remove the pods that have ended, so that the claim goes',
      why: 'They only keep their logs. The claim goes at once, and with reclaim policy Delete its disk too.',
      commands: [kubectl(['delete', 'pod', ...holders.map(({ metadata }) => metadata.name)], namespace)],
    },
    [
      ...holders.map((pod) => ({
        claim: `pod ${pod.metadata.name} has ended`,
        found: isTerminated(pod) ? evidence(pod, 'status.phase', pod.status?.phase) : undefined,
        howTo: kubectl(['get', 'pod', pod.metadata.name], namespace),
      })),
      {
        claim: `no other pod names ${name}`,
        found: snapshot.covers('pods', namespace)
          ? evidence({ kind: 'Pod', name: '*' }, 'spec.volumes', `${holders.length} name ${name}, all ended`)
          : undefined,
        howTo: kubectl(['describe', 'persistentvolumeclaim', name], namespace),
      },
      dataSurvives(snapshot, claim, settings),
    ],
  );
}
