// E05: somebody's tool asks for a smaller claim, again and again, and the API refuses: volumes never shrink.

import type { Event, PersistentVolumeClaim } from '../../apis/core/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { blank, create, kubectl } from '../safety/commands.ts';
import { claimIsBackedUp } from '../safety/proofs.ts';
import type { Settings } from '../settings.ts';
import { isOver } from '../snapshot/joins.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

// `PersistentVolumeClaim "data" is invalid: spec.resources.requests.storage: Forbidden: …`, `persistentvolumeclaims "data" is …`
const named = /persistentvolumeclaims? "([^"]+)" is (?:invalid|forbidden)/i;

export const e05ShrinkRefused = defineRule({
  id: 'E05',
  title: 'Claim is asked to shrink',
  severity: 'Low',
  needs: ['events', 'claims'],
  reads: ['backups'],
  page: {
    symptom:
      '"spec.resources.requests.storage: Forbidden: field can not be less than status.capacity" from a GitOps tool, an operator or Helm. Only its events show it: the API refuses, and nothing of it is kept.',
    cause:
      'The size in the files of the tool is smaller than what the claim has by now. Kubernetes does not shrink volumes.',
    consequence: 'The tool reports a failure at each run, and may hold back everything else of the same change.',
    remedy:
      'Write the present size into the files. If it really has to be smaller: make a smaller claim, copy, verify, switch.',
    wrongMoves: 'Switching to the smaller copy before it was verified.',
    sources: ['https://github.com/rook/rook/issues/10188'],
  },
  examine: (snapshot, settings) => {
    const byClaim = new Map<PersistentVolumeClaim, Event>();
    for (const event of snapshot.all('events')) {
      if (!eventTexts.shrinkRefused.text.test(event.message ?? '') || isOver(snapshot, event)) continue;
      const claim = claimOf(snapshot, event);
      if (claim) byClaim.set(claim, event);
    }
    return [...byClaim].map(([claim, event]) => findingOf(snapshot, settings, { claim, event }));
  },
});

/** The claim that the text names, or that the event is about. */
function claimOf(snapshot: Snapshot, { involvedObject, message, metadata }: Event): PersistentVolumeClaim | undefined {
  const own = involvedObject.kind === 'PersistentVolumeClaim' ? involvedObject.name : undefined;
  const name = named.exec(message ?? '')?.[1] ?? own;
  const namespace = involvedObject.namespace ?? metadata.namespace ?? '';
  return name ? snapshot.find('claims', { namespace, name }) : undefined;
}

function findingOf(
  snapshot: Snapshot,
  settings: Settings,
  { claim, event }: { claim: PersistentVolumeClaim; event: Event },
): FindingDraft {
  const { namespace = '', name } = claim.metadata;
  const { kind = '', name: asker = '', namespace: askerNamespace } = event.involvedObject;
  const who: ObjectRef = { kind, name: asker, ...(askerNamespace && { namespace: askerNamespace }) };
  const capacity = claim.status?.capacity?.['storage'];
  return {
    subject: refTo(claim),
    related: kind === 'PersistentVolumeClaim' ? [] : [who],
    sentence: `${kind === 'PersistentVolumeClaim' ? 'Somebody' : `${kind} ${asker}`} wants claim ${name} to be smaller than the ${capacity} it has, and the API refuses.`,
    evidence: [
      evidence(claim, 'status.capacity.storage', capacity),
      evidence(claim, 'spec.resources.requests.storage', claim.spec?.resources?.requests?.['storage']),
      evidence(event, 'message', event.message),
    ],
    actions: [
      harmless({
        title: `Write ${capacity} where the size comes from`,
        why: 'The tool then has nothing to change, and goes on.',
        commands: [
          kubectl(['get', 'persistentvolumeclaim', name, '-o', 'jsonpath={.status.capacity.storage}'], namespace),
        ],
      }),
      harmless({
        title: 'If it has to be smaller: make a second claim, and copy into it',
        why: 'The first claim stays as it is. Stop the application for the last copy, compare, then switch.',
        commands: [smallerClaim(claim)],
      }),
      guarded(
        {
          title: `Delete ${name} once the copy has proven itself`,
          why: 'With reclaim policy Delete its disk goes with it.',
          commands: [kubectl(['delete', 'persistentvolumeclaim', name], namespace)],
        },
        [
          {
            claim: 'the copy has every file, and the application has run on it',
            found: undefined,
            howTo: 'Compare both, for example by rsync -an --checksum --delete, which must list nothing.',
          },
          claimIsBackedUp(snapshot, claim, settings),
        ],
      ),
      wrongMove({
        title: 'Switch to the smaller copy unverified',
        why: 'What was not copied is found missing when the old disk is gone.',
      }),
    ],
  };
}

function smallerClaim({ metadata, spec }: PersistentVolumeClaim): string {
  return create({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: `${metadata.name}-smaller`, namespace: metadata.namespace },
    spec: {
      storageClassName: spec?.storageClassName,
      accessModes: spec?.accessModes,
      resources: { requests: { storage: blank('SIZE', 'the smaller size, such as 5Gi') } },
    },
  });
}
