// M13: an NFS server is gone or was replaced. Its mounts hang or are stale, on every node at once.

import type { PersistentVolume, Pod } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless } from '../safety/actions.ts';
import { commandLine, kubectl } from '../safety/commands.ts';
import { nodeIsHeard, podComesBack } from '../safety/restart-proofs.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { claimOfVolume, isNodeDown, newestEvent, podsOfClaim } from '../snapshot/joins.ts';
import { statusesOf } from '../snapshot/mounts.ts';
import { nfsServerOf, serverRef, volumesOnServer } from '../snapshot/nfs.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const m13StaleNfs = defineRule({
  id: 'M13',
  title: 'NFS server is gone',
  severity: 'High',
  needs: ['pods', 'claims', 'volumes', 'nodes'],
  reads: ['events'],
  page: {
    symptom: '"stale NFS file handle"; mounts time out; pods stay Terminating on a healthy node because umount hangs.',
    cause:
      'The server does not answer under its address, or it was set up anew: it no longer knows the files that clients hold open.',
    consequence: 'Every pod with a volume on this server stands still. Terminating pods never end.',
    remedy: 'Bring a server back under the same address with the same export; hanging mounts then go on by themselves.',
    wrongMoves: 'Force-deleting the pods: the mount on the node stays hung, and the next pod there hangs too.',
    sources: ['https://github.com/kubernetes/kubernetes/issues/90593'],
  },
  examine: (snapshot, { graceMs }) => {
    const byServer = new Map<string, Sign[]>();
    for (const server of serversOf(snapshot)) {
      const signs = podsOnServer(snapshot, server).flatMap((pod) => signsOf(snapshot, pod, graceMs));
      if (signs.length > 0) byServer.set(server, signs);
    }
    return [...byServer].map(([server, signs]) => findingOf(snapshot, server, signs));
  },
});

interface Sign {
  pod: Pod;
  fact: Evidence;
}

function serversOf(snapshot: Snapshot): Set<string> {
  return snapshot.remember(
    'nfsServers',
    () =>
      new Set(
        snapshot
          .all('volumes')
          .map(nfsServerOf)
          .filter((server) => server !== undefined),
      ),
  );
}

function podsOnServer(snapshot: Snapshot, server: string): Pod[] {
  const claims = volumesOnServer(snapshot, server).map((volume) => claimOfVolume(snapshot, volume));
  return [...new Set(claims.flatMap((claim) => (claim ? podsOfClaim(snapshot, claim) : [])))];
}

/** What says that the pod's mount hangs or is stale; nothing if its node explains it. */
function signsOf(snapshot: Snapshot, pod: Pod, graceMs: number): Sign[] {
  if (!pod.spec?.nodeName || isNodeDown(snapshot, pod.spec.nodeName)) return [];
  const endedAgoMs = snapshot.ageMs(pod.metadata.deletionTimestamp);
  const isStopped = statusesOf(pod).every(({ state }) => !state?.running);
  if (endedAgoMs !== undefined && endedAgoMs > graceMs && isStopped)
    return [{ pod, fact: evidence(pod, 'metadata.deletionTimestamp', pod.metadata.deletionTimestamp) }];
  const waiting = statusesOf(pod).find(({ state }) => eventTexts.staleHandle.text.test(state?.waiting?.message ?? ''));
  if (waiting)
    return [
      {
        pod,
        fact: evidence(
          pod,
          `status.containerStatuses[${waiting.name}].state.waiting.message`,
          waiting.state?.waiting?.message,
        ),
      },
    ];
  if (pod.status?.phase !== 'Pending') return [];
  const events = snapshot.eventsOf(pod);
  const event = newestEvent(events, eventTexts.staleHandle) ?? newestEvent(events, eventTexts.serverUnreachable);
  return event ? [{ pod, fact: evidence(event, 'message', event.message) }] : [];
}

function findingOf(snapshot: Snapshot, server: string, signs: readonly Sign[]): FindingDraft {
  const volumes = volumesOnServer(snapshot, server);
  const pods = signs.map(({ pod }) => pod);
  const [first] = volumes;
  return {
    subject: serverRef(server),
    related: [...volumes, ...pods].map(refTo),
    sentence: `NFS server ${server} does not serve its ${volumes.length === 1 ? 'volume' : `${volumes.length} volumes`} any more, and ${pods.length === 1 ? `pod ${pods[0]?.metadata.name} hangs` : `${pods.length} pods hang`}.`,
    evidence: [...volumes.slice(0, 5).map(serverFact), ...signs.slice(0, 5).map(({ fact }) => fact)],
    actions: [
      harmless({
        title: 'Ask the server what it exports',
        why: 'No answer means that it is down or out of reach; an answer without the path, that it was set up anew.',
        commands: [commandLine('showmount', '-e', server), commandLine('rpcinfo', '-t', server, 'nfs')],
      }),
      harmless({
        title: 'Bring a server back under the same address with the same export',
        why: `Clients then go on where they stopped. The path is ${first?.spec?.nfs?.path ?? first?.spec?.csi?.volumeAttributes?.['share'] ?? '(in the volume)'}.`,
      }),
      ...pods.slice(0, 10).map((pod) =>
        guarded(
          {
            title: `Make pod ${pod.metadata.name} anew`,
            why: 'A stale handle goes away only with a new mount.',
            commands: [kubectl(['delete', 'pod', pod.metadata.name], pod.metadata.namespace)],
          },
          [
            {
              claim: `${server} answers and exports the path`,
              found: undefined,
              howTo: commandLine('showmount', '-e', server),
            },
            nodeIsHeard(snapshot, pod.spec?.nodeName ?? ''),
            podComesBack(pod),
          ],
        ),
      ),
      wrongMoves.forceDeletePod,
    ],
  };
}

function serverFact(volume: PersistentVolume): Evidence {
  return volume.spec?.nfs
    ? evidence(volume, 'spec.nfs.server', volume.spec.nfs.server)
    : evidence(volume, 'spec.csi.volumeAttributes.server', nfsServerOf(volume));
}
