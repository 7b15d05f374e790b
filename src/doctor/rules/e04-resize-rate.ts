// E04: the provider allows only so many changes of a disk in a time, and the claim has used them up.

import type { PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { type Evidence, evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { newestEvent } from '../snapshot/joins.ts';
import { claimCondition, growingClaims } from '../snapshot/resizing.ts';
import { siftClaims } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

const text =
  /maximum modification rate per volume limit|VolumeModificationRateExceeded|modification rate (limit )?exceeded/i;
const conditions = ['ControllerResizeError', 'ModifyVolumeError'];

export const e04ResizeRate = defineRule({
  id: 'E04',
  title: 'Disk was changed too often',
  severity: 'Medium',
  needs: ['claims'],
  reads: ['events'],
  page: {
    symptom:
      '"You\'ve reached the maximum modification rate per volume limit. Wait at least 6 hours between modifications per EBS volume", as VolumeResizeFailed.',
    cause: 'The provider lets a disk be changed once in a time (Amazon EBS: 6 hours), and it has just been.',
    consequence: 'The claim keeps its size until the time has passed; it may be full by then.',
    remedy: 'Wait: the resizer tries again by itself. Next time take one larger step.',
    wrongMoves: 'Growing in many small steps: each one starts the time again.',
    sources: ['https://github.com/gardener/enhancements/tree/main/geps/0038-autoscaling-persistentvolumeclaims'],
  },
  examine: (snapshot) => {
    const erring = siftClaims(snapshot).conditioned;
    const growing = new Set(growingClaims(snapshot));
    return [...new Set([...erring, ...growing])].flatMap((claim) => {
      const fact = conditionFact(claim) ?? (growing.has(claim) ? eventFact(snapshot, claim) : undefined);
      return fact ? [findingOf(claim, fact)] : [];
    });
  },
});

function conditionFact(claim: PersistentVolumeClaim): Evidence | undefined {
  const found = conditions
    .map((type) => claimCondition(claim, type))
    .find((condition) => text.test(condition?.message ?? ''));
  return found && evidence(claim, `status.conditions[${found.type}].message`, found.message);
}

/** Older resizers say it by an event only. It outlives its cause, so the claim must still want to grow. */
function eventFact(snapshot: Snapshot, claim: PersistentVolumeClaim): Evidence | undefined {
  const event = newestEvent(snapshot.eventsOf(claim), eventTexts.resizeFailed);
  return event && text.test(event.message ?? '') ? evidence(event, 'message', event.message) : undefined;
}

function findingOf(claim: PersistentVolumeClaim, fact: Evidence): FindingDraft {
  const { namespace, name } = claim.metadata;
  return {
    subject: refTo(claim),
    sentence: `The disk of claim ${name} was changed too often in a short time, and the provider makes it wait.`,
    evidence: [
      fact,
      evidence(claim, 'spec.resources.requests.storage', claim.spec?.resources?.requests?.['storage']),
      evidence(claim, 'status.capacity.storage', claim.status?.capacity?.['storage']),
    ],
    actions: [
      harmless({
        title: 'Wait, and watch the free space meanwhile',
        why: 'The resizer tries again by itself. On Amazon EBS the time is 6 hours from the last change.',
        commands: [kubectl(['get', 'persistentvolumeclaim', name, '--watch'], namespace)],
      }),
      harmless({
        title: 'If it fills before, free space inside',
        why: 'Old logs and temporary files go first; never the log files of a database.',
      }),
      wrongMove({
        title: 'Ask for a little more again',
        why: 'Each accepted step starts the time anew. One larger step later is worth more.',
      }),
    ],
  };
}
