// B05: a backup, or the movement of one volume's data, has not ended for hours.

import { humanDuration } from '../../apimachinery/duration.ts';
import type { Backup } from '../../apis/velero/types.ts';
import { evidence, type FindingDraft, refTo } from '../finding.ts';
import { defineRule } from '../rule.ts';
import { guarded, harmless } from '../safety/actions.ts';
import { kubectl } from '../safety/commands.ts';
import { wrongMoves } from '../safety/wrong-moves.ts';
import { allMoves, type Move } from '../snapshot/moves.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

const open = new Set(['New', 'Accepted', 'Prepared', 'InProgress', 'Canceling']);
const running = new Set([
  'InProgress',
  'WaitingForPluginOperations',
  'WaitingForPluginOperationsPartiallyFailed',
  'Finalizing',
  'FinalizingPartiallyFailed',
]);

export const b05BackupStuck = defineRule({
  id: 'B05',
  title: 'Backup does not end',
  severity: 'High',
  needs: ['backups'],
  reads: ['dataUploads', 'dataDownloads', 'podVolumeBackups', 'nodes'],
  page: {
    symptom: 'A Backup InProgress, or a DataUpload Accepted, Prepared or InProgress, for many hours.',
    cause:
      "The node's backup agent was restarted while it worked, its pod can't start, or the queue before it is long.",
    consequence: 'No recovery point comes of it. Velero does not start the next backup of the same schedule meanwhile.',
    remedy: 'Look at the agent on that node; cancel the movement, which ends the backup, and make it again.',
    wrongMoves: 'Removing finalizers of the upload: its snapshot and its pod are left behind.',
    sources: ['https://github.com/velero-io/velero/issues/9453'],
  },
  examine: (snapshot, { uploadStuckMs }) => [
    ...snapshot.all('backups').flatMap((backup) => backupFinding(snapshot, backup, uploadStuckMs)),
    ...allMoves(snapshot).flatMap((move) => moveFinding(snapshot, move, uploadStuckMs)),
  ],
});

function backupFinding(snapshot: Snapshot, backup: Backup, uploadStuckMs: number): FindingDraft[] {
  const { namespace = '', name } = backup.metadata;
  const { phase = '', startTimestamp } = backup.status ?? {};
  const ageMs = snapshot.ageMs(startTimestamp) ?? 0;
  if (!running.has(phase) || ageMs <= uploadStuckMs) return [];
  const moves = allMoves(snapshot).filter(
    ({ object, status }) =>
      object.metadata.labels?.['velero.io/backup-name'] === name && open.has(status?.phase ?? 'New'),
  );
  return [
    {
      subject: refTo(backup),
      related: moves.map(({ object }) => refTo(object)),
      sentence: `Backup ${name} has been ${phase} for ${humanDuration(ageMs)} and does not end.`,
      evidence: [
        evidence(backup, 'status.phase', phase),
        evidence(backup, 'status.startTimestamp', startTimestamp),
        evidence(backup, 'status.progress', backup.status?.progress),
      ],
      blames: [
        ...moves.map(({ object }) => refTo(object)),
        ...(backup.spec?.storageLocation
          ? [{ kind: 'BackupStorageLocation', namespace, name: backup.spec.storageLocation }]
          : []),
      ],
      actions: [
        harmless({
          title: 'Look at what it waits for',
          why: 'The details list each movement that has not ended.',
          commands: [
            kubectl(['get', 'backup.velero.io', name, '-o', 'yaml'], namespace),
            kubectl(['get', 'datauploads,podvolumebackups', '-l', `velero.io/backup-name=${name}`], namespace),
          ],
        }),
        wrongMoves.nullFinalizers,
      ],
    },
  ];
}

function moveFinding(snapshot: Snapshot, move: Move, uploadStuckMs: number): FindingDraft[] {
  const { object, status, label } = move;
  const phase = status?.phase ?? 'New';
  if (!open.has(phase)) return [];
  const since = status?.startTimestamp ?? status?.acceptedTimestamp ?? object.metadata.creationTimestamp;
  const ageMs = snapshot.ageMs(since) ?? 0;
  if (ageMs <= uploadStuckMs) return [];
  const { namespace = '', name } = object.metadata;
  const kind = object.kind ?? '';
  const agents = status?.node ? [`--field-selector=spec.nodeName=${status.node}`] : [];
  return [
    {
      subject: refTo(object),
      related: move.claim ? [move.claim] : [],
      sentence: `${kind} ${name} with the data of ${label} has been ${phase} for ${humanDuration(ageMs)}.`,
      evidence: [
        evidence(object, 'status.phase', phase),
        evidence(object, 'status.startTimestamp', status?.startTimestamp),
        evidence(object, 'status.progress', status?.progress),
        evidence(object, 'status.node', status?.node),
      ],
      blames: [...(status?.node ? [{ kind: 'Node', name: status.node }] : []), ...(move.claim ? [move.claim] : [])],
      actions: [
        harmless({
          title: 'Look at the backup agent of the node',
          why: 'A restarted agent does not go on with what it had begun.',
          commands: [kubectl(['get', 'pods', '-l', 'name=node-agent', '-o', 'wide', ...agents], namespace)],
        }),
        guarded(
          {
            title: `Cancel ${name}`,
            why: 'The volume itself is not touched. Its backup ends as partial, and can be made again.',
            commands: [
              kubectl(['patch', kind.toLowerCase(), name, '--type=merge', '-p', '{"spec":{"cancel":true}}'], namespace),
            ],
          },
          [
            {
              claim: `${name} moves nothing any more`,
              found: isIdle(move) ? evidence(object, 'status.phase', phase) : undefined,
              howTo: `Look twice, ten minutes apart, whether bytesDone grows: ${kubectl(['get', kind.toLowerCase(), name, '-o', 'jsonpath={.status.progress}'], namespace)}`,
            },
          ],
        ),
        wrongMoves.nullFinalizers,
      ],
    },
  ];
}

/** Before InProgress nothing is moved. */
function isIdle({ status }: Move): boolean {
  return status?.phase === 'Accepted' || status?.phase === 'Prepared';
}
