// S07: the only host that holds a volume's data is gone from the cluster.

import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../apis/core/generated/v1.ts';
import { absence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { askedOf, claimIsBackedUp } from '../safety/proofs.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import type { Settings } from '../settings.ts';
import { claimOfVolume, isUnscheduledFor, podsOfClaim } from '../snapshot/joins.ts';
import { hostsOfVolume } from '../snapshot/reach.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const s07HostGone = defineRule({
  id: 'S07',
  title: 'Local volume of a host that is gone',
  severity: 'Critical',
  needs: ['volumes', 'claims', 'pods', 'nodes'],
  reads: ['backups'],
  page: {
    symptom: '"node(s) had volume node affinity conflict", and the node that the volume names does not exist any more.',
    cause: 'The data lies on a disk of one host, and its Node object was deleted.',
    consequence: 'The pod never starts again with this volume. The data is lost with the host, unless there is a copy.',
    remedy:
      'Bring the host back under its name; or, once the application has all its data elsewhere, replace the claim by a new one.',
    wrongMoves: 'Acting on a node that is only not ready: it comes back with its data.',
    sources: ['https://github.com/elastic/cloud-on-k8s/issues/9249'],
  },
  examine: (snapshot, settings) =>
    !snapshot.covers('nodes')
      ? []
      : snapshot.all('volumes').flatMap((volume) => {
          const place = hostsOfVolume(volume);
          if (!place || place.hosts.some((host) => isKnown(snapshot, place.label, host))) return [];
          const claim = claimOfVolume(snapshot, volume);
          // When the node went is not told; for how long a pod has missed it, is.
          const pod = claim && waitingPodOf(snapshot, claim, settings);
          return pod ? [findingOf(snapshot, { volume, claim, pod, place, settings })] : [];
        }),
});

function isKnown(snapshot: Snapshot, label: string, host: string): boolean {
  const nodes = snapshot.where('nodes', {
    index: `nodesByLabel ${label}`,
    key: host,
    keysOf: ({ metadata }) => [metadata.labels?.[label] ?? metadata.name],
  });
  return nodes.length > 0;
}

function waitingPodOf(
  snapshot: Snapshot,
  claim: PersistentVolumeClaim,
  { nodeGoneGraceMs }: Settings,
): Pod | undefined {
  return podsOfClaim(snapshot, claim).find((pod) => isUnscheduledFor(snapshot, pod, nodeGoneGraceMs));
}

interface Loss {
  volume: PersistentVolume;
  claim: PersistentVolumeClaim;
  pod: Pod;
  place: { label: string; hosts: readonly string[] };
  settings: Settings;
}

function findingOf(snapshot: Snapshot, { volume, claim, pod, place, settings }: Loss): FindingDraft {
  const { namespace, name } = claim.metadata;
  const host = place.hosts.join(', ');
  return {
    subject: refTo(volume),
    related: [claim, pod].map(refTo),
    sentence: `The data of claim ${name} lies on host ${host}, which is gone from the cluster, and pod ${pod.metadata.name} can not start without it.`,
    evidence: [
      evidence(volume, `spec.nodeAffinity.required[${place.label}]`, place.hosts),
      absence('Node', `metadata.labels[${place.label}]`, host),
      evidence(pod, 'status.phase', pod.status?.phase),
    ],
    actions: [
      harmless({
        title: 'Bring the host back under its old name',
        why: 'The volume is then in reach again, with all its data.',
        commands: [
          kubectl(['get', 'nodes', '--show-labels']),
          kubectl(['get', 'persistentvolume', volume.metadata.name, '-o', 'yaml']),
        ],
      }),
      guarded(
        {
          title: 'Replace the claim: a new one starts empty on another host',
          why: 'The application fills it again from its replicas or from the backup.',
          commands: [
            kubectl(['delete', 'persistentvolumeclaim', name, '--wait=false'], namespace),
            kubectl(['delete', 'pod', pod.metadata.name], namespace),
          ],
        },
        [
          askedOf(`the host ${host} is gone for good`, 'Ask whoever removed the Node, or the provider of the machine.'),
          askedOf(
            'the other replicas of the application hold all the data and have a quorum',
            `Ask the application itself; ${kubectl(['get', 'pods'], namespace)} shows only whether they run.`,
          ),
          claimIsBackedUp(snapshot, claim, settings),
        ],
      ),
      wrongMove({
        title: 'Treat a node that is only not ready like one that is gone',
        why: 'It comes back with its data, and the replaced replica is then missing for nothing.',
      }),
      wrongMoves.deleteClaim,
    ],
  };
}
