import { backup, dataUpload, minutes, podVolumeBackup } from '../testing/backup-builders.ts';
import { minutesAgo } from '../testing/builders.ts';
import { describeRule } from '../testing/rule-table.ts';
import { b05BackupStuck } from './b05-backup-stuck.ts';

const ago = minutesAgo(9 * minutes.hour);
const upload = (phase: 'Accepted' | 'InProgress', since = ago) =>
  dataUpload({ status: { phase, acceptedTimestamp: since, startTimestamp: since, node: 'node-1' } });
const running = (phase: 'InProgress' | 'WaitingForPluginOperations', since = ago) =>
  backup({ status: { phase, startTimestamp: since, completionTimestamp: undefined } });

describeRule(b05BackupStuck, {
  finds: [
    {
      name: 'upload is Accepted for hours -> cancelling is safe: nothing moves',
      objects: [upload('Accepted')],
      subjects: ['DataUpload velero/nightly-1-x'],
      sentence: 'the data of shop/data has been Accepted for 9h',
      verdicts: { 'Cancel nightly-1-x': 'safe', 'Remove the finalizers': 'unsafe' },
      blames: ['Node node-1', 'PersistentVolumeClaim shop/data'],
    },
    {
      name: 'upload is InProgress for hours -> cancelling needs a second look',
      objects: [upload('InProgress')],
      subjects: ['DataUpload velero/nightly-1-x'],
      verdicts: { 'Cancel nightly-1-x': 'safe-after-proof' },
    },
    {
      name: 'backup waits for the upload -> found, blaming the upload',
      objects: [running('WaitingForPluginOperations'), upload('Accepted')],
      subjects: ['Backup velero/nightly-1', 'DataUpload velero/nightly-1-x'],
      blames: ['DataUpload velero/nightly-1-x', 'BackupStorageLocation velero/default'],
    },
    {
      name: 'copy of the files of a pod does not end -> found',
      objects: [podVolumeBackup({ status: { phase: 'InProgress', startTimestamp: ago } })],
      subjects: ['PodVolumeBackup velero/nightly-1-y'],
    },
  ],
  passesBy: [
    { name: 'all ended -> silent', objects: [backup(), dataUpload(), podVolumeBackup()] },
    {
      name: 'under way for an hour -> silent',
      objects: [running('InProgress', minutesAgo(60)), upload('InProgress', minutesAgo(60))],
    },
    {
      name: 'failed long ago -> silent: another rule says so',
      objects: [dataUpload({ status: { phase: 'Failed', startTimestamp: ago } })],
    },
  ],
});
