// C01: a volume is almost full.

import {
  addQuantities,
  bytesToQuantity,
  formatQuantity,
  parseQuantity,
  quantityToNumber,
} from '../../apimachinery/quantity.ts';
import { requestOf } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { type Action, evidence, type FindingDraft, type Proof, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { forExpert, guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import type { Settings } from '../settings.ts';
import { classOfClaim } from '../snapshot/joins.ts';
import { poolsOfClass } from '../snapshot/pools.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { VolumeStats } from '../snapshot/types.ts';

export const c01Filling = defineRule({
  id: 'C01',
  title: 'Volume that is almost full',
  severity: 'High',
  needs: ['volumeStats', 'claims', 'classes'],
  reads: ['quotas'],
  page: {
    symptom: 'Alert KubePersistentVolumeFillingUp; "no space left on device" (ENOSPC) in the application.',
    cause: 'The data has grown to the size of the volume.',
    consequence: 'Writes fail. Databases stop, and some do not start again before there is room.',
    remedy: 'Grow the claim, or let the application remove what it no longer needs.',
    wrongMoves:
      'Deleting write-ahead logs or binlogs by hand: the database does not start without them, or loses transactions.',
    sources: ['https://github.com/kubernetes-monitoring/kubernetes-mixin/blob/master/alerts/storage_alerts.libsonnet'],
  },
  examine: (snapshot, settings) =>
    snapshot.all('volumeStats').flatMap((stats) => {
      const share = freeShare(stats);
      if (share === undefined || share >= settings.freeShareLow) return [];
      const { namespace = '', name } = stats.metadata;
      const claim = snapshot.find('claims', { namespace, name });
      // A volume that is only read is as full as it was made.
      if (!claim || claim.spec?.accessModes?.every((mode) => mode === 'ReadOnlyMany')) return [];
      return [findingOf(snapshot, { stats, claim, settings })];
    }),
});

/** 0 to 1; undefined for a volume without a file system, of which the kubelet knows no size. */
function freeShare({ availableBytes, capacityBytes }: VolumeStats): number | undefined {
  return capacityBytes > 0 ? availableBytes / capacityBytes : undefined;
}

interface Full {
  stats: VolumeStats;
  claim: PersistentVolumeClaim;
  settings: Settings;
}

function findingOf(snapshot: Snapshot, { stats, claim }: Full): FindingDraft {
  const { namespace, name } = claim.metadata;
  const used = Math.floor((1 - (freeShare(stats) ?? 0)) * 100);
  const storageClass = classOfClaim(snapshot, claim);
  return {
    subject: refTo(claim),
    related: [{ kind: 'Pod', ...(namespace && { namespace }), name: stats.podName }],
    sentence: `The volume of claim ${name} is ${used} % full; once it is, the application can write no more.`,
    evidence: [
      evidence(stats, 'availableBytes', stats.availableBytes),
      evidence(stats, 'capacityBytes', stats.capacityBytes),
      evidence(claim, 'spec.resources.requests.storage', requestOf(claim)),
    ],
    severity: stats.availableBytes === 0 ? 'Critical' : 'High',
    blames: storageClass ? poolsOfClass(snapshot, storageClass).map(refTo) : [],
    actions: [
      grow(snapshot, claim),
      harmless({
        title: 'See what fills it',
        why: 'The application knows which of its data may go; it removes that itself, by its own commands.',
        commands: [kubectl(['exec', stats.podName, '--', 'df', '-h'], namespace)],
      }),
      wrongMove({
        title: 'Delete write-ahead logs or binlogs by hand',
        why: 'The database does not start without them, or loses what was only there.',
      }),
    ],
  };
}

/** By a fifth, and by 1 GiB at least. A claim can not be made smaller again. */
function grow(snapshot: Snapshot, claim: PersistentVolumeClaim): Action {
  const { namespace, name } = claim.metadata;
  const storageClass = classOfClaim(snapshot, claim);
  const step = Math.max(2 ** 30, Math.ceil(quantityToNumber(requestOf(claim)) / 5 / 2 ** 30) * 2 ** 30);
  const size = formatQuantity(addQuantities(parseQuantity(requestOf(claim)), parseQuantity(bytesToQuantity(step))));
  const draft = {
    title: `Grow the claim to ${size}`,
    why: 'The file system grows while the pod runs, if the driver can do that. It can not be made smaller again.',
  };
  if (storageClass && !storageClass.allowVolumeExpansion)
    return forExpert({
      ...draft,
      why: `The class ${storageClass.metadata.name} does not allow it; the data has to move to a larger claim.`,
    });
  const patch = JSON.stringify({ spec: { resources: { requests: { storage: size } } } });
  return guarded(
    { ...draft, commands: [kubectl(['patch', 'persistentvolumeclaim', name, '--type=merge', '-p', patch], namespace)] },
    [
      {
        claim: 'the storage class allows growing',
        found: storageClass?.allowVolumeExpansion ? evidence(storageClass, 'allowVolumeExpansion', true) : undefined,
        howTo: kubectl(['get', 'storageclass', claim.spec?.storageClassName ?? '', '-o', 'yaml']),
      },
      noResizeUnderWay(claim),
    ],
  );
}

function noResizeUnderWay(claim: PersistentVolumeClaim): Proof {
  const { namespace, name } = claim.metadata;
  const capacity = claim.status?.capacity?.['storage'];
  const isSettled =
    capacity !== undefined &&
    quantityToNumber(capacity) >= quantityToNumber(requestOf(claim)) &&
    Object.keys(claim.status?.allocatedResourceStatuses ?? {}).length === 0;
  return {
    claim: `claim ${name} has all that it has asked for, and no resize is under way`,
    found: isSettled ? evidence(claim, 'status.capacity.storage', capacity) : undefined,
    howTo: kubectl(['describe', 'persistentvolumeclaim', name], namespace),
  };
}
