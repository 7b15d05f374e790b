import type { Backup } from '../../apis/velero/types.ts';
import { backup, minutes, schedule } from '../testing/backup-builders.ts';
import { claim, minutesAgo } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { b03CopyTooOld } from './b03-copy-too-old.ts';

const hoursOld = (hours: number) =>
  backup({
    status: {
      startTimestamp: minutesAgo(hours * minutes.hour + 5),
      completionTimestamp: minutesAgo(hours * minutes.hour),
    },
  });
const running = (hours: number) =>
  backup({
    metadata: { name: 'nightly-2' },
    status: { phase: 'InProgress', startTimestamp: minutesAgo(hours * minutes.hour), completionTimestamp: undefined },
  });
/** Made by somebody, and by no schedule. */
const byHand = (of: Backup): Backup => ({
  ...of,
  metadata: { ...of.metadata, name: `${of.metadata.name}-by-hand`, labels: {} },
});
const longAgo = { metadata: { creationTimestamp: minutesAgo(90 * minutes.day) } };

describeRule(b03CopyTooOld, {
  finds: [
    {
      name: 'newest good copy is three days old -> found',
      objects: [schedule(longAgo), hoursOld(72)],
      subjects: ['Schedule velero/nightly'],
      sentence: 'is 3d old',
      verdicts: { 'Make a copy now': 'safe', 'Count a backup': 'unsafe' },
    },
    {
      name: 'paused -> found, and says so',
      objects: [schedule({ ...longAgo, spec: { paused: true } }), hoursOld(48)],
      subjects: ['Schedule velero/nightly'],
      sentence: 'is paused',
      verdicts: { 'Let the schedule run': 'safe' },
    },
    {
      name: 'no good copy ever -> found, blaming the store and the newest backup',
      objects: [schedule(longAgo), backup({ status: { phase: 'PartiallyFailed' } })],
      subjects: ['Schedule velero/nightly'],
      sentence: 'has made no good copy',
      blames: ['BackupStorageLocation velero/default', 'Backup velero/nightly-1'],
    },
    {
      name: 'the next one runs for too long -> found',
      objects: [schedule(longAgo), hoursOld(30), running(9)],
      subjects: ['Schedule velero/nightly'],
      blames: ['Backup velero/nightly-2'],
    },
    {
      name: 'claim that no schedule selects, copied by hand three days ago -> found with its namespace',
      objects: [claim({ metadata: { creationTimestamp: minutesAgo(30 * minutes.day) } }), byHand(hoursOld(72))],
      subjects: ['Namespace shop'],
      sentence: 'The newest good copy of claim data in namespace shop is 3d old',
      verdicts: { 'Make a copy now': 'safe', 'Make one every day': 'safe' },
    },
    {
      name: "two claims of a namespace, a schedule on time that leaves their data out -> found once, blaming the schedule's",
      objects: [
        ...['data', 'logs'].map((name) =>
          claim({ metadata: { name, creationTimestamp: minutesAgo(9 * minutes.day) } }),
        ),
        byHand(hoursOld(48)),
        schedule(longAgo),
        backup({ status: { csiVolumeSnapshotsAttempted: 0, csiVolumeSnapshotsCompleted: 0 } }),
      ],
      subjects: ['Namespace shop'],
      sentence: '2 claims',
      blames: ['Schedule velero/nightly'],
    },
  ],
  passesBy: [
    {
      name: 'claim copied by hand an hour ago -> silent',
      objects: [claim({ metadata: { creationTimestamp: minutesAgo(30 * minutes.day) } }), byHand(hoursOld(1))],
    },
    {
      name: 'claim copied by hand long ago, and again at this moment -> silent',
      objects: [
        claim({ metadata: { creationTimestamp: minutesAgo(30 * minutes.day) } }),
        byHand(hoursOld(72)),
        byHand(running(1)),
      ],
    },
    {
      name: 'claim that needs no copy -> silent',
      objects: [
        claim({
          metadata: {
            creationTimestamp: minutesAgo(30 * minutes.day),
            labels: { 'velero.io/exclude-from-backup': 'true' },
          },
        }),
        byHand(hoursOld(72)),
      ],
    },
    { name: 'copy of last night -> silent', objects: [schedule(longAgo), backup()] },
    {
      name: 'just over the objective, and the next one runs -> silent',
      objects: [schedule(longAgo), hoursOld(25), running(1)],
    },
    { name: 'schedule is new -> silent', objects: [schedule()] },
  ],
});
