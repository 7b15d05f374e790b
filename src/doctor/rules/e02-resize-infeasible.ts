// E02: the storage says that the size a claim asks for can never be had.

import { quantityToNumber } from '../../apimachinery/quantity.ts';
import { requestOf } from '../../apis/core/claims.ts';
import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { evidence, type FindingDraft, type Proof, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { capacityBytes, resizeError, resizeStatus } from '../snapshot/resizing.ts';
import { siftClaims } from '../snapshot/sift.ts';

const gibi = 2 ** 30;
// The API's own comments say Failed, and its constants Infeasible. Source: core/v1/types.go.
const infeasible = new Set([
  'ControllerResizeInfeasible',
  'NodeResizeInfeasible',
  'ControllerResizeFailed',
  'NodeResizeFailed',
]);
const isRate = /maximum modification rate|VolumeModificationRateExceeded/i;

export const e02ResizeInfeasible = defineRule({
  id: 'E02',
  title: 'Requested size cannot be had',
  severity: 'High',
  needs: ['claims'],
  page: {
    symptom:
      'status.allocatedResourceStatuses says ControllerResizeInfeasible or NodeResizeInfeasible; the condition ControllerResizeError or NodeResizeError has the reason.',
    cause:
      'The storage answered InvalidArgument, OutOfRange or NotFound: the size is beyond its limit, or the volume is not there.',
    consequence: 'The claim keeps its old size. The quota is charged for the larger one.',
    remedy: 'Lower the request to a size that can be had, above the present capacity (possible since 1.34).',
    wrongMoves: 'Deleting the claim to start again: the data goes with it.',
    sources: [
      'https://github.com/kubernetes-csi/external-resizer/tree/master/pkg',
      'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#recovering-from-failure-when-expanding-volumes',
    ],
  },
  examine: (snapshot) =>
    siftClaims(snapshot)
      .conditioned.filter(
        (claim) => infeasible.has(resizeStatus(claim) ?? '') && !isRate.test(resizeError(claim)?.message ?? ''),
      )
      .map(findingOf),
});

function findingOf(claim: PersistentVolumeClaim): FindingDraft {
  const { namespace, name } = claim.metadata;
  const error = resizeError(claim);
  const lower = lowerSize(claim);
  const patch = JSON.stringify({ spec: { resources: { requests: { storage: lower } } } });
  return {
    subject: refTo(claim),
    sentence: `Claim ${name} asks for ${requestOf(claim)}, and the storage says that it can't have that; it keeps ${claim.status?.capacity?.['storage']}.`,
    evidence: [
      evidence(claim, 'status.allocatedResourceStatuses[storage]', resizeStatus(claim)),
      evidence(claim, 'spec.resources.requests.storage', requestOf(claim)),
      evidence(claim, 'status.capacity.storage', claim.status?.capacity?.['storage']),
      ...(error ? [evidence(claim, `status.conditions[${error.type}].message`, error.message)] : []),
    ],
    blames: [{ kind: 'PersistentVolume', name: claim.spec?.volumeName ?? '' }],
    actions: [
      harmless({
        title: 'Read what the storage said',
        why: 'OutOfRange means that it is too large, InvalidArgument that this volume can not grow so, NotFound that the disk is gone.',
        commands: [kubectl(['describe', 'persistentvolumeclaim', name], namespace)],
      }),
      guarded(
        {
          title: `Lower the request to ${lower ?? 'a size above the capacity'}`,
          why: 'A request may go down again as long as it stays above the present capacity. Nothing on the disk changes.',
          commands: lower ? [kubectl(['patch', 'persistentvolumeclaim', name, '-p', patch], namespace)] : [],
        },
        [recoveryIsOn(claim), leavesRoom(claim, lower)],
      ),
      wrongMoves.deleteClaim,
    ],
  };
}

/** One step above the capacity, if that is less than what is asked for. */
function lowerSize(claim: PersistentVolumeClaim): string | undefined {
  const bytes = capacityBytes(claim);
  if (bytes === undefined) return undefined;
  const next = (Math.floor(bytes / gibi) + 1) * gibi;
  return next < quantityToNumber(requestOf(claim)) ? `${next / gibi}Gi` : undefined;
}

/** The field is written only where RecoverVolumeExpansionFailure is on: there a request may go down. */
function recoveryIsOn(claim: PersistentVolumeClaim): Proof {
  return {
    claim: 'the API server lets a request go down after a failed resize',
    found: evidence(claim, 'status.allocatedResourceStatuses', claim.status?.allocatedResourceStatuses),
    howTo: `Look at the version: ${kubectl(['version'])}; 1.34 or later.`,
  };
}

function leavesRoom(claim: PersistentVolumeClaim, lower: string | undefined): Proof {
  return {
    claim: 'the new request is above the capacity and below the old one',
    found: lower ? evidence(claim, 'status.capacity.storage', claim.status?.capacity?.['storage']) : undefined,
    howTo: 'Choose a size between the two; the API refuses anything at or below the capacity.',
  };
}
