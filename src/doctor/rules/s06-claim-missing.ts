// S06: a pod names a claim that does not exist, or that is being deleted.

import type { PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { absence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { takeSnapshot } from '../safety/snapshot-first.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { volumesNaming, waitingPods } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const s06ClaimMissing = defineRule({
  id: 'S06',
  title: 'Pod whose claim is missing or going',
  severity: 'High',
  needs: ['pods', 'claims'],
  reads: ['volumes'],
  page: {
    symptom:
      '`persistentvolumeclaim "x" not found` or `persistentvolumeclaim "x" is being deleted` on a pod that stays Pending.',
    cause: 'The claim was never made, its name is misspelt, or somebody has deleted it.',
    consequence: 'The pod does not start. A claim that is being deleted takes its data along once nothing holds it.',
    remedy: 'Make the claim; if it is being deleted, take a snapshot before it goes.',
    wrongMoves:
      'Removing the finalizers of a claim that is being deleted: the data goes at once, or the disk is left behind.',
    sources: ['https://kubernetes.io/docs/concepts/storage/persistent-volumes/'],
  },
  examine: (snapshot, { graceMs }) =>
    waitingPods(snapshot).flatMap((pod) => {
      if (pod.spec?.nodeName || (snapshot.ageMs(pod.metadata.creationTimestamp) ?? 0) <= graceMs) return [];
      const { namespace = '' } = pod.metadata;
      for (const { persistentVolumeClaim: source } of pod.spec?.volumes ?? []) {
        if (!source) continue;
        const claim = snapshot.find('claims', { namespace, name: source.claimName });
        if (claim?.metadata.deletionTimestamp) return [ofGoing(snapshot, pod, claim)];
        if (!claim && snapshot.covers('claims', namespace)) return [ofMissing(snapshot, pod, source.claimName)];
      }
      return [];
    }),
});

function ofMissing(snapshot: Snapshot, pod: Pod, claimName: string): FindingDraft {
  const { namespace = '', name } = pod.metadata;
  const former = volumesNaming(snapshot, { namespace, name: claimName }).find(
    ({ status }) => status?.phase === 'Released',
  );
  return {
    subject: refTo(pod),
    related: former ? [refTo(former)] : [],
    sentence: `Pod ${name} needs the claim ${claimName}, which does not exist${former ? `, though the volume ${former.metadata.name} that it had is still there` : ''}.`,
    evidence: [
      evidence(pod, 'spec.volumes', claimName),
      absence('PersistentVolumeClaim', 'metadata.name', `${namespace}/${claimName}`),
      ...(former ? [evidence(former, 'status.phase', former.status?.phase)] : []),
    ],
    actions: [
      harmless({
        title: `Make the claim ${claimName}, or correct the name`,
        why: former
          ? `With volumeName ${former.metadata.name} the claim asks for its old volume; that has to be given to it first.`
          : 'If there was data once, restore the claim from a backup instead of starting empty.',
        commands: [kubectl(['get', 'persistentvolumeclaims'], namespace), kubectl(['get', 'persistentvolumes'])],
      }),
    ],
  };
}

function ofGoing(snapshot: Snapshot, pod: Pod, claim: PersistentVolumeClaim): FindingDraft {
  return {
    subject: refTo(pod),
    related: [refTo(claim)],
    sentence: `Pod ${pod.metadata.name} needs the claim ${claim.metadata.name}, which somebody has deleted and which goes once nothing holds it.`,
    evidence: [
      evidence(claim, 'metadata.deletionTimestamp', claim.metadata.deletionTimestamp),
      evidence(claim, 'metadata.finalizers', claim.metadata.finalizers),
    ],
    blames: [refTo(claim)],
    actions: [takeSnapshot(snapshot, claim), wrongMoves.nullFinalizers],
  };
}
