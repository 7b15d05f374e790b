// A08: a volume is bound and in use, and its disk is gone, out of reach or damaged.

import type { KubeObject } from '../../apimachinery/meta.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { type Action, absence, type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { restoreBeside } from '../safety/restore-beside.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import type { Settings } from '../settings.ts';
import { healthField, troublesOf } from '../snapshot/health.ts';
import { claimOfVolume, claimsOfPod, newestEvent, podsOfClaim } from '../snapshot/joins.ts';
import { siftClaims, siftPods } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const a08VolumeUnhealthy = defineRule({
  id: 'A08',
  title: 'Volume whose disk is gone or damaged',
  severity: 'Critical',
  needs: ['claims', 'pods', 'volumes', 'csiNodes'],
  reads: ['disks', 'events'],
  page: {
    symptom: 'Claim bound, pod running, and the application reads and writes with errors; the backend says NotFound.',
    cause: 'The disk was removed at the backend, the path to it is lost, or the backend reports damage.',
    consequence: 'What the application writes is lost, and what it reads may be wrong.',
    remedy: 'Stop the writers, find out what is left of the disk, and restore from the newest good copy.',
    wrongMoves:
      'Putting a blank disk under the old handle: the application finds it empty and may take that for the truth.',
    sources: ['https://github.com/kubernetes/enhancements/tree/master/keps/sig-storage/1432-volume-health-monitor'],
  },
  lacks: (snapshot) => {
    const holders = siftClaims(snapshot).withHealth.length + siftPods(snapshot).withHealth.length;
    if (snapshot.covers('disks') || holders > 0 || snapshot.all('csiNodes').some((each) => healthField(each)))
      return undefined;
    return 'no object carries volume health (alpha in Kubernetes 1.37), and no list of the disks of the backend was given';
  },
  examine: (snapshot, settings) => [
    ...siftClaims(snapshot).withHealth.flatMap((claim) => ofClaim(snapshot, claim, settings)),
    ...siftPods(snapshot)
      .withHealth.filter((pod) => troublesOf(pod).length > 0)
      .flatMap((pod) => ofHolder(pod, `A volume of pod ${pod.metadata.name}`, claimsOfPod(snapshot, pod))),
    ...snapshot.all('csiNodes').flatMap((each) => ofHolder(each, `Storage on node ${each.metadata.name}`, [])),
    ...missingDisks(snapshot).map((volume) => ofMissingDisk(snapshot, volume, settings)),
  ],
});

function factsOf(object: KubeObject): Evidence[] {
  return troublesOf(object).map(({ path, status, reason, message }) =>
    evidence(object, path, [status, reason, message].filter(Boolean).join(' ')),
  );
}

function ofClaim(snapshot: Snapshot, claim: PersistentVolumeClaim, settings: Settings): FindingDraft[] {
  const facts = factsOf(claim);
  if (facts.length === 0) return [];
  const { name } = claim.metadata;
  const words = troublesOf(claim).map(({ status, reason }) => (reason ? `${status} (${reason})` : status));
  const event = newestEvent(snapshot.eventsOf(claim), eventTexts.volumeAbnormal);
  return [
    {
      subject: refTo(claim),
      related: podsOfClaim(snapshot, claim).map(refTo),
      sentence: `The storage reports the volume of claim ${name} as ${words.join(', ')}.`,
      evidence: [...facts, ...(event ? [evidence(event, 'message', event.message)] : [])],
      actions: actionsFor(snapshot, claim, settings),
    },
  ];
}

function ofHolder(object: KubeObject, what: string, claims: readonly PersistentVolumeClaim[]): FindingDraft[] {
  const facts = factsOf(object);
  if (facts.length === 0) return [];
  const { namespace, name } = object.metadata;
  return [
    {
      subject: refTo(object),
      related: claims.map(refTo),
      sentence: `${what} is reported as ${troublesOf(object)
        .map(({ status }) => status)
        .join(', ')}.`,
      evidence: facts,
      blames: claims.map(refTo),
      actions: [
        harmless({
          title: 'Look at what is reported, and at the log of the node plugin',
          why: 'The reason names the disk or the path that is in trouble.',
          commands: [kubectl(['get', (object.kind ?? '').toLowerCase(), name, '-o', 'yaml'], namespace)],
        }),
        blankDisk,
      ],
    },
  ];
}

/** Bound volumes whose handle the list of their driver's disks does not have. */
function missingDisks(snapshot: Snapshot): PersistentVolume[] {
  if (!snapshot.covers('disks')) return [];
  const listed = new Set(snapshot.all('disks').map(({ driver }) => driver));
  const handles = new Set(snapshot.all('disks').map(({ driver, volumeHandle }) => `${driver} ${volumeHandle}`));
  return snapshot.all('volumes').filter(({ spec, status }) => {
    // A driver that the list says nothing of may have its disks all the same.
    if (!spec?.csi || status?.phase !== 'Bound' || !listed.has(spec.csi.driver)) return false;
    return !handles.has(`${spec.csi.driver} ${spec.csi.volumeHandle}`);
  });
}

function ofMissingDisk(snapshot: Snapshot, volume: PersistentVolume, settings: Settings): FindingDraft {
  const claim = claimOfVolume(snapshot, volume);
  const { driver = '', volumeHandle = '' } = volume.spec?.csi ?? {};
  return {
    subject: refTo(volume),
    related: claim ? [refTo(claim)] : [],
    sentence: `The volume ${volume.metadata.name} is in use, and the storage of ${driver} has no disk ${volumeHandle}.`,
    evidence: [
      evidence(volume, 'spec.csi.volumeHandle', volumeHandle),
      absence('BackendDisk', 'volumeHandle', volumeHandle),
      evidence(volume, 'status.phase', volume.status?.phase),
    ],
    actions: claim ? actionsFor(snapshot, claim, settings) : [blankDisk],
  };
}

const blankDisk = wrongMove({
  title: 'Put a blank disk under the old handle',
  why: 'The application finds it empty and may take that for the truth: replicas copy the emptiness.',
});

function actionsFor(snapshot: Snapshot, claim: PersistentVolumeClaim, settings: Settings): Action[] {
  return [
    harmless({
      title: 'See who writes to the volume, and what the backend says of its disk',
      why: 'Looking changes nothing, and tells how much is left.',
      commands: [kubectl(['describe', 'persistentvolumeclaim', claim.metadata.name], claim.metadata.namespace)],
    }),
    forExpert({
      title: 'Stop the writers',
      why: 'It keeps a damaged disk from getting worse. The application is down from then on, which its owner has to decide.',
    }),
    restoreBeside(snapshot, claim, settings),
    blankDisk,
    wrongMoves.repairFirst,
  ];
}
