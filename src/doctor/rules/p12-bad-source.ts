// P12: a claim is to be filled from a snapshot or another claim, and asks for something that can't come of it.

import { compareQuantities, parseQuantity } from '../../apimachinery/quantity.ts';
import { requestOf, volumeModeOf } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { annotations } from '../../apis/storage/names.ts';
import { eventTexts } from '../event-texts.ts';
import { absence, type Evidence, evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, guarded, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { claimHoldsNoData } from '../safety/proofs.ts';
import { csiDriverName } from '../snapshot/in-tree.ts';
import { classOfClaim, newestEvent, waitingClaims } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

export const p12BadSource = defineRule({
  id: 'P12',
  title: 'Restore or clone that can not work',
  severity: 'Medium',
  needs: ['claims', 'classes', 'volumes', 'snapshots', 'snapshotContents'],
  reads: ['events'],
  page: {
    symptom:
      '"requested volume size … is less than the size … for the source snapshot" or "modifies the mode of the source volume" on the claim.',
    cause:
      'The claim is to be made from a snapshot or from another claim that is larger, of another mode or driver, or does not exist.',
    consequence: 'The claim stays Pending. The source is not touched.',
    remedy: 'Make the claim again with at least the size of the source, and with its volume mode and driver.',
    wrongMoves:
      'Allowing the change of volume mode on a snapshot of unknown origin: a prepared file system on it is then mounted by the kernel.',
    sources: ['https://github.com/kubernetes-csi/external-provisioner/blob/master/pkg/controller/controller.go'],
  },
  examine: (snapshot) =>
    waitingClaims(snapshot).flatMap((claim) => {
      if (claim.spec?.volumeName) return [];
      const obstacle = obstacleOf(snapshot, claim);
      return obstacle ? [findingOf(snapshot, claim, obstacle)] : [];
    }),
});

interface Obstacle {
  source: ObjectRef;
  why: string;
  facts: Evidence[];
  /** Is a change of the volume mode what is refused? */
  isMode?: boolean;
}

function obstacleOf(snapshot: Snapshot, claim: PersistentVolumeClaim): Obstacle | undefined {
  const { namespace: own = '' } = claim.metadata;
  const ref = claim.spec?.dataSourceRef ?? claim.spec?.dataSource;
  if (!ref) return undefined;
  const namespace = ('namespace' in ref && typeof ref.namespace === 'string' && ref.namespace) || own;
  const source: ObjectRef = { kind: ref.kind, namespace, name: ref.name };
  if (ref.kind === 'VolumeSnapshot') return obstacleOfSnapshot(snapshot, claim, source);
  if (ref.kind === 'PersistentVolumeClaim') return obstacleOfClone(snapshot, claim, source);
  return undefined;
}

function obstacleOfSnapshot(snapshot: Snapshot, claim: PersistentVolumeClaim, source: ObjectRef): Obstacle | undefined {
  const { namespace = '', name } = source;
  const from = snapshot.find('snapshots', { namespace, name });
  if (!from) return snapshot.covers('snapshots', namespace) ? gone(claim, source) : undefined;
  const { restoreSize, boundVolumeSnapshotContentName: contentName } = from.status ?? {};
  const request = requestOf(claim);
  if (restoreSize && isSmaller(request, restoreSize)) {
    const facts = [requested(claim), evidence(from, 'status.restoreSize', restoreSize)];
    return { source, why: `asks for ${request}, and the snapshot needs ${restoreSize}`, facts };
  }
  const content = contentName && snapshot.find('snapshotContents', { name: contentName });
  if (!content) return undefined;
  const driver = csiDriverName(classOfClaim(snapshot, claim)?.provisioner ?? content.spec.driver);
  if (driver !== content.spec.driver) {
    const facts = [
      evidence(claim, 'spec.storageClassName', claim.spec?.storageClassName),
      evidence(content, 'spec.driver', content.spec.driver),
    ];
    return { source, why: `is of the driver ${driver}, and the snapshot of ${content.spec.driver}`, facts };
  }
  const { sourceVolumeMode } = content.spec;
  const isAllowed = content.metadata.annotations?.[annotations.allowVolumeModeChange] === 'true';
  if (sourceVolumeMode && sourceVolumeMode !== volumeModeOf(claim) && !isAllowed) {
    const facts = [
      evidence(claim, 'spec.volumeMode', volumeModeOf(claim)),
      evidence(content, 'spec.sourceVolumeMode', sourceVolumeMode),
    ];
    return {
      source,
      why: `is of mode ${volumeModeOf(claim)}, and the snapshot of ${sourceVolumeMode}`,
      facts,
      isMode: true,
    };
  }
  return undefined;
}

function obstacleOfClone(snapshot: Snapshot, claim: PersistentVolumeClaim, source: ObjectRef): Obstacle | undefined {
  const { namespace = '', name } = source;
  const from = snapshot.find('claims', { namespace, name });
  if (!from) return snapshot.covers('claims', namespace) ? gone(claim, source) : undefined;
  const size = from.status?.capacity?.['storage'];
  if (size && isSmaller(requestOf(claim), size)) {
    const facts = [requested(claim), evidence(from, 'status.capacity.storage', size)];
    return { source, why: `asks for ${requestOf(claim)}, and its source has ${size}`, facts };
  }
  if (volumeModeOf(from) === volumeModeOf(claim)) return undefined;
  const facts = [claim, from].map((each) => evidence(each, 'spec.volumeMode', volumeModeOf(each)));
  return { source, why: `is of mode ${volumeModeOf(claim)}, and its source of ${volumeModeOf(from)}`, facts };
}

function gone(claim: PersistentVolumeClaim, source: ObjectRef): Obstacle {
  const at = `${source.namespace}/${source.name}`;
  const facts = [evidence(claim, 'spec.dataSourceRef.name', source.name), absence(source.kind, 'metadata.name', at)];
  return { source, why: 'its source does not exist', facts };
}

function isSmaller(a: string, b: string): boolean {
  return compareQuantities(parseQuantity(a), parseQuantity(b)) < 0;
}

function requested(claim: PersistentVolumeClaim): Evidence {
  return evidence(claim, 'spec.resources.requests.storage', requestOf(claim));
}

function findingOf(snapshot: Snapshot, claim: PersistentVolumeClaim, obstacle: Obstacle): FindingDraft {
  const { namespace, name } = claim.metadata;
  const { source, why, facts, isMode } = obstacle;
  const event = newestEvent(snapshot.eventsOf(claim), eventTexts.sourceRefused);
  const plural = source.kind === 'VolumeSnapshot' ? 'volumesnapshots' : 'persistentvolumeclaims';
  return {
    subject: refTo(claim),
    related: [source],
    sentence: `Claim ${name} can not be filled from ${source.kind} ${source.name}: it ${why.replace(/^its/, 'waits, and its')}.`,
    evidence: [...facts, ...(event ? [evidence(event, 'message', event.message)] : [])],
    actions: [
      harmless({
        title: 'Look at what the source has',
        why: 'The claim needs at least its size, its volume mode and its driver.',
        commands: [kubectl(['get', plural, source.name, '-o', 'yaml'], source.namespace)],
      }),
      guarded(
        {
          title: 'Delete the claim, and make it again so that it fits the source',
          why: 'Source and size of a claim that is not bound can not be changed.',
          commands: [kubectl(['delete', 'persistentvolumeclaim', name, '--wait=false'], namespace)],
        },
        [claimHoldsNoData(snapshot, claim)],
      ),
      ...(isMode
        ? [
            forExpert({
              title: 'Allow the change of volume mode on the snapshot content',
              why: 'Right if whoever wrote the source is trusted: a prepared file system can attack the kernel that mounts it.',
            }),
          ]
        : []),
    ],
  };
}
