// M07: an earlier call for the volume has never returned, and every further one is turned away.

import type { PersistentVolume } from '../../apis/core/generated/v1.ts';
import type { VolumeAttachment } from '../../apis/storage/generated/v1.ts';
import { eventTexts } from '../event-texts.ts';
import { type Evidence, evidence, type FindingDraft, type ObjectRef, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless, wrongMove } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { driverIsIdle } from '../safety/restart-proofs.ts';
import { driverOfVolume } from '../snapshot/joins.ts';
import { lastedMs, mountFailures, volumesNamedBy } from '../snapshot/mounts.ts';
import { nodePluginPods } from '../snapshot/node-plugins.ts';
import { unsettledAttachments } from '../snapshot/sift.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

const { operationPending } = eventTexts;

export const m07OperationPending = defineRule({
  id: 'M07',
  title: 'An earlier call for the volume hangs',
  severity: 'High',
  needs: ['volumes', 'attachments'],
  reads: ['pods', 'claims', 'events'],
  page: {
    symptom:
      '"rpc error: code = Aborted desc = an operation with the given Volume ID … already exists", for many minutes.',
    cause:
      'The driver does one thing at a time with a volume. An earlier call waits for a storage that does not answer, and holds the lock.',
    consequence: 'The volume is neither attached nor mounted nor detached until the call ends.',
    remedy: 'Bring the storage back; then, if the call still hangs, restart the one plugin pod that holds it.',
    wrongMoves: 'Restarting all plugins at once: calls that only waited are lost as well, on every node.',
    sources: ['https://github.com/rook/rook/blob/master/Documentation/Troubleshooting/ceph-csi-common-issues.md'],
  },
  examine: (snapshot, { graceMs }) => [
    ...hangingMounts(snapshot, graceMs),
    ...unsettledAttachments(snapshot)
      .filter(({ status }) => status?.attachError ?? status?.detachError)
      .flatMap((attachment) => hangingAttachment(snapshot, attachment)),
  ],
});

function hangingMounts(snapshot: Snapshot, graceMs: number): FindingDraft[] {
  const seen = new Set<PersistentVolume>();
  return mountFailures(snapshot, operationPending).flatMap(({ pod, event, facts }) => {
    // One repetition is how a retry and its predecessor meet; it ends by itself.
    if (lastedMs(snapshot, event) <= graceMs) return [];
    const volumes = volumesNamedBy(snapshot, pod, event.message ?? '').filter((volume) => !seen.has(volume));
    return volumes.map((volume) => {
      seen.add(volume);
      return findingOf(snapshot, {
        volume,
        nodeName: pod.spec?.nodeName ?? '',
        facts: [
          ...facts,
          evidence(event, 'firstTimestamp', event.firstTimestamp),
          evidence(event, 'count', event.count),
        ],
        related: [refTo(pod)],
      });
    });
  });
}

/** The attacher keeps the last error in the status, and clears it when a call succeeds. */
function hangingAttachment(snapshot: Snapshot, attachment: VolumeAttachment): FindingDraft[] {
  const { attachError, detachError } = attachment.status ?? {};
  const field = [attachError, detachError].find((error) => operationPending.text.test(error?.message ?? ''));
  const name = attachment.spec.source.persistentVolumeName;
  const volume = name ? snapshot.find('volumes', { name }) : undefined;
  if (!field || !volume) return [];
  return [
    findingOf(snapshot, {
      volume,
      nodeName: attachment.spec.nodeName,
      facts: [
        evidence(attachment, `status.${field === attachError ? 'attachError' : 'detachError'}.message`, field.message),
      ],
      related: [refTo(attachment)],
    }),
  ];
}

interface Hanging {
  volume: PersistentVolume;
  nodeName: string;
  facts: Evidence[];
  related: ObjectRef[];
}

function findingOf(snapshot: Snapshot, { volume, nodeName, facts, related }: Hanging): FindingDraft {
  const driver = driverOfVolume(volume) ?? '';
  const isAttachment = related[0]?.kind === 'VolumeAttachment';
  const plugins = isAttachment ? [] : nodePluginPods(snapshot, driver, nodeName);
  return {
    subject: refTo(volume),
    related: [...related, ...plugins.map(refTo)],
    sentence: `The driver still works on an earlier call for volume ${volume.metadata.name} and turns every further one away.`,
    evidence: facts,
    blames: [
      { kind: 'Node', name: nodeName },
      { kind: 'CSINode', name: nodeName },
      { kind: 'CSIDriver', name: driver },
    ],
    actions: [
      harmless({
        title: `Look whether the storage behind ${driver} answers`,
        why: 'The call hangs because something behind the driver does. Its log names the call that has not ended.',
        commands: plugins.map(({ metadata }) =>
          kubectl(['logs', metadata.name, '--all-containers', '--since=1h'], metadata.namespace),
        ),
      }),
      ...plugins.map((pod) =>
        guarded(
          {
            title: `Restart the plugin pod ${pod.metadata.name}`,
            why: 'It drops the lock. If the storage still does not answer, the next call hangs again.',
            commands: [kubectl(['delete', 'pod', pod.metadata.name], pod.metadata.namespace)],
          },
          [
            {
              claim: `the storage behind ${driver} answers`,
              found: undefined,
              howTo: "Look at the storage's own health, and make another small claim of the same class.",
            },
            driverIsIdle(snapshot, driver, nodeName),
          ],
        ),
      ),
      wrongMove({
        title: 'Restart all plugins of the driver',
        why: 'It interrupts calls on every node, also those that go well.',
      }),
    ],
  };
}
